// Every capture and its mutations: exceptions at most, never an abort, and
// memory does not grow from one round of bad files to the next.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as full from "ipsec-wasm";
import * as read from "ipsec-wasm/read";
import { captures, mutated, random, texts } from "./files.mjs";

const PACKETS = 50;

/** All that can be asked about one file. */
function lookAt(bench, name, bytes) {
  bench.add(name, bytes);
  for (const { index } of bench.captures()) {
    while (!bench.advance(index, 1_000).done);
    const rows = bench.rows(index, 0, PACKETS);
    for (let row = 0; row < rows.length; row += 1) bench.packet(index, row);
    bench.filter(index, "ike or esp", 0, PACKETS);
  }
  const { report, files } = bench.read();
  assert.equal(files.length >= 1 && report.inputs.length >= 1, true, name);
  return { report, files };
}

function drawn(bench, build) {
  const all = [bench.ladder(), bench.timeline(), bench.html(), bench.markdown()];
  return build === "full" ? [...all, bench.sarif()] : all;
}

for (const [build, { Workbench }] of Object.entries({ full, read })) {
  test(`${build}: every capture and text`, () => {
    const bench = new Workbench();
    for (const path of [...captures(), ...texts()]) {
      lookAt(bench, path, readFileSync(path));
      for (const text of drawn(bench, build)) assert.doesNotMatch(text, /<script/i, `${build}: ${path}`);
      bench.clear();
    }
  });

  test(`${build}: mutations`, () => {
    const next = random(7);
    const bench = new Workbench();
    for (const path of captures()) {
      const bytes = readFileSync(path);
      for (let n = 0; n < 4; n += 1) {
        lookAt(bench, path, mutated(bytes, next));
        bench.clear();
      }
    }
  });

  test(`${build}: memory after a thousand bad files`, async (t) => {
    const { default: init } = build === "full" ? full : read;
    const { memory } = await init();
    const bench = new Workbench();
    const paths = captures();
    const round = () => {
      const next = random(11);
      for (let n = 0; n < 1_000; n += 1) {
        const bytes = readFileSync(paths[n % paths.length]);
        lookAt(bench, "bad", mutated(bytes, next));
        bench.clear();
      }
      return memory.buffer.byteLength;
    };
    const first = round();
    t.diagnostic(`${first} bytes`);
    assert.equal(round(), first);
  });
}
