/** Gets the library: from beside the page, or out of it where it is one file. */
import { bytesOf } from "./examples";
import url from "ipsec-wasm/full.wasm?url";

export async function library(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(url.startsWith("data:") ? await unpacked(bytesOf(url)) : await fetched(url));
}

async function fetched(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the library cannot be loaded: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
