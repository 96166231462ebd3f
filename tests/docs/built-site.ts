import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../cli/root.js";
import { runProgram } from "../../cli/spawn.js";

/** What pages are made of: the guides, and what the reference is read from. */
const sources = ["docs", "assembly", "plugins", "host", "cli", "package.json"];
/** What is made, or was left by an editor; the reference is written anew by each build. */
const left = new Set(["reference", "node_modules"]);

const LONGEST_BUILD_MS = 280_000;

/**
 * The folder of the site as it is built from the present sources. Test files run side by side, and the site takes a
 * quarter of a minute: the first to come builds it, the others wait, and until a source changes nobody builds it again.
 */
export async function builtSite(): Promise<string> {
  const sites = join(root, "build", "docs-tested");
  const site = join(sites, await digestOf(sources));
  await mkdir(sites, { recursive: true });
  for (const deadline = Date.now() + LONGEST_BUILD_MS; !existsSync(site); await sleep(200)) {
    assert.ok(Date.now() < deadline, "the site is not built in time");
    if (await takes(`${site}.lock`)) {
      try {
        if (!existsSync(site)) await build(sites, site);
      } finally {
        await rm(`${site}.lock`, { recursive: true, force: true });
      }
    }
  }
  return site;
}

async function build(sites: string, site: string): Promise<void> {
  for (const name of await readdir(sites))
    if (!name.endsWith(".lock")) await rm(join(sites, name), { recursive: true, force: true });
  const words = [join("cli", "house", "start.mjs"), "docs", "build", "--outDir", `${site}.new`];
  const { exitCode, output } = await runProgram(process.execPath, words, { cwd: root });
  assert.equal(exitCode, 0, output);
  assert.doesNotMatch(output, /warn/i, "the site is built without a warning");
  await rename(`${site}.new`, site);
}

/** Whether the lock is ours now. One that its maker left behind is taken over. */
async function takes(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > LONGEST_BUILD_MS) await rm(lock, { recursive: true, force: true });
    return false;
  }
}

async function digestOf(names: string[]): Promise<string> {
  const hash = createHash("sha256");
  const add = async (path: string): Promise<void> => {
    if ((await stat(path)).isFile()) {
      hash.update(`${path}\0`).update(await readFile(path));
      return;
    }
    for (const name of (await readdir(path)).sort()) if (!left.has(name)) await add(join(path, name));
  };
  for (const name of names) await add(join(root, name));
  return hash.digest("hex").slice(0, 16);
}
