/**
 * The part of the address after `#`: which view of which packet is shown, and
 * which built-in example. Never a name, an address, a filter or a key: a link
 * can be passed on without passing on anything that was looked at.
 */
export const VIEWS = ["diagnosis", "exchanges", "packets", "compare"] as const;
export type View = (typeof VIEWS)[number];

export interface Place {
  readonly view: View;
  readonly example?: string | undefined;
  /** Index of the capture. */
  readonly capture?: number | undefined;
  /** Number of the packet, from 1. */
  readonly packet?: number | undefined;
  /** Path of the field, such as `ike.sa.proposal[0]`. */
  readonly field?: string | undefined;
}

const FIELD = /^[a-z0-9_.[\]]{1,200}$/;
const EXAMPLE = /^[a-z0-9-]{1,40}$/;

export function toHash(place: Place): string {
  const parts = new URLSearchParams({ view: place.view });
  for (const key of ["example", "capture", "packet", "field"] as const) {
    const value = place[key];
    if (value !== undefined) parts.set(key, String(value));
  }
  return `#${parts}`;
}

export function fromHash(hash: string): Place {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    view: VIEWS.find((view) => view === parts.get("view")) ?? "diagnosis",
    example: matching(parts.get("example"), EXAMPLE),
    capture: count(parts.get("capture")),
    packet: count(parts.get("packet")),
    field: matching(parts.get("field"), FIELD),
  };
}

function matching(text: string | null, form: RegExp): string | undefined {
  return text !== null && form.test(text) ? text : undefined;
}

function count(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
