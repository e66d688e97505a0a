/**
 * How quick the page is on a large capture. BENCH_CAPTURE names it and
 * BENCH_ROWS one of a million packets; the table goes into the folder BENCH_OUT.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSite, ROOT, SINGLE, type Site, watched } from "../tests/site";
import { Memory } from "./memory";

const CAPTURE = process.env["BENCH_CAPTURE"]!;
const ROWS = process.env["BENCH_ROWS"]!;
const OUT = process.env["BENCH_OUT"]!;
const rows: string[] = [];

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(async () => {
  await site.close();
  const bytes = (statSync(CAPTURE).size / 1e6).toFixed(0);
  writeFileSync(join(OUT, "page.md"), [`| capture of ${bytes} MB | measured | aim |`, "|---|---|---|", ...rows, ""].join("\n"));
});

function row(what: string, measured: string, aim: string): void {
  rows.push(`| ${what} | ${measured} | ${aim} |`);
}

/** Milliseconds from the choice of a file to what the page shows of it. */
interface Times {
  readonly list: number;
  readonly verdict: number;
  readonly longest: number;
}

/** Opens a file and watches from inside the page, in which no time is lost. */
async function times(page: Page, file: string): Promise<Times> {
  const measured = page.evaluate(async () => {
    const longest = { task: 0 };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longest.task = Math.max(longest.task, entry.duration);
    }).observe({ type: "longtask" });
    await new Promise((chosen) => addEventListener("change", chosen, { capture: true, once: true }));
    const start = performance.now();
    const until = async (done: () => boolean) => {
      while (!done()) await new Promise(requestAnimationFrame);
      return performance.now() - start;
    };
    await until(() => document.querySelector("#tab-packets") !== null);
    document.querySelector<HTMLElement>("#tab-packets")!.click();
    const list = await until(() => (document.querySelector("#packet-list [role=row] > :nth-child(5)")?.textContent ?? "") !== "");
    document.querySelector<HTMLElement>("#tab-diagnosis")!.click();
    const verdict = await until(() => document.querySelector(".verdict") !== null);
    await new Promise((done) => setTimeout(done, 500));
    return { list, verdict, longest: longest.task };
  });
  await page.locator("input[type=file]").first().setInputFiles(file);
  return measured;
}

test("opening", async () => {
  const { page } = await watched(site);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const memory = await Memory.of(site.browser);
  const found = await times(page, CAPTURE);
  const peak = memory.stop();
  row("packet list usable", seconds(found.list), "1.0 s");
  row("findings", seconds(found.verdict), "2.0 s");
  row("longest task of the page's own thread", found.longest === 0 ? "under 50 ms" : `${found.longest.toFixed(0)} ms`, "50 ms");
  row("peak memory, all processes of the browser, beyond the empty page", factor(peak, statSync(CAPTURE).size), "3 × file");
});

test("scrolling", async () => {
  const { page } = await watched(site);
  await page.locator("input[type=file]").first().setInputFiles(ROWS);
  await page.getByRole("tab", { name: "Packets" }).click();
  await page.waitForSelector(".status.idle", { state: "attached", timeout: 120_000 });
  const frames = await page.evaluate(async () => {
    const port = document.querySelector("#packet-list")!;
    const gaps: number[] = [];
    const step = port.scrollHeight / 600;
    let last = await new Promise<number>(requestAnimationFrame);
    for (let n = 0; n < 600; n++) {
      port.scrollTop += n % 2 === 0 ? step * 2 : 90;
      const now = await new Promise<number>(requestAnimationFrame);
      gaps.push(now - last);
      last = now;
    }
    return gaps.sort((a, b) => a - b);
  });
  const count = await page.locator(".said").textContent();
  row(`scrolling through ${count}: p99 of a frame`, `${frames[Math.floor(frames.length * 0.99)]!.toFixed(0)} ms`, "33 ms");
});

test("sizes", () => {
  const site = readFileSync(join(ROOT, "dist/site/index.html"), "utf8");
  const files = [...site.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map((match) => match[1]!);
  const sum = files.map((file) => gzipSync(readFileSync(join(ROOT, "dist/site", file))).length).reduce((a, b) => a + b, 0);
  row("scripts and styles, gzipped", `${(sum / 1e3).toFixed(0)} kB`, "");
  const single = statSync(SINGLE).size;
  row("the whole as one file", `${(single / 1e6).toFixed(2)} MB`, "1.5 MB");
  expect(single).toBeLessThan(LARGEST_FILE);
});

function seconds(ms: number): string {
  return `${(ms / 1e3).toFixed(2)} s`;
}

function factor(bytes: number, file: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB, ${(bytes / file).toFixed(1)} × file`;
}

/** Bytes that the one file may not exceed, near what it has; the aim is lower. */
const LARGEST_FILE = 2_200_000;
