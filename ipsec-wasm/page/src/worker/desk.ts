/** The page's end of the worker. */
import type { Name, Reply, Request, Service } from "./service";
import Worker from "./worker?worker&inline";

type Result<K extends Name> = Awaited<ReturnType<Service[K]>>;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (problem: Error) => void;
}

/** The worker stopped, or was told to: nothing of what it held is left. */
export class Closed extends Error {}

export class Desk {
  readonly #worker = new Worker();
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  /** Starts a worker that runs `library`. */
  constructor(library: Promise<WebAssembly.Module>) {
    this.#worker.onmessage = (event: MessageEvent<Reply>) => this.#settle(event.data);
    this.#worker.onerror = () => this.close("the reader stopped");
    library.then(
      (module) => this.#worker.postMessage(module),
      (problem: unknown) => this.close(String(problem)),
    );
  }

  call<K extends Name>(name: K, ...args: Parameters<Service[K]>): Promise<Result<K>> {
    const id = this.#next++;
    return new Promise<Result<K>>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, name, args } satisfies Request);
    });
  }

  /** Ends the worker; its memory goes with it. */
  close(why = "closed"): void {
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(new Closed(why));
    this.#waiting.clear();
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("value" in reply) {
      waiting?.resolve(reply.value);
    } else {
      waiting?.reject(reply.fatal ? new Closed(reply.problem) : new Error(reply.problem));
      if (reply.fatal) this.close(reply.problem);
    }
  }
}
