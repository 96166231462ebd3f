import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import MiniSearch from "minisearch";
import { commands } from "../../cli/commands/index.js";
import { pluginFolders } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { builtSite } from "./built-site.js";
import { deadLinks, type Page, pagesIn, values } from "./pages.js";

let site: string;
let pages: Page[];
let files: Set<string>;

before(
  async () => {
    site = await builtSite();
    pages = await pagesIn(site);
    const entries = await readdir(site, { recursive: true, withFileTypes: true });
    files = new Set(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(site, join(entry.parentPath, entry.name)).split(sep).join("/")),
    );
  },
  { timeout: 300_000 },
);

test("every page in docs/ is in the site", async () => {
  const sources = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md"));
  const missing = sources.map((name) => name.replace(/md$/, "html")).filter((name) => !files.has(name));
  assert.deepEqual(missing, []);
});

test("every guide can be reached from the list at the side", () => {
  const listed = new Set(values(pages.find(({ path }) => path === "images.html")!.html, "href"));
  const guides = pages.filter(
    ({ path }) => !path.includes("/") && !["404.html", "index.html"].includes(path),
  );
  assert.deepEqual(
    guides.map(({ path }) => `/${path}`).filter((path) => !listed.has(path)),
    [],
  );
});

test("the reference has every command, every plugin and the SDK", async () => {
  const names = (await pluginFolders("plugins")).map((folder) => folder.split(sep).at(-1));
  const wanted = [
    ...commands.map((command) => `reference/apw/${command.name()}.html`),
    ...names.map((name) => `reference/plugins/${name}.html`),
    "reference/sdk/context.html",
    "reference/abi.html",
  ];
  assert.deepEqual(
    wanted.filter((path) => !files.has(path)),
    [],
  );
});

test("no link leads to a page or a heading that is not there", () => {
  assert.deepEqual(deadLinks(pages, files), []);
});

test("a dead link and a dead heading would be noticed", () => {
  const page = (path: string, html: string) => ({ path, html });
  const two = [
    page("a.html", '<a href="/b.html#there">x</a><a href="./b.html#gone">x</a><a href="/c.html">x</a>'),
    page("b.html", '<h2 id="there">x</h2>'),
  ];
  assert.deepEqual(deadLinks(two, new Set(["a.html", "b.html"])), [
    "a.html -> ./b.html#gone",
    "a.html -> /c.html",
  ]);
});

test("pages load nothing from elsewhere", async () => {
  for (const { path, html } of pages) {
    const loaded = [
      ...values(html, "src"),
      ...[...html.matchAll(/<link [^>]*>/g)].flatMap(([link]) => values(link, "href")),
    ];
    assert.deepEqual(
      loaded.filter((address) => /^(https?:)?\/\//.test(address)),
      [],
      path,
    );
  }
  for (const file of [...files].filter((name) => name.endsWith(".css"))) {
    const css = await readFile(join(site, file), "utf8");
    assert.doesNotMatch(css, /url\(["']?(https?:)?\/\//, file);
  }
});

test("the search finds guides and the reference", async () => {
  const chunk = [...files].find((file) => file.includes("@localSearchIndex") && file.endsWith(".js"))!;
  const { default: index } = (await import(pathToFileURL(join(site, chunk)).href)) as { default: string };
  const search = MiniSearch.loadJSON<{ title: string; titles: string[]; text: string }>(index, {
    fields: ["title", "titles", "text"],
    storeFields: ["title", "titles"],
  });
  const found = (words: string) => search.search(words, { combineWith: "AND" }).map(({ id }) => String(id));
  assert.ok(found("annotations").some((id) => id.startsWith("/images.html#")));
  assert.ok(found("sendLocalReply").some((id) => id.startsWith("/reference/sdk/context.html")));
  assert.ok(found("basic_auth_rules").some((id) => id.startsWith("/reference/plugins/basic-auth.html")));
});
