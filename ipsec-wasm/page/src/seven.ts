/**
 * Bytes as text of a page, seven bits a character: a seventh longer than they
 * are, where Base64 is a third longer. What HTML does not leave as it is shares
 * a character of two bytes with the seven bits behind it.
 */

/** NUL, the carriage return, and what begins a tag. */
const REFUSED = [0x00, 0x0d, 0x3c];

export function toText(bytes: Uint8Array): string {
  const sevens = regrouped(bytes, 8, 7);
  let text = `${bytes.length} `;
  for (let at = 0; at < sevens.length; at++) {
    const seven = sevens[at] ?? 0;
    const refused = REFUSED.indexOf(seven);
    text += String.fromCharCode(refused < 0 ? seven : ((refused + 1) << 7) | (sevens[++at] ?? 0));
  }
  return text;
}

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const start = text.indexOf(" ");
  const sevens: number[] = [];
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) sevens.push(REFUSED[(code >> 7) - 1] ?? 0);
    sevens.push(code & 0x7f);
  }
  return new Uint8Array(regrouped(sevens, 7, 8)).slice(0, Number(text.slice(0, start)));
}

/** Groups of so many bits as groups of so many others; the last one is filled with zeros. */
function regrouped(groups: Iterable<number>, from: number, to: number): number[] {
  const made: number[] = [];
  let held = 0;
  let bits = 0;
  for (const group of groups) {
    held = (held << from) | group;
    for (bits += from; bits >= to; bits -= to) made.push((held >> (bits - to)) & ((1 << to) - 1));
    held &= (1 << bits) - 1;
  }
  if (bits > 0) made.push((held << (to - bits)) & ((1 << to) - 1));
  return made;
}
