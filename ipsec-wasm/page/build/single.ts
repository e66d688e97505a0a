/** Puts everything into one HTML file that works from a disk. */
import type { Plugin } from "vite";
import { LIBRARY } from "./library.ts";
import { meta, single } from "./policy.ts";

/** Bytes that it may have. */
const MOST = 1_500_000;

export function singleFile(): Plugin {
  return {
    name: "single-file",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const page = bundle["index.html"];
      if (page?.type !== "asset") throw new Error("no index.html was built");
      let script = "";
      let style = "";
      let library = "";
      for (const [name, part] of Object.entries(bundle)) {
        if (part.type === "chunk") script += part.code;
        else if (name.endsWith(".css")) style += String(part.source);
        else if (name === LIBRARY) library = String(part.source);
        else if (part !== page) throw new Error(`${name} is not in the one file`);
        if (part !== page) delete bundle[name];
      }
      page.source = assembled(String(page.source), escaped(script), style, library);
      page.fileName = "ipsec-decoder.html";
      const bytes = Buffer.byteLength(page.source);
      if (bytes > MOST) throw new Error(`the one file has ${bytes} bytes, and may have ${MOST}`);
    },
  };
}

function assembled(html: string, script: string, style: string, library: string): string {
  return html
    .replace(/\s*<script type="module"[^>]*><\/script>/, "")
    .replace(/\s*<link rel="stylesheet"[^>]*>/, "")
    .replace("<head>", () => `<head>\n    ${meta(single(script, style))}`)
    .replace("</head>", () => `<style>${style}</style>\n  </head>`)
    .replace("</body>", () => `<script type="module">${script}</script>\n${block(library)}\n  </body>`);
}

/** What no browser runs. */
function block(library: string): string {
  return `<script type="application/octet-stream" id="${LIBRARY}">${library}</script>`;
}

/** A script that holds no end of a script element; in its strings `\/` is `/`. */
function escaped(script: string): string {
  return script.replaceAll("</script", "<\\/script").replaceAll("<!--", "\\x3C!--");
}
