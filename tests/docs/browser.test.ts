import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { NotHere } from "../istio/judge.js";
import { builtSite } from "./built-site.js";
import { findChromium } from "./chromium.js";
import { pagesIn } from "./pages.js";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

let site: string;
let server: Server;
let address: string;
let browser: Browser | undefined;
let missing = "";

before(
  async () => {
    try {
      const { program, environment } = await findChromium();
      // Root may only be without the sandbox; the pages are our own.
      browser = await chromium.launch({
        executablePath: program,
        args: ["--no-sandbox"],
        env: { ...(process.env as Record<string, string>), ...environment },
      });
    } catch (error) {
      if (!(error instanceof NotHere)) throw error;
      missing = error.message;
      return;
    }
    site = await builtSite();
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, "http://site");
      const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
      readFile(join(site, decodeURIComponent(name))).then(
        (bytes) => response.setHeader("content-type", types[extname(name)] ?? "text/plain").end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  { timeout: 300_000 },
);

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

/** What a visitor was shown beside the pages. */
interface Complaints {
  /** Errors and warnings of the console, exceptions, and what could not be fetched. */
  heard: string[];
  /** Addresses outside of the site that were asked for. */
  elsewhere: string[];
}

/** A test with a page of its own, in which nothing may go wrong; left out where there is no browser. */
function inBrowser(
  name: string,
  viewport: { width: number; height: number },
  play: (page: Page, t: TestContext) => Promise<void>,
): void {
  test(name, { timeout: 120_000 }, async (t) => {
    if (browser === undefined) return t.skip(missing);
    const context = await browser.newContext({ viewport });
    try {
      const page = await context.newPage();
      const complaints = listen(page);
      await play(page, t);
      assert.deepEqual(complaints, { heard: [], elsewhere: [] });
    } finally {
      await context.close();
    }
  });
}

function listen(page: Page): Complaints {
  const complaints: Complaints = { heard: [], elsewhere: [] };
  const hear = (what: string) => void complaints.heard.push(`${new URL(page.url()).pathname}: ${what}`);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) hear(message.text());
  });
  page.on("pageerror", (error) => hear(error.message));
  page.on("requestfailed", (request) => {
    // One that a change of the page broke off is nobody's fault.
    if (!request.failure()?.errorText.includes("ERR_ABORTED")) hear(`${request.url()} failed`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) hear(`${response.url()} answered ${response.status()}`);
  });
  page.on("request", (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(address))
      complaints.elsewhere.push(request.url());
  });
  return complaints;
}

/** Opens a page and waits until its script has taken it over. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(`${address}/${path}`, { waitUntil: "load" });
  await page.waitForFunction(() => "__vue_app__" in document.querySelector("#app")!);
}

/** The pages that are opened: all guides, and one of each kind of the reference; all with AS_PROXY_WASM_BROWSER=all. */
async function chosenPages(): Promise<{ path: string; title: string }[]> {
  const pages = (await pagesIn(site)).filter(({ path }) => path !== "404.html");
  const all = process.env["AS_PROXY_WASM_BROWSER"] === "all";
  const kinds = new Set<string>();
  const isChosen = (path: string) => {
    const kind = path.slice(0, path.lastIndexOf("/") + 1);
    if (all || kind === "" || !kinds.has(kind)) return Boolean(kinds.add(kind));
    return false;
  };
  return pages
    .filter(({ path }) => isChosen(path))
    .map(({ path, html }) => ({ path, title: /<title>(.*?)(?: \| .*)?<\/title>/.exec(html)![1]! }));
}

/** How far a page reaches beyond the window to the right, in pixels, and what does. */
const overflow = (page: Page) =>
  page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    const wide = Array.from(document.querySelectorAll(".vp-doc *")).filter((each) => {
      const scrolls = each.closest("div[class*=language-], table") !== null;
      return !scrolls && each.getBoundingClientRect().right > clientWidth + 1;
    });
    return {
      beyond: Math.max(0, scrollWidth - clientWidth),
      wide: wide.map(({ outerHTML }) => outerHTML.slice(0, 80)),
    };
  });

