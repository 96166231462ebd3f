// The SHA-256 of each file of the package, `dist/SHA256SUMS`: `sha256sum --check dist/SHA256SUMS` in the package's folder
// says whether they are those that were packed.
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "./npm.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const list = "dist/SHA256SUMS";

/** @type {[{ files: { path: string }[] }]} */
const [{ files }] = JSON.parse(npm("pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error"));
const paths = files.map(({ path }) => path).filter((path) => path !== list);
/** @param {string} path */
const sum = (path) =>
  createHash("sha256")
    .update(readFileSync(join(root, path)))
    .digest("hex");
writeFileSync(
  join(root, list),
  `${paths
    .sort()
    .map((path) => `${sum(path)}  ${path}\n`)
    .join("")}`,
);

// The archive holds files' modes, which depend on who cloned the repository.
for (const path of [...paths, list]) {
  const { mode } = statSync(join(root, path));
  const wanted = mode & 0o100 ? 0o755 : 0o644;
  if ((mode & 0o777) !== wanted) chmodSync(join(root, path), wanted);
}
