import { createSignal } from "solid-js";
import { attempt } from "../session";
import type { Row } from "ipsec-wasm";

/** The rows of one capture that were asked for, the newest of them. */
export class Rows {
  readonly #capture: number;
  #held = new Map<number, Row>();
  readonly #arrived = createSignal(0);
  #wanted: readonly number[] = [];
  #asking = false;

  constructor(capture: number) {
    this.#capture = capture;
  }

  /** The row of a frame, once it is here. */
  row(frame: number): Row | undefined {
    this.#arrived[0]();
    return this.#held.get(frame);
  }

  /** Asks for frames, and drops what was asked for before and not yet sent. */
  want(frames: readonly number[]): void {
    this.#wanted = frames;
    if (!this.#asking) void this.#fetch();
  }

  /** Asks anew, for what the rows say has changed. */
  forget(): void {
    this.#held = new Map();
    this.#arrived[1]((n) => n + 1);
    this.want(this.#wanted);
  }

  async #fetch(): Promise<void> {
    this.#asking = true;
    for (let missing = this.#missing(); missing.length > 0; missing = this.#missing()) {
      const held = this.#held;
      const rows = await attempt("rows", this.#capture, Uint32Array.from(missing));
      if (!rows || rows.length === 0) break;
      if (held === this.#held) this.#hold(missing, rows);
    }
    this.#asking = false;
  }

  #missing(): number[] {
    return this.#wanted.filter((frame) => !this.#held.has(frame));
  }

  #hold(frames: readonly number[], rows: readonly Row[]): void {
    if (this.#held.size > MAX_HELD) this.#held.clear();
    for (const [n, row] of rows.entries()) this.#held.set(frames[n]!, row);
    this.#arrived[1]((n) => n + 1);
  }
}

const MAX_HELD = 4096;
