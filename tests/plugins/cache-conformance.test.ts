import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { root } from "../../cli/root.js";

const plugin = join(root, "plugins", "cache");

/** The names in the last column of each table's rows, with their lines. */
function namesIn(text: string): { name: string; line: number }[] {
  return text.split("\n").flatMap((row, index) => {
    if (!row.startsWith("|") || /^\|[ :|-]+\|$/.test(row)) return [];
    const last = row.split(" | ").at(-1) ?? "";
    return [...last.matchAll(/`([^`]+)`/g)].map(([, name]) => ({ name: name!, line: index + 1 }));
  });
}

async function scenarioNames(): Promise<string[]> {
  const folder = join(plugin, "scenarios");
  const texts = await Promise.all(
    (await readdir(folder)).map((file) => readFile(join(folder, file), "utf8")),
  );
  return texts.flatMap((text) =>
    parseAllDocuments(text).map((document) => (document.toJS() as { name: string }).name),
  );
}

/** What specs are called: `describe` and `it` together. */
async function specNames(): Promise<string[]> {
  const folders = [join(root, "tests/unit/plugins/cache"), join(root, "tests/unit/http")];
  const names: string[] = [];
  for (const folder of folders) {
    for (const file of await readdir(folder)) {
      let group = "";
      for (const [, kind, name] of (await readFile(join(folder, file), "utf8")).matchAll(
        /\b(describe|it)\("([^"]+)"/g,
      )) {
        if (kind === "describe") group = name!;
        else names.push(`${group} ${name}`);
      }
    }
  }
  return names;
}

async function testNames(): Promise<string[]> {
  const text = await readFile(join(root, "tests", "envoy", "cache.test.ts"), "utf8");
  return [...text.matchAll(/\btest\(\s*["`]([^"`]+)["`]/g)].map(([, name]) =>
    name!.replace("${paths}", "5000"),
  );
}

test("everything that conformance.md names is there", async () => {
  const names = namesIn(await readFile(join(plugin, "conformance.md"), "utf8"));
  assert.ok(names.length > 100, `${names.length} names`);
  const known = new Set([...(await scenarioNames()), ...(await specNames()), ...(await testNames())]);
  const unknown = names.filter(({ name }) => !known.has(name));
  assert.deepEqual(unknown, []);
});
