/**
 * Where the rows of a long list lie. Browsers draw no element taller than some
 * ten million pixels, so a longer list is squeezed: the scroll bar then moves
 * faster than the rows are high, and every row can still be reached.
 */

/** Pixels that every browser can scroll over. */
export const TALLEST = 15_000_000;

export interface Geometry {
  readonly count: number;
  readonly rowHeight: number;
  /** Pixels of the list that are seen at once. */
  readonly height: number;
}

export interface Visible {
  readonly first: number;
  readonly count: number;
  /** Pixels of the first row that are above the upper edge. */
  readonly hidden: number;
}

/** How tall the element is that is scrolled over. */
export function spacer(list: Geometry): number {
  return Math.min(list.count * list.rowHeight, TALLEST);
}

/** Pixels of rows for each pixel of the scroll bar; 1 unless squeezed. */
function scale(list: Geometry): number {
  const room = spacer(list) - list.height;
  return room <= 0 ? 1 : Math.max(1, (list.count * list.rowHeight - list.height) / room);
}

/** Which rows are seen when the list is scrolled to `scrollTop`. */
export function visible(list: Geometry, scrollTop: number): Visible {
  const top = Math.max(0, scrollTop) * scale(list);
  const first = Math.min(Math.floor(top / list.rowHeight), Math.max(0, list.count - 1));
  const hidden = top - first * list.rowHeight;
  const count = Math.ceil((list.height + hidden) / list.rowHeight);
  return { first, hidden, count: Math.min(count, list.count - first) };
}

/** The scroll position nearest to `scrollTop` that shows the whole of `row`. */
export function reveal(list: Geometry, scrollTop: number, row: number): number {
  const top = scrollTop * scale(list);
  const start = row * list.rowHeight;
  const wanted = Math.min(Math.max(top, start + list.rowHeight - list.height), start);
  return wanted === top ? scrollTop : wanted / scale(list);
}
