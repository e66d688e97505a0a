/** Which names of fields fit what stands before the caret of a filter. */

/** Names that complete the word at the caret: those that begin like it, then those that contain it. */
export function suggestions(names: readonly string[], text: string, caret: number): string[] {
  const word = wordAt(text, caret);
  if (word === "") return [];
  const begin = names.filter((name) => name.startsWith(word) && name !== word);
  const contain = names.filter((name) => !name.startsWith(word) && name.includes(word));
  return [...begin, ...contain].slice(0, MAX_OFFERED);
}

/** The filter with `name` in place of the word at the caret. */
export function complete(text: string, caret: number, name: string): { readonly text: string; readonly caret: number } {
  const start = caret - wordAt(text, caret).length;
  return { text: text.slice(0, start) + name + text.slice(caret), caret: start + name.length };
}

function wordAt(text: string, caret: number): string {
  const before = text.slice(0, caret);
  const quoted = (before.match(/"/g)?.length ?? 0) % 2 === 1;
  return quoted ? "" : (/[a-z][a-z0-9_.[\]]*$/.exec(before)?.[0] ?? "");
}

const MAX_OFFERED = 12;
