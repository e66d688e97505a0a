// The files that the tests read: our own captures, and with IPSEC_SHARED those
// of the collection beside the repository.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The folder of our own captures. */
export const OWN = new URL("../../examples/captures", import.meta.url).pathname;
const SHARED = process.env.IPSEC_SHARED;

/** Paths of all captures, ours first. */
export function captures() {
  const folders = [OWN];
  if (SHARED) folders.push(join(SHARED, "captures"), join(SHARED, "corpora"));
  return folders.flatMap(under).filter(isCapture);
}

/** Paths of all logs, configurations and keys that lie beside captures. */
export function texts() {
  const folders = SHARED ? [OWN, join(SHARED, "captures")] : [OWN];
  return folders.flatMap(under).filter((path) => /\.(conf|log|json|txt|secrets)$/.test(path));
}

export const example = (name) => readFileSync(join(OWN, name));

function under(folder) {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

function isCapture(path) {
  return /\.(pcap|pcapng|cap)(\.gz)?$/.test(path);
}

/** The same numbers in every run (xorshift32). */
export function random(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A copy with some bytes changed, and sometimes cut. */
export function mutated(bytes, next) {
  const copy = Uint8Array.from(bytes);
  for (let n = 0; n < 8 && copy.length > 0; n += 1) copy[next(copy.length)] = next(256);
  return next(4) === 0 ? copy.subarray(0, next(copy.length + 1)) : copy;
}
