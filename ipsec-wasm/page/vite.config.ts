import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";
import { handedOver, packed } from "./build/library.ts";
import { offline } from "./build/offline.ts";
import { servedPolicy } from "./build/policy.ts";
import { singleFile } from "./build/single.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => {
  const single = mode === "single";
  return {
    base: "./",
    plugins: [
      solid(),
      ...(single ? [packed(), singleFile()] : [servedPolicy(), offline(at("src/offline/worker/offline.ts"))]),
    ],
    server: { fs: { allow: [at("../..")] } },
    worker: { format: "iife", plugins: () => [handedOver()] },
    build: {
      target: "es2022",
      cssTarget: ["chrome123", "firefox120", "safari17.5"],
      outDir: single ? "dist/single" : "dist/site",
      emptyOutDir: true,
      modulePreload: false,
      reportCompressedSize: false,
      assetsInlineLimit: single ? Number.MAX_SAFE_INTEGER : 0,
    },
  };
});
