import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package, where its package.json lies: the same from `cli/` and from what `cli/` is compiled to. */
export const root = folderOf("package.json", dirname(fileURLToPath(import.meta.url)));

function folderOf(file: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return folder;
    if (folder === dirname(folder)) throw new Error(`no folder above ${from} has a ${file}`);
  }
}
