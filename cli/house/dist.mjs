// What `npm pack` ships of `cli/` and `host/`: compiled to `dist/`, with the files beside the code that it reads.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, rmSync } from "node:fs";
import { dirname, extname, join, sep } from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");

rmSync(join(root, "dist"), { recursive: true, force: true });
const done = spawnSync(process.execPath, [compiler, "-p", "tsconfig.dist.json"], {
  cwd: root,
  stdio: "inherit",
});
if (done.status !== 0) process.exit(done.status ?? 1);
// Only the host is a library: nobody imports from the tools.
for (const path of readdirSync(join(root, "dist", "cli"), { recursive: true, encoding: "utf8" }))
  if (path.endsWith(".d.ts")) rmSync(join(root, "dist", "cli", path));
const cli = join(root, "cli");
/** @param {string} path @param {string} folder */
const isIn = (path, folder) => path === folder || path.startsWith(folder + sep);
const notPacked = [join(cli, "house"), join(cli, "create")];
const templates = join(cli, "init", "templates");
cpSync(cli, join(root, "dist", "cli"), {
  recursive: true,
  filter: (path) =>
    !notPacked.some((folder) => isIn(path, folder)) && (isIn(path, templates) || extname(path) !== ".ts"),
});
// A project that begins with a bundled plugin gets that plugin's specs.
cpSync(join(root, "tests", "unit", "plugins"), join(root, "dist", "cli", "init", "specs"), {
  recursive: true,
});
chmodSync(join(root, "dist", "cli", "apw.js"), 0o755);
