/** How the library gets into the page: beside it, or packed inside it. */
import { readFileSync } from "node:fs";
import { gzipAsync } from "@gfx/zopfli";
import type { Plugin } from "vite";
import { toText } from "../src/seven.ts";

/** The element, and until it is there the file, that holds the library of the one file. */
export const LIBRARY = "library";

/** The page hands the module over; without its own way to it, the glue is not copied twice. */
export function handedOver(): Plugin {
  return {
    name: "handed-over",
    enforce: "pre",
    transform(code, id) {
      const own = /new URL\('\w+_bg\.wasm', import\.meta\.url\)/;
      return own.test(code) && id.endsWith(".js") ? code.replace(own, "undefined") : null;
    },
  };
}

/** The one file has the whole module alone, gzipped as well as can be: the browser unpacks it. */
export function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    enforce: "pre",
    async load(id) {
      const file = /^(.*\.wasm)\?url$/.exec(id)?.[1];
      if (!file) return null;
      if (!file.endsWith("full_bg.wasm")) return 'export default ""';
      const small = await gzipAsync(readFileSync(file), { numiterations: 5 });
      this.emitFile({ type: "asset", fileName: LIBRARY, source: toText(small) });
      return `export default "#${LIBRARY}"`;
    },
  };
}