inBrowser("pages render, with their diagrams, and nothing complains", desktop, async (page, t) => {
  const pages = await chosenPages();
  t.diagnostic(`${pages.length} pages`);
  for (const { path, title } of pages) {
    await open(page, path);
    const heading = await page.locator(".vp-doc h1, .VPHero .name").first().innerText();
    assert.ok(heading.replaceAll("\u200b", "").trim().length > 0, path);
    assert.equal(await page.title().then((text) => text.split(" | ")[0]), decoded(title), path);
    const broken = await page
      .locator(".vp-doc img")
      .evaluateAll((images) =>
        (images as HTMLImageElement[]).filter((image) => image.naturalWidth === 0).map(({ src }) => src),
      );
    assert.deepEqual(broken, [], path);
  }
});

inBrowser("pages can be read on a phone: nothing reaches beyond its width", phone, async (page) => {
  for (const { path } of await chosenPages()) {
    await open(page, path);
    assert.deepEqual(await overflow(page), { beyond: 0, wide: [] }, path);
  }
  await open(page, "first-plugin.html");
  const size = await page
    .locator(".vp-doc p")
    .first()
    .evaluate((text) => getComputedStyle(text).fontSize);
  assert.ok(parseFloat(size) >= 14, size);
});

inBrowser("on a phone the menu leads to a guide", phone, async (page) => {
  await open(page, "first-plugin.html");
  await page.locator(".VPLocalNav .menu").click();
  await page.locator(".VPSidebar").getByRole("link", { name: "Callouts" }).click();
  await page.waitForURL(/\/callouts\.html$/);
  // The address changes before the page does.
  await page.getByRole("heading", { level: 1, name: "Callouts" }).waitFor();
});

inBrowser("the search finds a guide, and goes there by the keyboard", desktop, async (page) => {
  await open(page, "index.html");
  await page.keyboard.press("Control+k");
  await page.locator("#localsearch-input").fill("unknown cluster");
  const results = page.locator("#localsearch-list a");
  await results.first().waitFor();
  const places = await results.evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
  const at = places.findIndex((place) => place.includes("/callouts.html") || place.includes("/grpc.html"));
  assert.ok(at >= 0, places.join(" "));
  for (let step = 0; step < at; step++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/(callouts|grpc)\.html/);
  await page.locator("#localsearch-input").waitFor({ state: "detached" });
});

inBrowser("the search says so where there is nothing", desktop, async (page) => {
  await open(page, "index.html");
  await page.getByRole("button", { name: "Search" }).first().click();
  await page.locator("#localsearch-input").fill("xyzzyplugh");
  await page.getByText("No results for").waitFor();
});

inBrowser("dark mode can be chosen, and is kept", desktop, async (page) => {
  await open(page, "headers.html");
  const isDark = () => page.locator("html").evaluate((html) => html.classList.contains("dark"));
  const background = () => page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
  assert.equal(await isDark(), false);
  const light = await background();
  await page.locator(".VPNavBar .VPSwitchAppearance:visible").click();
  assert.equal(await isDark(), true);
  await open(page, "bodies.html");
  assert.equal(await isDark(), true);
  assert.notEqual(await background(), light);
});

inBrowser("links within the site go without a reload, and back", desktop, async (page) => {
  await open(page, "index.html");
  await page.evaluate(() => Object.assign(window, { stays: true }));
  await page.locator(".vp-doc").getByRole("link", { name: "Your first plugin" }).first().click();
  await page.waitForURL(/\/first-plugin\.html$/);
  assert.equal(await page.evaluate(() => "stays" in window), true);
  await page.goBack();
  await page.waitForURL(/\/(index\.html)?$/);
});

const decoded = (html: string) =>
  html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
