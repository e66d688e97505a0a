// Node reads the module from the disk, at once.
import { readFileSync } from "node:fs";
import init, { initSync } from "./web.js";

initSync({ module: readFileSync(new URL("NAME_bg.wasm", import.meta.url)) });

export * from "./web.js";
export default init;
