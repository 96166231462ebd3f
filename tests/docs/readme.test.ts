import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { comparison, fillComparison } from "../../benchmarks/comparison.js";
import type { Result } from "../../benchmarks/result.js";
import { inspect } from "../../host/module.js";
import { pluginFolders } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { runProgram } from "../../cli/spawn.js";
import { type Block, blocks } from "./blocks.js";
import { assertSaid } from "./walk.js";

const readme = await readFile(join(root, "README.md"), "utf8");
const page = (await blocks()).filter((block) => block.page === "README");

/** What the README shows behind a command. */
function shownBehind(command: string): Block {
  const at = page.findIndex(({ language, text }) => language === "sh" && text === `${command}\n`);
  const shown = page[at + 1];
  assert.ok(at >= 0 && shown?.language === "text", `nothing is shown behind ${command}`);
  return shown;
}

test("npm run demo prints what the README shows", { timeout: 300_000 }, async () => {
  const words = [join("cli", "house", "start.mjs"), "demo"];
  const environment = { ...process.env, NO_COLOR: "1" };
  const { exitCode, output } = await runProgram(process.execPath, words, { cwd: root, environment });
  assert.equal(exitCode, 0, output);
  assertSaid(output, shownBehind("npm run demo"));
});

test("what the README shows of npm test are its headings, and names of tests", async () => {
  const sources = await textsOf(join(root, "tests"), ".test.ts");
  const starter = await readFile(join(root, "cli", "house", "test.ts"), "utf8");
  for (const line of shownBehind("npm test").text.trimEnd().split("\n")) {
    const name = /^✔ (.*)$/.exec(line)?.[1];
    if (name !== undefined) assert.ok(sources.includes(`test("${name}"`), line);
    else assert.ok(line === "..." || starter.includes(line), line);
  }
});

test("the figures of the README are those of the last whole run of the benchmarks", async () => {
  const result = JSON.parse(
    await readFile(join(root, "benchmarks", "report", "result.json"), "utf8"),
  ) as Result;
  assert.ok(result.isWhole);
  assert.ok(readme.includes(comparison(result)), comparison(result));
  assert.equal(fillComparison(readme, result), readme);
  assert.throws(() => fillComparison("# A\n", result), /has lost/);
});

test("the callbacks that the README counts are those of the modules", async () => {
  const counted = /^\| callbacks .*$/m.exec(readme)![0].split("|").slice(2);
  const columns = { 1: "rust", 4: "old-assemblyscript" };
  for (const [column, peer] of Object.entries(columns)) {
    const file = join(root, "benchmarks", "peers", peer, "modules", "headers.wasm");
    const { exports } = inspect(await readFile(file));
    const callbacks = exports.filter(({ name }) => /^proxy_on_(?!memory_allocate)/.test(name));
    assert.equal(Number(counted[Number(column)]), callbacks.length, peer);
  }
});

/** Files at the top, and those that lie beside what they are about; those in `docs/` are judged as the site. */
async function otherPages(): Promise<string[]> {
  const at = async (folder: string) =>
    (await readdir(join(root, folder)))
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name));
  const plugins = (await pluginFolders("plugins")).map((folder) => relative(root, folder));
  const folders = [".", "benchmarks", ...plugins];
  return (await Promise.all(folders.map(at))).flat();
}

test("no link of a page outside of the site leads to a file or a heading that is not there", async () => {
  const pages = await otherPages();
  assert.ok(pages.includes("README.md") && pages.length > 5);
  const dead: string[] = [];
  for (const name of pages) {
    const text = await readFile(join(root, name), "utf8");
    for (const link of linksOf(text)) if (!(await leads(link, name, text))) dead.push(`${name} -> ${link}`);
  }
  assert.deepEqual(dead, []);
  const text =
    "# A b\n\n[x](#a-b) [x](#b) [x](CHANGELOG.md) [x](gone.md) ![x](docs/index.md#gone)\n```\n[x](y)\n```\n";
  const wrong = await Promise.all(
    linksOf(text).map(async (link) => ((await leads(link, "README.md", text)) ? [] : [link])),
  );
  assert.deepEqual(wrong.flat(), ["#b", "gone.md", "docs/index.md#gone"]);
});

function linksOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^(`{3,})[^]*?^\1$/gm, "").replaceAll(/`[^`\n]*`/g, "");
  const links = [...prose.matchAll(/\]\(\s*([^()\s]+)\s*\)/g)].map(([, link]) => link!);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

async function leads(link: string, from: string, own: string): Promise<boolean> {
  const [path, anchor] = link.split("#") as [string, string?];
  const file = path === "" ? join(root, from) : join(root, dirname(from), path);
  assert.ok(!relative(root, file).startsWith(".."), `${from} leads out of the repository: ${link}`);
  const there = await stat(file).catch(() => null);
  if (there === null) return false;
  if (anchor === undefined) return true;
  const text = path === "" ? own : await readFile(file, "utf8");
  return [...text.matchAll(/^#{1,6} (.*)$/gm)].some(([, heading]) => anchorOf(heading!) === anchor);
}

/** As code hosts make them of headings. */
const anchorOf = (heading: string) =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");

async function textsOf(folder: string, ending: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(ending));
  return (await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")))).join("\n");
}
