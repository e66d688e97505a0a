/** Memory of a browser's processes, as Linux counts it. */
import { readdirSync, readFileSync } from "node:fs";
import type { Browser } from "playwright-core";

export class Memory {
  readonly #root: number;
  readonly #before: number;
  #timer: NodeJS.Timeout | undefined;
  #peak = 0;

  private constructor(root: number) {
    this.#root = root;
    this.#before = held(root);
    this.#look();
  }

  /** Watches from now on. */
  static async of(browser: Browser): Promise<Memory> {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const root = processInfo.find((one) => one.type === "browser");
    if (!root) throw new Error("the browser names no process");
    return new Memory(root.id);
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, held(this.#root));
    this.#timer = setTimeout(() => this.#look(), PAUSE_MS);
  }

  /** Ends; gives the most bytes that were held beyond those at the start. */
  stop(): number {
    clearTimeout(this.#timer);
    return Math.max(this.#peak, held(this.#root)) - this.#before;
  }
}

/** Between two looks: a look takes time from what is measured. */
const PAUSE_MS = 150;

/** Proportional set size of a process and all below it. */
function held(root: number): number {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  let sum = 0;
  const waiting = [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    sum += sizeOf(pid);
    waiting.push(...(children.get(pid) ?? []));
  }
  return sum;
}

function parentOf(pid: number): number | undefined {
  return number(`/proc/${pid}/status`, /^PPid:\s+(\d+)/m);
}

function sizeOf(pid: number): number {
  return (number(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB/m) ?? 0) * 1024;
}

function number(file: string, form: RegExp): number | undefined {
  try {
    const found = form.exec(readFileSync(file, "latin1"))?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
}
