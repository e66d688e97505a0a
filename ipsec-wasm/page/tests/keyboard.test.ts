/** Everything is reached without a mouse. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSite, type Site, watched } from "./site";

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(() => site.close());

/** Presses Tab until what has the focus fits. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let n = 0; n < 60; n++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

test("from the first key to a byte of a packet, and back", async () => {
  const { page } = await watched(site);
  await tabTo(page, ".card");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".verdict");

  await tabTo(page, "[role=tab][aria-selected=true]");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await tabTo(page, "#filter");
  await tabTo(page, "#packet-list");
  await page.keyboard.press("End");
  await page.locator("#packet-list [aria-selected=true] > :first-child", { hasText: "12" }).waitFor();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await page.locator("#packet-list [aria-selected=true] > :first-child", { hasText: "2" }).waitFor();

  await page.keyboard.press("Enter");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.locator("#field-tree [aria-selected=true]", { hasText: "Destination" }).waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.locator("#field-tree [aria-selected=true]", { hasText: "Ethernet" }).waitFor();

  await page.keyboard.press("F6");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  expect(await page.locator("#hex").getAttribute("aria-activedescendant")).toBe("byte-17");
  await page.keyboard.press("F6");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("packet-list");
});

test("the dialog of keys opens, closes, and gives the focus back", async () => {
  const { page } = await watched(site);
  await tabTo(page, ".card");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".verdict");
  const keys = page.getByRole("button", { name: "Keys…", exact: true });
  await keys.focus();
  await page.keyboard.press("Enter");
  await page.locator("dialog[open]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "hidden" });
  expect(await keys.evaluate((button) => button === document.activeElement)).toBe(true);
});
