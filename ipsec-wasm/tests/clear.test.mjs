// Nothing is left of keys, files and answers when they are cleared. In a file
// of its own, so that no other test holds the same keys in the same memory.

import assert from "node:assert/strict";
import test from "node:test";
import init, { Workbench } from "ipsec-wasm";
import { example } from "./files.mjs";

const KEYS = "tunnel.keys.json";

test("clear wipes keys, files and answers", async () => {
  const { memory } = await init();
  const held = (words) => Buffer.from(memory.buffer).includes(words);
  const psk = "a secret that only this test knows: ä";
  const { keys } = JSON.parse(example(KEYS).toString());
  const key = keys.find((entry) => entry.encryption_key).encryption_key;
  const workbench = new Workbench();
  for (const name of ["tunnel.pcap", KEYS]) workbench.add(name, example(name));
  workbench.addPsk(psk);
  workbench.html();
  const secrets = [Buffer.from(psk), Buffer.from(key, "hex"), Buffer.from(key)];
  for (const secret of secrets) assert.ok(held(secret), "there before");
  workbench.clear();
  for (const secret of secrets) assert.ok(!held(secret), "gone");
  assert.deepEqual(workbench.read().files, []);
});
