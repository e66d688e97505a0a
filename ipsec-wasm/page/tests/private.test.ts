/** What the page promises: nothing leaves it, and it needs nothing from outside. */
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { example, hostileCapture, MARKUP } from "./samples";
import { drop, openSite, PICTURES, SINGLE, type Site, type Watched, watched } from "./site";

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(() => site.close());

const SECRET = "correct-horse-battery-staple";

/** Goes through all views with captures, keys and a pre-shared key. */
async function useAll(page: Page): Promise<void> {
  await drop(page, [example("tunnel.pcap"), example("tunnel.keys.json")]);
  await page.waitForSelector(".verdict");
  await page.getByRole("button", { name: "Keys…", exact: true }).click();
  await page.getByLabel("Pre-shared key").fill(SECRET);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".status.idle", { state: "attached" });
  for (const name of ["Exchanges", "Packets", "Configurations", "Diagnosis"]) {
    await page.getByRole("tab", { name }).click();
    await page.waitForTimeout(200);
  }
}

async function stored(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const bases = await indexedDB.databases();
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, bases, history.state, location.href]);
  });
}

async function expectSilence({ page, console, violations }: Watched): Promise<void> {
  expect(console).toEqual([]);
  expect(await violations()).toEqual([]);
  const kept = await stored(page);
  for (const secret of [SECRET, "192.0.2.10", "tunnel.pcap"]) expect(kept).not.toContain(secret);
}

test("no request after load; no secret in address, storage or console; no violation of the policy", async () => {
  const all = await watched(site);
  await all.page.evaluate(() => navigator.serviceWorker.ready);
  await all.page.waitForLoadState("networkidle");
  const before = all.requests.length;
  await useAll(all.page);
  expect(all.requests.slice(before).filter((url) => !url.startsWith("blob:"))).toEqual([]);
  await expectSilence(all);
});

test("neither the page nor its worker may send anything anywhere", async () => {
  const { page } = await watched(site);
  const refused = await page.evaluate(async () => {
    const outside = "https://example.com/";
    const inWorker = new Worker(
      URL.createObjectURL(new Blob([`fetch("${outside}").then(() => postMessage("sent"), () => postMessage("refused"))`], { type: "text/javascript" })),
    );
    const said = new Promise((resolve) => (inWorker.onmessage = (event) => resolve(event.data)));
    const here = await fetch(outside).then(
      () => "sent",
      () => "refused",
    );
    return [here, await said];
  });
  expect(refused).toEqual(["refused", "refused"]);
});

test("works without a network once it was opened", async () => {
  const own = await openSite();
  try {
    const { page } = await watched(own);
    await page.evaluate(() => navigator.serviceWorker.ready);
    own.unplug();
    await page.reload();
    await page.getByRole("button", { name: "It never authenticates" }).click();
    await page.waitForSelector(".verdict.failed");
  } finally {
    await own.close();
  }
});

test("one file works from a disk and asks for nothing", async () => {
  const all = await watched(site, {}, pathToFileURL(SINGLE).href);
  await useAll(all.page);
  expect(all.requests.filter((url) => !url.startsWith("blob:") && url !== pathToFileURL(SINGLE).href)).toEqual([]);
  await expectSilence(all);
});

test("a hostile capture and a hostile name stay text", async () => {
  const all = await watched(site);
  const { page } = all;
  const title = await page.title();
  await drop(page, [[`${MARKUP.replaceAll("/", "")}.pcap`, hostileCapture()]]);
  await page.waitForSelector(".verdict");
  const views = ["Diagnosis", "Exchanges", "Packets"];
  for (const name of views) {
    await page.getByRole("tab", { name }).click();
    await page.waitForTimeout(300);
    expect(await page.locator("main img, main script, main iframe").count(), name).toBe(0);
    expect(await page.locator("body").innerText(), name).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  }
  await page.locator("#packet-list").press("Home");
  await page.locator("#field-tree [role=treeitem]", { hasText: "Vendor ID" }).first().waitFor();
  expect(await page.title()).toBe(title);
  await page.getByRole("tab", { name: "Diagnosis" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Report (HTML)" }).click()]);
  const file = join(PICTURES, "hostile.html");
  await download.saveAs(file);
  const report = await watched(site, {}, pathToFileURL(file).href);
  expect(await report.page.locator("img, script").count()).toBe(0);
  await expectSilence(all);
});
