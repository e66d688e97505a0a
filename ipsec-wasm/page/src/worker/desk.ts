/** The page's end of the worker. */
import type { Library } from "../load";
import type { Name, Part, Reply, Request, Service } from "./service";
import Worker from "./worker?worker&inline";

type Result<K extends Name> = Awaited<ReturnType<Service[K]>>;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (problem: Error) => void;
}

/** The worker ended, by itself or because it was told to: nothing of what it held is left. */
export class Closed extends Error {
  readonly byItself: boolean;

  constructor(why: string, byItself: boolean) {
    super(why);
    this.byItself = byItself;
  }
}

export class Desk {
  readonly #worker = new Worker();
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #ended: Closed | undefined;

  /** Starts a worker that runs `library`. */
  constructor(library: Library) {
    this.#worker.onmessage = (event: MessageEvent<Reply>) => this.#settle(event.data);
    this.#worker.onerror = () => this.#end(new Closed("the reader stopped", true));
    for (const part of ["small", "whole"] as const) {
      library[part]?.then(
        (module) => this.#worker.postMessage({ part, module } satisfies Part),
        (problem: unknown) => this.#end(new Closed(String(problem), true)),
      );
    }
  }

  call<K extends Name>(name: K, ...args: Parameters<Service[K]>): Promise<Result<K>> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#next++;
    return new Promise<Result<K>>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, name, args } satisfies Request);
    });
  }

  /** Ends the worker; its memory goes with it. */
  close(): void {
    this.#end(new Closed("closed", false));
  }

  #end(why: Closed): void {
    this.#ended = why;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("value" in reply) {
      waiting?.resolve(reply.value);
    } else if (reply.fatal) {
      const why = new Closed(`the reader stopped: ${reply.problem}`, true);
      waiting?.reject(why);
      this.#end(why);
    } else {
      waiting?.reject(new Error(reply.problem));
    }
  }
}
