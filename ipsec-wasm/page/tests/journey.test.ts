/** What people come for, from the first click to what they take away. */
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configuration, example } from "./samples";
import { drop, openSite, type Site, watched } from "./site";

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(() => site.close());

async function opened(...names: string[]): Promise<Page> {
  const { page } = await watched(site);
  await drop(page, names.map(example));
  await page.waitForSelector(".verdict");
  await idle(page);
  return page;
}

const idle = (page: Page) => page.waitForSelector(".status.idle", { state: "attached" });
const tab = (page: Page, name: string) => page.getByRole("tab", { name }).click();

test("a newcomer sees a diagnosis within ten seconds", async () => {
  const start = performance.now();
  const { page } = await watched(site);
  await page.getByRole("button", { name: "It never authenticates" }).click();
  await page.getByRole("heading", { level: 1, name: "192.0.2.10 and 198.51.100.20 hold different pre-shared keys" }).waitFor();
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(await page.getByLabel("Verdict").textContent()).toContain("Failed");
  expect(await page.getByRole("heading", { name: "What would decide this?" }).isVisible()).toBe(true);
});

test("several files of any kind are read together, and more can be added", async () => {
  const page = await opened("psk-mismatch.pcap", "udp-4500-blocked.pcap");
  const files = page.locator(".files > li");
  expect(await files.count()).toBe(2);
  await drop(page, [configuration("fortios-hq.conf"), ["packed.pcap.gz", gzipSync(example("tunnel.pcap")[1])]]);
  await files.nth(3).waitFor();
  expect(await files.nth(2).textContent()).toContain("configuration");
  expect(await files.nth(3).textContent()).toContain("capture, 12 packets");
  await tab(page, "Packets");
  await page.getByLabel("Capture").selectOption({ label: "packed.pcap.gz" });
  await page.locator("#packet-list [role=row]", { hasText: "ESP" }).first().waitFor();
});

test("evidence leads to the packet, its field and its bytes", async () => {
  const page = await opened("psk-mismatch.pcap");
  await page.getByRole("link", { name: "psk-mismatch.pcap packet 5" }).first().click();
  await page.locator("#field-tree [aria-selected=true]", { hasText: "Encrypted payloads" }).waitFor();
  expect(await page.locator("#packet-list [aria-selected=true] > :first-child").textContent()).toBe("5");
  const marked = page.locator(".octets .marked");
  await marked.first().waitFor();
  expect(await marked.count()).toBe(80);
  expect(await marked.first().textContent()).toBe("fa");
  const edge = async (selector: string) => page.locator(selector).first().evaluate((one) => one.getBoundingClientRect().right);
  expect(await edge(".letters")).toBeLessThanOrEqual(await edge("#hex"));
  await page.goBack();
  await page.waitForSelector(".verdict");
});

test("a byte leads to its field", async () => {
  const page = await opened("psk-mismatch.pcap");
  await tab(page, "Packets");
  await page.locator("#byte-23").click();
  await page.locator("#field-tree [aria-selected=true]", { hasText: "Protocol" }).waitFor();
  expect(await page.locator(".about").textContent()).toContain("ip.protocol");
});

test("a filter hides what does not fit, and says what it does not understand", async () => {
  const page = await opened("psk-mismatch.pcap");
  await tab(page, "Packets");
  const filter = page.getByRole("combobox", { name: "Filter" });
  await filter.fill("isakmp.exch");
  await page.getByRole("option", { name: "isakmp.exchange" }).first().waitFor();
  await filter.press("ArrowDown");
  await filter.press("Enter");
  expect(await filter.inputValue()).toMatch(/^isakmp\.exchange/);
  await filter.fill("ip.src == 198.51.100.20");
  await filter.press("Enter");
  await page.getByText("6 of 12 packets").waitFor();
  expect(await page.locator("#packet-list [role=row]").count()).toBe(6);
  await filter.fill("ip.src ==");
  await filter.press("Enter");
  await page.locator(".said.wrong").waitFor();
  expect(await filter.getAttribute("aria-invalid")).toBe("true");
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByText("12 packets", { exact: true }).waitFor();
});

test("keys open what is encrypted", async () => {
  const page = await opened("tunnel.pcap");
  await tab(page, "Packets");
  await page.locator("#packet-list [role=row]").nth(2).click();
  await page.locator(".sources button").first().waitFor();
  expect(await page.locator(".sources button").count()).toBe(1);
  await drop(page, [example("tunnel.keys.json")]);
  await page.locator("#packet-list [role=row]").nth(2).click();
  const plain = page.locator(".sources button", { hasText: "decrypted" });
  await plain.waitFor();
  await plain.click();
  expect(await page.locator(".octets [role=gridcell]").count()).toBeGreaterThan(16);
});

