import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { folderWithPackages, packed } from "../package/installed.js";
import { type Block, blocks } from "./blocks.js";
import { notRun } from "./not-run.js";
import { surroundings } from "./surroundings.js";
import { assertSaid, walk } from "./walk.js";

const left = notRun();
const all = (await blocks()).filter((block) => left.reasonFor(block) === null);
const pages = [...new Set(all.filter(({ language }) => language === "sh").map(({ page }) => page))];

/** Those that build several plugins, measure, install, or bring something to a cluster in many steps. */
const long = [
  "README",
  "debugging-a-trap",
  "deploying",
  "memory",
  "moving-from-go",
  "moving-from-rust",
  "moving-from-the-old-sdk",
  "performance",
  "roll-out",
];

const walked = await chosen();

describe("a page leads a reader, in an empty folder, from its first block to its last", () => {
  for (const page of walked)
    test(page, { timeout: 900_000 }, async () => {
      const { folder, remove } = await folderWithPackages("guide");
      const around = await surroundings(page, folder);
      try {
        await walk(
          all.filter((block) => block.page === page),
          folder,
          around,
        );
      } finally {
        await around.stop();
        await remove();
      }
    });
});

/**
 * The first guide, and one more, which is another one whenever the package is: the same sources always walk the same.
 * `$AS_PROXY_WASM_GUIDES` has names of others, or `all`.
 */
async function chosen(): Promise<string[]> {
  const asked = process.env["AS_PROXY_WASM_GUIDES"];
  if (asked === "all") return pages;
  if (asked !== undefined) return asked.split(",");
  const { tarball } = await packed();
  const digest = createHash("sha256")
    .update(await readFile(tarball))
    .digest();
  const cheap = pages.filter((page) => page !== "first-plugin" && !long.includes(page));
  return ["first-plugin", cheap[digest.readUInt32BE() % cheap.length]!];
}

test("what is printed is compared line by line, but for numbers, digests and dots", () => {
  const block = (text: string): Block => ({ page: "p", line: 1, language: "text", note: "", text });
  const said = "one 2\nsha256: 0123456789abcdef\n  x  y\n";
  assertSaid(said, block("one 15\n  x  ...\n"));
  assertSaid(said, block("sha256: ffff456789abcdef\n  x      y\n"));
  assert.throws(() => assertSaid(said, block("  x  ...\none 2\n")), /"one 0" is not printed/);
  assert.throws(() => assertSaid(said, block("one\n")), /"one" is not printed/);
});
