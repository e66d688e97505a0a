// What the class answers: the same as the command, without markup of others.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import test from "node:test";
import { Workbench, version } from "ipsec-wasm";
import { Workbench as Reading } from "ipsec-wasm/read";
import { OWN, captures, example } from "./files.mjs";

const IPSEC = process.env.IPSEC_COMMAND;
const KEYS = "tunnel.keys.json";

function bench(...names) {
  const made = new Workbench();
  for (const name of names) made.add(name, example(name));
  return made;
}

/** What the command prints: nothing when it cannot read the files. */
function native(format, cwd, ...names) {
  const stdio = ["ignore", "pipe", "ignore"];
  const options = { cwd, encoding: "utf8", stdio, maxBuffer: 1 << 28 };
  try {
    return execFileSync(IPSEC, ["why", "--format", format, ...names], options);
  } catch (error) {
    return error.stdout;
  }
}

test("reports are those of the command, byte for byte", { skip: !IPSEC }, (t) => {
  const workbench = new Workbench();
  let compared = 0;
  for (const path of captures()) {
    const expected = native("json", dirname(path), basename(path));
    if (expected === "") continue;
    workbench.add(basename(path), readFileSync(path));
    assert.equal(workbench.json(), expected, path);
    workbench.clear();
    compared += 1;
  }
  t.diagnostic(`${compared} captures`);
  assert.ok(compared >= 5);
});

test("so are the other formats, and reports with keys", { skip: !IPSEC }, () => {
  const names = [KEYS, "tunnel.pcap"];
  const workbench = bench(...names);
  assert.equal(workbench.json(), native("json", OWN, ...names));
  assert.equal(workbench.html(), native("html", OWN, ...names));
  assert.equal(workbench.sarif(), native("sarif", OWN, ...names));
  assert.equal(workbench.markdown(), native("markdown", OWN, ...names));
});

test("rows, packets and filters", () => {
  const workbench = bench("tunnel.pcap", KEYS);
  const [{ index, name }] = workbench.captures();
  assert.equal(name, "tunnel.pcap");
  const part = workbench.advance(index, 2);
  assert.deepEqual([part.frames, part.done], [2, false]);
  const closed = workbench.rows(index, 0, 2);
  assert.equal(closed.length, 2);
  assert.equal(closed[0].summary.protocol, "IKEv2");
  workbench.read();
  const all = workbench.advance(index, 0);
  assert.ok(all.done && all.bytes === all.of && all.frames > 2);
  const esp = workbench.filter(index, "esp", 0, all.frames);
  assert.ok(esp instanceof Uint32Array && esp.length > 0);
  const packet = workbench.packet(index, esp[0]);
  assert.deepEqual(packet.sources.map((source) => source.origin), ["frame", "decrypted"]);
  assert.ok(packet.sources.every((source) => source.bytes instanceof Uint8Array));
  assert.equal(packet.sources[0].bytes.length, packet.length);
  assert.ok(workbench.fieldNames().includes("esp.spi"));
  assert.deepEqual(workbench.rows(index, all.frames, 10), []);
});

test("a scrubbed capture leads to the same finding, without the addresses", () => {
  const workbench = bench("psk-mismatch.pcap");
  const before = workbench.read().report.findings[0];
  const [{ index }] = workbench.captures();
  const copy = workbench.scrub(index);
  assert.ok(copy instanceof Uint8Array);
  workbench.clear();
  workbench.add("copy.pcapng", copy);
  const after = workbench.read().report.findings[0];
  assert.equal(after.code, before.code);
  assert.notEqual(after.title, before.title);
});

test("mistakes are errors with words", () => {
  const workbench = bench("tunnel.pcap");
  assert.throws(() => workbench.filter(0, "esp and", 0, 1), (error) => error.offset === 7 && /expected/.test(error.message));
  assert.throws(() => workbench.rows(5, 0, 1), /no capture/);
  assert.throws(() => workbench.packet(0, 0), /no such packet/);
  assert.throws(() => workbench.compare("nist"), /no such profile/);
  assert.throws(() => workbench.addPsk("0xzz"), /hexadecimal/);
  assert.match(version(), /^\d+\.\d+\.\d+$/);
});

test("the small build reads captures, and names the other for the rest", () => {
  const workbench = new Reading();
  workbench.add("psk-mismatch.pcap", example("psk-mismatch.pcap"));
  workbench.add(KEYS, example(KEYS));
  const { report, files } = workbench.read();
  assert.equal(report.verdict.cause, "psk-mismatch");
  assert.deepEqual(files.map((file) => file.kind), ["capture", "unknown"]);
  assert.match(files[1].unread, /the full one/);
  assert.throws(() => workbench.compare("ietf"), /the full one/);
  assert.throws(() => workbench.sarif(), /the full one/);
  assert.throws(() => workbench.addPsk("open sesame"), /the full one/);
});

test("strings of others never become markup", () => {
  const hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e\u001b[2J";
  const workbench = new Workbench();
  workbench.add(`${hostile}.pcap`, example("psk-mismatch.pcap"));
  const line = `10:41:06 15[IKE] <tun|1> IDir '${hostile}' does not match to '${hostile}'\n`;
  workbench.add(`${hostile}.log`, new TextEncoder().encode(line));
  const texts = [workbench.html(), workbench.ladder(), workbench.timeline()];
  for (const text of [...texts, workbench.json(), workbench.sarif(), workbench.markdown()]) {
    assert.doesNotMatch(text, /(?<!\\)<(script|img)|\u202e|\u001b/i);
  }
});
