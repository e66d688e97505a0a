/** axe finds nothing, in any theme and at any width; the pictures are for people to look at. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSite, PICTURES, type Site, watched } from "./site";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let site: Site;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  site = await openSite();
});
afterAll(() => site.close());

interface Axe {
  readonly run: () => Promise<{ readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[] }>;
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run());
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

const THEMES: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark", reducedMotion: "reduce" },
  narrow: { viewport: { width: 360, height: 780 } },
  forced: { forcedColors: "active" },
};

test.each(Object.entries(THEMES))("%s", async (theme, options) => {
  const { page } = await watched(site, options);
  const look = async (view: string) => {
    await page.screenshot({ path: join(PICTURES, `${theme}-${view}.png`), fullPage: view === "diagnosis" });
    expect(await violations(page), `${theme} ${view}`).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${view} is too wide`).toBe(true);
  };
  await look("empty");
  await page.getByRole("button", { name: "It never authenticates" }).click();
  await page.waitForSelector(".verdict");
  await page.waitForSelector(".status.idle", { state: "attached" });
  await look("diagnosis");
  await page.getByRole("button", { name: "Keys…", exact: true }).click();
  await look("keys");
  await page.keyboard.press("Escape");
  await page.getByRole("tab", { name: "Exchanges" }).click();
  await page.locator(".picture svg").nth(1).waitFor();
  await look("exchanges");
  await page.getByRole("tab", { name: "Packets" }).click();
  await page.locator("#field-tree [role=treeitem]").first().waitFor();
  await page.locator("#field-tree").focus();
  for (const key of ["Home", "ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
  await page.locator(".octets .marked").first().waitFor();
  await look("packets");
  await page.getByRole("tab", { name: "Configurations" }).click();
  await look("no-configurations");
  await page.getByRole("button", { name: "Open the example" }).click();
  await page.locator(".fact").first().waitFor();
  await look("configurations");
});
