/**
 * The same capture in Wireshark compiled for the browser. BENCH_WIREGASM names
 * the folder of the npm package `@goodtools/wiregasm`; its lines go into the
 * folder BENCH_OUT.
 */
import { createReadStream, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "vitest";
import { launch, TYPES } from "../tests/site";
import { Memory } from "./memory";

const FOLDER = process.env["BENCH_WIREGASM"];
const CAPTURE = process.env["BENCH_CAPTURE"]!;
const OUT = process.env["BENCH_OUT"]!;

const WORKER = `
  importScripts("wiregasm.js");
  const open = async () => {
    const start = performance.now();
    const wireshark = await loadWiregasm({ locateFile: (path) => "/" + path, handleStatus: () => {}, print: () => {}, printErr: () => {} });
    wireshark.init();
    const ready = performance.now();
    const bytes = new Uint8Array(await (await fetch("/capture.pcap")).arrayBuffer());
    const fetched = performance.now();
    wireshark.FS.writeFile("/uploads/capture.pcap", bytes);
    const session = new wireshark.DissectSession("/uploads/capture.pcap");
    const { code } = session.load();
    const frames = session.getFrames("", 0, 50);
    postMessage({ code, rows: frames.frames.size(), start: ready - start, open: performance.now() - fetched });
  };
  open().catch((problem) => setTimeout(() => { throw problem; }));
`;

interface Said {
  readonly code: number;
  readonly rows: number;
  readonly start: number;
  readonly open: number;
}

test.skipIf(!FOLDER)("Wireshark in the browser", async () => {
  const server = createServer((request, response) => {
    const name = basename(request.url ?? "");
    if (name === "") response.setHeader("content-type", "text/html").end("<!doctype html>");
    else if (name === "worker.js") response.setHeader("content-type", "text/javascript").end(WORKER);
    else if (name === "capture.pcap") createReadStream(CAPTURE).pipe(response);
    else if (name.startsWith("wiregasm.")) {
      response.setHeader("content-type", TYPES[extname(name)] ?? "application/octet-stream");
      createReadStream(join(FOLDER!, name)).pipe(response);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((ready) => server.listen(0, "localhost", ready));
  const browser = await launch();
  const page = await browser.newPage();
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  const memory = await Memory.of(browser);
  const said = await page.evaluate(
    () =>
      new Promise<Said>((resolve, reject) => {
        const worker = new Worker("/worker.js");
        worker.onmessage = (event) => resolve(event.data);
        worker.onerror = (event) => reject(new Error(event.message));
        setTimeout(() => reject(new Error("no answer within two minutes")), 120_000);
      }),
  );
  const peak = memory.stop();
  await browser.close();
  server.close();
  if (said.code !== 0 || said.rows === 0) throw new Error("Wireshark did not open the capture");
  const gz = gzipSync(readFileSync(join(FOLDER!, "wiregasm.wasm"))).length;
  const lines = [
    `| Wireshark in the browser: its module, gzipped | ${(gz / 1e6).toFixed(1)} MB | |`,
    `| Wireshark in the browser: start, then packet list | ${(said.start / 1e3).toFixed(2)} s + ${(said.open / 1e3).toFixed(2)} s | |`,
    `| Wireshark in the browser: peak memory | ${(peak / 1e6).toFixed(0)} MB, ${(peak / statSync(CAPTURE).size).toFixed(1)} × file | |`,
  ];
  writeFileSync(join(OUT, "wiregasm.md"), `${lines.join("\n")}\n`);
});
