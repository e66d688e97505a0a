/** The field tree of a packet as lines, and the fields that cover a byte. */
import type { Field } from "ipsec-wasm";

export interface Line {
  readonly field: Field;
  readonly level: number;
  readonly open: boolean;
}

/** The lines to show when the fields in `open` show what is in them. */
export function lines(fields: readonly Field[], open: ReadonlySet<string>): Line[] {
  const out: Line[] = [];
  const waiting = fields.map((field) => ({ field, level: 1 })).reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { field, level } = next;
    const shown = field.children.length > 0 && open.has(field.path);
    out.push({ field, level, open: shown });
    if (!shown) continue;
    for (let n = field.children.length - 1; n >= 0; n--) waiting.push({ field: field.children[n]!, level: level + 1 });
  }
  return out;
}

/** Paths of the fields around `path`, outermost first: `a`, `a.b`, without `a.b.c`. */
export function around(fields: readonly Field[], path: string): string[] {
  const out: string[] = [];
  let level = fields;
  for (;;) {
    const next = level.find((field) => field.path === path || path.startsWith(`${field.path}.`));
    if (!next || next.path === path) return out;
    out.push(next.path);
    level = next.children;
  }
}

export function find(fields: readonly Field[], path: string): Field | undefined {
  const above = around(fields, path);
  let level = fields;
  for (const step of above) level = level.find((field) => field.path === step)?.children ?? [];
  return level.find((field) => field.path === path);
}

/** The innermost field that covers a byte of a source. */
export function covering(fields: readonly Field[], source: number, byte: number): Field | undefined {
  let best: Field | undefined;
  const waiting = [...fields];
  for (let field = waiting.pop(); field; field = waiting.pop()) {
    const covers = field.source_index === source && field.range[0] <= byte && byte < field.range[1];
    if (covers && (!best || width(field) <= width(best))) best = field;
    for (const child of field.children) waiting.push(child);
  }
  return best;
}

/** Fields that are open at first: what is not a head that every packet has. */
export function openAtFirst(fields: readonly Field[]): string[] {
  const heads = new Set(["eth", "ip", "udp"]);
  const protocols = fields.filter((field) => !heads.has(field.name));
  return [...protocols, ...protocols.flatMap((field) => field.children.filter(isPayload))].map((field) => field.path);
}

function isPayload(field: Field): boolean {
  return field.children.length > 0 && field.children.length <= 12 && field.display === null;
}

function width(field: Field): number {
  return field.range[1] - field.range[0];
}
