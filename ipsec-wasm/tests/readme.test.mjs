// The quick starts of both READMEs run as written.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

const here = (path) => new URL(path, import.meta.url).pathname;

function quickStart(readme) {
  const found = readFileSync(here(readme), "utf8").match(/```js\n(.*?import.*?"ipsec-wasm".*?)```/s);
  assert.ok(found, `${readme} has a quick start`);
  return found[1];
}

for (const readme of ["../../README.md", "../npm/README.md"]) {
  test(`${readme} runs as written`, () => {
    const folder = mkdtempSync(join(tmpdir(), "ipsec-wasm-"));
    try {
      mkdirSync(join(folder, "node_modules"));
      symlinkSync(here("../pkg"), join(folder, "node_modules/ipsec-wasm"));
      writeFileSync(join(folder, "psk-mismatch.pcap"), readFileSync(here("../../examples/captures/psk-mismatch.pcap")));
      writeFileSync(join(folder, "start.mjs"), quickStart(readme));
      const said = execFileSync(process.execPath, ["start.mjs"], { cwd: folder, encoding: "utf8" });
      assert.match(said, /^failed .*different pre-shared keys/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
