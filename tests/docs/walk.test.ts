import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { attempt } from "../package/outside.js";
import { folderWithPackages } from "../package/installed.js";
import { type Block, blocks, isLeftOut, placeOf } from "./blocks.js";

test("the first guide leads from nothing to a built and tested plugin", { timeout: 900_000 }, async () => {
  const page = (await blocks()).filter((block) => block.page === "first-plugin" && !isLeftOut(block));
  const { folder, remove } = await folderWithPackages("my-filter");
  try {
    let said = "";
    for (const block of page) {
      if (block.language === "sh") said = await inShell(folder, block);
      else if (block.language === "text") assertSaid(said, block);
      else await put(folder, block);
    }
  } finally {
    await remove();
  }
});

async function inShell(folder: string, block: Block): Promise<string> {
  const { exitCode, output } = await attempt(folder, "bash", ["-euo", "pipefail", "-c", block.text], {
    NO_COLOR: "1",
  });
  assert.equal(exitCode, 0, `${placeOf(block)}: ${block.text}\n${output}`);
  return output;
}

/** A block whose first line names a file is what the reader puts there. */
async function put(folder: string, block: Block): Promise<void> {
  const path = /^(?:\/\/|#) ([\w./-]+)\n/.exec(block.text)?.[1];
  assert.ok(path, `${placeOf(block)} names no file`);
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, block.text);
}

/** What the page shows was printed, line by line in this order; numbers may be others, lines may be left out. */
function assertSaid(said: string, block: Block): void {
  const shape = (line: string) => line.trimEnd().replaceAll(/\d[\d,.]*/g, "0");
  const printed = said.split("\n").map(shape);
  let at = 0;
  for (const line of block.text.trimEnd().split("\n").map(shape)) {
    const found = printed.indexOf(line, at);
    assert.notEqual(found, -1, `${placeOf(block)}: "${line}" is not printed:\n${said}`);
    at = found + 1;
  }
}
