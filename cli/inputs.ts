import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { root } from "./root.js";

/** What every plugin is made from, besides its own folder: the SDK, the compiler and its options, our passes. */
const shared = [
  "assembly",
  "transform",
  "index.ts",
  "asconfig.json",
  "package-lock.json",
  "cli/optimise.mjs",
];

/**
 * A digest of all that a plugin's module depends on. A plugin imports from its own folder and from packages only
 * (a lint rule holds it to that), and the lock file fixes the packages.
 */
export async function inputsOf(folder: string): Promise<string> {
  const digest = createHash("sha256").update(process.version);
  for (const path of [...shared, relative(root, folder)]) {
    for (const file of await filesIn(join(root, path))) {
      digest.update(relative(root, file)).update("\0");
      digest.update(
        createHash("sha256")
          .update(await readFile(file))
          .digest(),
      );
    }
  }
  return digest.digest("hex");
}

async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => null);
  if (entries === null) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.path, entry.name))
    .sort();
}
