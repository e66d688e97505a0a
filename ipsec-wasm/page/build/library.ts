/** How the library gets into the page: beside it, or packed inside it. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

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

/** In the one file the module is gzipped: the browser unpacks it. */
export function packed(): Plugin {
  return {
    name: "packed",
    enforce: "pre",
    load(id) {
      const file = /^(.*\.wasm)\?url$/.exec(id)?.[1];
      if (!file) return null;
      const packed = gzipSync(readFileSync(file), { level: 9 }).toString("base64");
      return `export default "data:application/gzip;base64,${packed}"`;
    },
  };
}
