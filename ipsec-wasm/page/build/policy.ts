/**
 * The page's Content-Security-Policy. The worker starts from a `blob:` URL and
 * so comes under the same policy: neither can send anything anywhere.
 */
import { createHash } from "node:crypto";
import type { Plugin } from "vite";

const ALWAYS = {
  "default-src": "'none'",
  "img-src": "data:",
  "worker-src": "blob:",
  "base-uri": "'none'",
  "form-action": "'none'",
};

/** For a page beside its files: scripts, styles and the library come from there. */
export const SERVED = policy({
  "script-src": "'self' 'wasm-unsafe-eval'",
  "style-src": "'self'",
  "connect-src": "'self'",
  "worker-src": "'self' blob:",
});

/** For a page of one file: exactly this script and this style. */
export function single(script: string, style: string): string {
  return policy({ "script-src": `${hash(script)} 'wasm-unsafe-eval'`, "style-src": hash(style) });
}

/** The `meta` element, to stand before anything that loads. */
export function meta(policy: string): string {
  return `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
}

export function servedPolicy(): Plugin {
  return {
    name: "served-policy",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (html) => html.replace("<head>", `<head>\n    ${meta(SERVED)}`),
    },
  };
}

function policy(parts: Readonly<Record<string, string>>): string {
  return Object.entries({ ...ALWAYS, ...parts })
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");
}

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
