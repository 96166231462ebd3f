// The way into every npm script from a clean clone: plain Node, no dependency. It installs the packages when
// they are missing or are not those of the lock file, then hands over to the command in TypeScript.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const commands = ["bench", "build", "check", "demo", "docs", "scenarios", "test", "unit"];

/** @type {(sentence: string) => never} */
function giveUp(sentence) {
  console.error(sentence);
  process.exit(2);
}

/** True when what lies in node_modules is what the lock file asks for. npm keeps its own record there. */
function packagesAreInstalled() {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  /** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} Entry */
  /** @type {{ packages: Record<string, Entry> }} */
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  /** @type {{ packages: Record<string, Entry> }} */
  const present = JSON.parse(readFileSync(record, "utf8"));
  return Object.entries(wanted.packages).every(([path, entry]) => {
    const found = present.packages[path];
    if (path === "" || entry.link) return true;
    if (!found) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function installPackages() {
  console.log("installing the npm packages of the lock file (once) ...");
  const started = Date.now();
  // npm hands the environment of the script that runs now to its children; its settings there would not fit.
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const done = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (done.error) giveUp(`npm did not start (${done.error.message}): it comes with Node from nodejs.org.`);
  if (done.status !== 0) giveUp("npm ci failed: what it printed above says why. Nothing else was done.");
  console.log(`installed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

const [command = "", ...rest] = process.argv.slice(2);
if (!commands.includes(command)) giveUp(`usage: node cli/house/start.mjs ${commands.join("|")}`);
if (Number(process.versions.node.split(".")[0]) < 20) {
  giveUp(`This needs Node 20 or later; this is Node ${process.versions.node}.`);
}
if (!packagesAreInstalled()) installPackages();

const done = spawnSync(
  process.execPath,
  ["--import", "tsx", join("cli", "house", `${command}.ts`), ...rest],
  {
    cwd: root,
    stdio: "inherit",
  },
);
process.exit(done.status ?? 1);