test("a filter stays in force when files are added", async () => {
  const page = await opened("tunnel.pcap");
  await tab(page, "Packets");
  await page.getByRole("combobox", { name: "Filter" }).fill("icmp");
  await page.keyboard.press("Enter");
  await page.getByText("0 of 12 packets").waitFor();
  await drop(page, [example("tunnel.keys.json")]);
  await page.getByText(/^[1-9] of 12 packets/).waitFor();
});

test("a pre-shared key is taken and its field emptied at once", async () => {
  const page = await opened("psk-mismatch.pcap");
  await page.getByRole("button", { name: "Keys…", exact: true }).click();
  const field = page.getByLabel("Pre-shared key");
  await field.fill("not the right one");
  await field.press("Enter");
  await page.locator("dialog").waitFor({ state: "hidden" });
  expect(await field.inputValue()).toBe("");
  await idle(page);
  await page.waitForSelector(".verdict");
});

test("two configurations are compared, by the rules that are asked for", async () => {
  const { page } = await watched(site);
  await page.getByRole("button", { name: "Two configurations, no packet" }).click();
  await page.waitForSelector(".verdict");
  await tab(page, "Configurations");
  await page.getByText("They do not fit.").waitFor();
  const before = await page.locator(".fact").count();
  await page.getByLabel("Weak is what these rules say").selectOption("cnsa");
  await expect.poll(() => page.locator(".fact").count()).not.toBe(before);
});

test("the ladder leads to its packets", async () => {
  const page = await opened("psk-mismatch.pcap");
  await tab(page, "Exchanges");
  await page.locator(".picture a", { hasText: "#6" }).click();
  await page.locator("#packet-list [aria-selected=true]").waitFor();
  expect(await page.locator("#packet-list [aria-selected=true] > :first-child").textContent()).toBe("6");
});

test("reports and a scrubbed capture can be taken away", async () => {
  const page = await opened("psk-mismatch.pcap");
  const taken = async (name: string) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
    return readFile(await download.path());
  };
  expect((await taken("HTML")).toString()).toContain("hold different pre-shared keys");
  expect(JSON.parse((await taken("JSON")).toString()).verdict.cause).toBe("psk-mismatch");
  expect(JSON.parse((await taken("SARIF")).toString()).version).toBe("2.1.0");
  expect((await taken("Markdown")).toString()).toContain("psk-mismatch");
  const scrubbed = await taken("Scrubbed capture");
  expect(scrubbed.readUInt32LE(0)).toBe(0x0a0d0d0a);
  const { page: other } = await watched(site);
  await drop(other, [["scrubbed.pcapng", scrubbed]]);
  await other.waitForSelector(".verdict.failed");
  expect(await other.locator(".finding code", { hasText: "psk-mismatch" }).count()).toBe(1);
});

test("what cannot be read is said, and the rest is read", async () => {
  const { page } = await watched(site);
  await drop(page, [["noise.bin", Buffer.from([1, 2, 3, 250, 251])], example("psk-mismatch.pcap")]);
  await page.waitForSelector(".verdict.failed");
  expect(await page.locator(".files").textContent()).toContain("noise.bin");
});

test("a library that cannot be loaded is named, each time", async () => {
  const { page } = await watched(site, {}, "about:blank");
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto(site.url);
  for (let time = 0; time < 2; time++) {
    await page.getByRole("button", { name: "It never authenticates" }).click();
    await page.getByRole("alert").getByText("Failed to fetch").waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
  }
});

test("clearing forgets everything", async () => {
  const page = await opened("psk-mismatch.pcap");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("heading", { name: "Why does this tunnel fail?" }).waitFor();
  expect(await page.locator("body").textContent()).not.toContain("192.0.2.10");
  await page.getByRole("button", { name: "A tunnel that works" }).click();
  await page.waitForSelector(".verdict.established");
});

test("a permalink opens the same packet of an example", async () => {
  const { page } = await watched(site, {}, `${site.url}#view=packets&example=psk-mismatch&packet=5&field=isakmp.flags`);
  await page.locator("#field-tree [aria-selected=true]", { hasText: "Flags" }).waitFor();
  expect(await page.locator("#packet-list [aria-selected=true] > :first-child").textContent()).toBe("5");
});
