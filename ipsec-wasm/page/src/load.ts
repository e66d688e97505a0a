/**
 * Gets the library: from beside the page, or out of it where it is one file.
 * Beside the page there are two modules: the small one, with which captures are
 * shown soon, and behind it the whole.
 */
import { toBytes } from "./seven";
import small from "ipsec-wasm/read.wasm?url";
import whole from "ipsec-wasm/full.wasm?url";

export interface Library {
  /** For captures without keys; none in the one file. */
  readonly small: Promise<WebAssembly.Module> | undefined;
  readonly whole: Promise<WebAssembly.Module>;
}

export function library(): Library {
  if (whole.startsWith("#")) return { small: undefined, whole: compiled(inside(whole)) };
  const first = fetched(small);
  return { small: compiled(first), whole: compiled(first.catch(() => undefined).then(() => fetched(whole))) };
}

async function compiled(bytes: Promise<ArrayBuffer>): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await bytes);
}

async function fetched(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the library cannot be loaded: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/** Unpacks what an element of the page holds. */
function inside(element: string): Promise<ArrayBuffer> {
  const held = document.querySelector(element);
  const bytes = toBytes(held?.textContent ?? "");
  held?.remove();
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
