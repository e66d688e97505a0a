/** Builds the service worker: `src/offline/worker/offline.ts` with the list of files. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Plugin, transformWithOxc } from "vite";

export function offline(source: string): Plugin {
  return {
    name: "offline",
    apply: "build",
    enforce: "post",
    async generateBundle(_options, bundle) {
      const files = ["./", ...Object.keys(bundle).filter((name) => name !== "index.html")];
      const hash = createHash("sha256");
      for (const part of Object.values(bundle)) hash.update(part.type === "chunk" ? part.code : part.source);
      const head = `const VERSION=${JSON.stringify(hash.digest("hex").slice(0, 16))},FILES=${JSON.stringify(files)};\n`;
      const { code } = await transformWithOxc(readFileSync(source, "utf8"), source, { sourcemap: false });
      this.emitFile({ type: "asset", fileName: "offline.js", source: head + code });
    },
  };
}
