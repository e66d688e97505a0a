import { createSignal } from "solid-js";
import { ask, attempt, frames } from "../session";

/** Which frames of a capture fit a filter, found piece by piece. */
export class Search {
  readonly #capture: number;
  readonly #text = createSignal("");
  readonly #found = createSignal<number[] | undefined>(undefined, { equals: false });
  readonly #looked = createSignal(0);
  readonly #problem = createSignal("");
  #search = 0;
  #running = false;

  constructor(capture: number) {
    this.#capture = capture;
  }

  /** The filter in force. */
  text = (): string => this.#text[0]();
  /** Why the last filter could not be used. */
  problem = (): string => this.#problem[0]();
  /** How many frames were looked at. */
  looked = (): number => this.#looked[0]();
  searching = (): boolean => this.#found[0]() !== undefined && this.looked() < this.#frames();
  filtered = (): boolean => this.#found[0]() !== undefined;

  /** How many rows there are to show. */
  count = (): number => this.#found[0]()?.length ?? this.#frames();
  /** The frame in a row. */
  frame = (row: number): number => {
    const found = this.#found[0]();
    return found ? (found[row] ?? -1) : row;
  };
  /** The row of a frame; -1 when the filter hides it. */
  position = (frame: number): number => {
    const found = this.#found[0]();
    return found ? search(found, frame) : frame;
  };

  /** Looks for what fits; an empty filter shows all. */
  async use(text: string): Promise<void> {
    const filter = text.trim();
    this.#problem[1]("");
    try {
      if (filter !== "") await ask("filter", this.#capture, filter, 0, 0);
      this.#text[1](filter);
      await this.again();
    } catch (problem) {
      this.#problem[1](problem instanceof Error ? problem.message : String(problem));
    }
  }

  /** Looks once more at all frames, for what is in them has changed. */
  async again(): Promise<void> {
    this.#search++;
    this.#running = false;
    this.#looked[1](0);
    this.#found[1](this.text() === "" ? undefined : []);
    await this.resume();
  }

  /** Looks at the frames that were indexed since. */
  async resume(): Promise<void> {
    const found = this.#found[0]();
    const search = this.#search;
    if (!found || this.#running) return;
    this.#running = true;
    for (let from = this.looked(); from < this.#frames(); from = this.looked()) {
      const count = Math.min(PIECE, this.#frames() - from);
      const piece = await attempt("filter", this.#capture, this.text(), from, count);
      if (!piece || search !== this.#search) return;
      for (const frame of piece) found.push(frame);
      this.#looked[1](from + count);
      this.#found[1](found);
    }
    this.#running = false;
  }

  #frames(): number {
    return frames(this.#capture);
  }
}

function search(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted ? low : -1;
}

/** Frames that the worker looks at before it answers others. */
const PIECE = 20_000;
