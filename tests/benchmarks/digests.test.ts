import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../cli/root.js";

const peers = join(root, "benchmarks", "peers");

for (const peer of ["rust", "old-assemblyscript", "floor", "go"])
  test(`sources and modules of ${peer} are those of one build`, async () => {
    const listed = new Map<string, string>();
    for (const line of (await readFile(join(peers, peer, "made.sha256"), "utf8")).trim().split("\n")) {
      const [digest, file] = line.split(/\s+/) as [string, string];
      listed.set(file, digest);
    }
    const entries = await readdir(join(peers, peer), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && !/^(build\.sh|made\.sha256)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(join(peers, peer).length + 1));
    assert.ok(files.length >= 6);
    for (const file of files) {
      const digest = createHash("sha256")
        .update(await readFile(join(peers, peer, file)))
        .digest("hex");
      assert.equal(
        listed.get(file),
        digest,
        `${peer}/${file} is not what made.sha256 says: run its build.sh`,
      );
    }
    // Go's modules are too large to keep: they are in the list, and are made where somebody wants them.
    const kept = [...listed.keys()].filter((file) => !file.startsWith("build/"));
    assert.deepEqual(kept.sort(), files.sort());
  });
