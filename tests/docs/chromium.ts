import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../../cli/envoy/wheel.js";
import { unpackPackages } from "../istio/debian.js";
import { NotHere } from "../istio/judge.js";

const exec = promisify(execFile);

const names = ["chromium", "chromium-browser", "chromium-headless-shell", "google-chrome", "chrome"];
const debian = "chromium-headless-shell";

export interface Browser {
  program: string;
  /** What it needs in its environment beside what is there. */
  environment: Record<string, string>;
}

/**
 * A Chromium: `$CHROMIUM`, one on the PATH, or Debian's, unpacked into the cache folder (100 MB, once) without being
 * installed, with the libraries that this system lacks. Throws `NotHere` where there is none.
 */
export async function findChromium(): Promise<Browser> {
  const named = process.env["CHROMIUM"];
  if (named) return { program: named, environment: {} };
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found) return { program: found, environment: {} };
  }
  const folder = join(cacheFolder(), "debian-chromium");
  if (!existsSync(folder)) await unpackPackages(folder, await packages());
  const browser = {
    program: join(folder, "usr", "lib", "chromium", debian),
    environment: { LD_LIBRARY_PATH: (await libraryFolders(folder)).join(":") },
  };
  await exec(browser.program, ["--version"], { env: { ...process.env, ...browser.environment } }).catch(
    (error: Error) => {
      throw new NotHere(`Debian's Chromium does not run here: ${error.message.trim().split("\n").pop()}`);
    },
  );
  return browser;
}

/** The browser and what of its dependencies is not installed. */
async function packages(): Promise<string[]> {
  const words = ["install", "--simulate", "--no-install-recommends", debian];
  const { stdout } = await exec("apt-get", words).catch((error: Error) => {
    throw new NotHere(`apt-get has no ${debian}: ${error.message.trim().split("\n").pop()}`);
  });
  return [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name!);
}

async function libraryFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const libraries = entries.filter((entry) => /\.so(\.\d+)*$/.test(entry.name));
  return [...new Set(libraries.map((entry) => entry.parentPath))];
}
