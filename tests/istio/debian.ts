import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../../cli/envoy/wheel.js";
import { NotHere } from "./judge.js";

const exec = promisify(execFile);

/** Debian's docker-registry and skopeo with the libraries that a lean system lacks. */
const packages = [
  "docker-registry",
  "skopeo",
  "golang-github-containers-image",
  "golang-github-containers-common",
  "libassuan0",
  "libdevmapper1.02.1",
  "libgpg-error0",
  "libgpgme11",
];

export interface DebianTools {
  registry: string;
  skopeo(words: string[]): Promise<string>;
}

/**
 * The programs `docker-registry` and `skopeo` of the distribution, unpacked into the cache folder without being
 * installed. Throws `NotHere` where there is no apt, or no way to the packages.
 */
export async function findDebianTools(): Promise<DebianTools> {
  const folder = join(cacheFolder(), "debian-registry-tools");
  if (!existsSync(folder)) await unpackPackages(folder, packages);
  const libraries = [join(folder, "usr", "lib"), join(folder, "lib")];
  const paths: string[] = [];
  for (const library of libraries)
    for (const name of await readdir(library).catch(() => [])) paths.push(join(library, name));
  const environment = { ...process.env, LD_LIBRARY_PATH: paths.join(":") };
  const policy = join(folder, "etc", "containers", "policy.json");
  const skopeo = async (words: string[]): Promise<string> => {
    const program = join(folder, "usr", "bin", "skopeo");
    const { stdout } = await exec(program, ["--policy", policy, ...words], {
      env: environment,
      timeout: 60_000,
    });
    return stdout;
  };
  await skopeo(["--version"]).catch((error: Error) => {
    throw new NotHere(`Debian's skopeo does not run here: ${error.message.split("\n").pop()}`);
  });
  return { registry: join(folder, "usr", "bin", "docker-registry"), skopeo };
}

/** Unpacks packages of the distribution into a folder; `NotHere` where apt does not give them. */
export async function unpackPackages(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder(), "unpacking-debian-"));
  try {
    const debs = join(scratch, "debs");
    await mkdir(debs);
    await exec("apt-get", ["download", ...packages], { cwd: debs, timeout: 120_000 }).catch(
      (error: Error) => {
        throw new NotHere(
          `apt-get does not give ${packages.join(" ")}: ${error.message.trim().split("\n").pop()}`,
        );
      },
    );
    const target = join(scratch, "root");
    for (const name of await readdir(debs)) await exec("dpkg", ["-x", join(debs, name), target]);
    await rename(target, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
