/** The built page, served from this machine, in a browser. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
export const REPOSITORY = join(ROOT, "../..");
export const SINGLE = join(ROOT, "dist/single/ipsec-decoder.html");
export const PICTURES = join(ROOT, "tests-out");

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
] as const;

export const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

export interface Site {
  readonly url: string;
  readonly browser: Browser;
  readonly close: () => Promise<void>;
  /** Ends the server, not the browser. */
  readonly unplug: () => void;
}

export async function openSite(): Promise<Site> {
  const server = await serve(join(ROOT, "dist/site"));
  const browser = await launch();
  const unplug = () => {
    server.close();
    server.closeAllConnections();
  };
  const close = async () => {
    await browser.close();
    unplug();
  };
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, browser, close, unplug };
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: [...ARGUMENTS] });
}

/** What a page said that it should not have. */
export interface Watched {
  readonly page: Page;
  readonly console: string[];
  readonly requests: string[];
  readonly violations: () => Promise<string[]>;
}

export async function watched(site: Site, options: BrowserContextOptions = {}, url = site.url): Promise<Watched> {
  const context = await site.browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const console: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => console.push(message.text()));
  page.on("pageerror", (error) => console.push(String(error)));
  context.on("request", (request) => requests.push(request.url()));
  await page.addInitScript(() => {
    const seen: string[] = ((globalThis as Record<string, unknown>)["violations"] = [] as string[]);
    addEventListener("securitypolicyviolation", (event) => seen.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(url);
  return { page, console, requests, violations: () => page.evaluate(() => (globalThis as Record<string, unknown>)["violations"] as string[]) };
}

/** Drops files of these names and bytes on the page. */
export async function drop(page: Page, files: readonly (readonly [string, Buffer])[]): Promise<void> {
  const data = files.map(([name, bytes]) => [name, bytes.toString("base64")] as const);
  await page.evaluate((all) => {
    const transfer = new DataTransfer();
    for (const [name, base64] of all) {
      transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    }
    for (const type of ["dragover", "drop"]) {
      dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
  }, data);
}

async function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const file = join(folder, path === "/" ? "index.html" : path);
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "cache-control": "no-cache" });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((ready) => server.listen(0, "localhost", ready));
  return server;
}
