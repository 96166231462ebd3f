import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { cacheFolder } from "../../cli/envoy/wheel.js";
import { root } from "../../cli/root.js";
import { plainEnvironment, succeed } from "./outside.js";

/** What `npm pack` makes of the repository as it is now. */
export interface Packed {
  tarball: string;
  /** The paths in it. */
  files: string[];
}

/** A newcomer's folder: the tarball was installed there with nothing but packages of the registry, and `apw init` run. */
export interface Installed extends Packed {
  folder: string;
  /** The program `apw` of the package. */
  apw: string;
}

/** Folders of earlier contents are kept for so long, for tests of another copy of the repository that may use them. */
const KEPT_MS = 60 * 60 * 1000;

let memoPacked: Promise<Packed> | undefined;
let memoInstalled: Promise<Installed> | undefined;

/** The tarball. It is packed once for each state of the sources, by one process at a time: packing compiles `dist/` anew. */
export function packed(): Promise<Packed> {
  memoPacked ??= alone("pack", pack);
  return memoPacked;
}

/**
 * A folder outside of the repository that has the tarball installed, and a project of the template hello in it. It is made
 * once for each content of the tarball, and shared: change nothing in it.
 */
export function installed(): Promise<Installed> {
  memoInstalled ??= packed().then(({ tarball, files }) =>
    alone(basename(dirname(tarball)), () => install(tarball, files)),
  );
  return memoInstalled;
}

/** A new folder with the packages of the shared one; `remove` it at the end. */
export async function folderWithPackages(
  name: string,
): Promise<{ folder: string; remove: () => Promise<void> }> {
  const { folder: shared } = await installed();
  const parent = await mkdtemp(join(tmpdir(), "as-proxy-wasm-user-"));
  const folder = join(parent, name);
  await mkdir(folder);
  await symlink(join(shared, "node_modules"), join(folder, "node_modules"));
  return { folder, remove: () => rm(parent, { recursive: true, force: true }) };
}

/**
 * A new folder in which `npm install` of the tarball was all that happened: no project, and none above the package.
 * `remove` it at the end.
 */
export async function folderWithoutProject(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const { folder: shared } = await installed();
  const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-user-"));
  const [from, to] = [join(shared, "node_modules"), join(folder, "node_modules")];
  await mkdir(to);
  // What apw takes for the project above the package is where the package really lies: a link would lead elsewhere.
  const own = "as-proxy-wasm";
  for (const name of await readdir(from)) if (name !== own) await symlink(join(from, name), join(to, name));
  await cp(join(from, own), join(to, own), { recursive: true });
  await writeFile(join(folder, "package.json"), "{}\n");
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** What the package is made of, beside node_modules. */
const sources = [
  ...["assembly", "transform", "as-pect", "plugins", "monitoring", "cli", "host", "tests/unit/plugins"],
  ...[
    "index.ts",
    "asconfig.json",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.dist.json",
  ],
  ...["README.md", "LICENSE", "CHANGELOG.md"],
];

/** A digest of all that the package is made of: the same sources make the same package. */
async function digestOfSources(): Promise<string> {
  const digest = createHash("sha256").update(process.version);
  for (const source of sources) {
    const entries = await readdir(join(root, source), { recursive: true, withFileTypes: true }).catch(
      () => null,
    );
    const files = entries
      ?.filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of (files ?? [join(root, source)]).sort())
      digest.update(`${file}\0`).update(
        createHash("sha256")
          .update(await readFile(file))
          .digest(),
      );
  }
  return digest.digest("hex").slice(0, 16);
}

const listed = "packed.json";

async function pack(): Promise<Packed> {
  const digest = await digestOfSources();
  const known = join(await packages(), digest, listed);
  if (existsSync(known)) return JSON.parse(await readFile(known, "utf8")) as Packed;
  const target = await mkdtemp(join(tmpdir(), "as-proxy-wasm-pack-"));
  try {
    const words = ["pack", "--silent", "--pack-destination", target, "--json", root];
    const output = await succeed(root, "npm", words);
    const [one] = JSON.parse(output.slice(output.indexOf("["))) as [
      { filename: string; files: { path: string }[] },
    ];
    // What somebody changed meanwhile may be in it or not: it is nobody else's then.
    const isOf = (await digestOfSources()) === digest ? digest : `${digest}-${process.pid}`;
    const folder = join(await packages(), isOf);
    await mkdir(folder, { recursive: true });
    const made: Packed = { tarball: join(folder, one.filename), files: one.files.map(({ path }) => path) };
    await copyFile(join(target, one.filename), made.tarball);
    const listing = join(folder, listed);
    await writeFile(`${listing}.part`, JSON.stringify(made));
    await rename(`${listing}.part`, listing);
    return made;
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

async function install(tarball: string, files: string[]): Promise<Installed> {
  const folder = join(dirname(tarball), "newcomer");
  const apw = join(folder, "node_modules", "as-proxy-wasm", "dist", "cli", "apw.js");
  await forgetOthers(dirname(tarball));
  if (existsSync(folder)) return { tarball, files, folder, apw };
  const scratch = join(dirname(tarball), "scratch");
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch);
  const options = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  await succeed(scratch, "npm", ["install", ...options, tarball]);
  await succeed(scratch, "npx", ["--no-install", "apw", "init", "--yes", "--name", "newcomer"]);
  await succeed(scratch, "npm", ["install", ...options]);
  await rename(scratch, folder);
  return { tarball, files, folder, apw };
}

/** What was installed of earlier contents, and not used for a while. */
async function forgetOthers(own: string): Promise<void> {
  const now = new Date();
  await utimes(own, now, now);
  for (const name of (await readdir(await packages())).filter((each) => !each.startsWith("."))) {
    const folder = join(await packages(), name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Infinity }));
    if (now.getTime() - mtimeMs > KEPT_MS) await rm(folder, { recursive: true, force: true });
  }
}

async function packages(): Promise<string> {
  const folder = join(cacheFolder(plainEnvironment()), "packages");
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Runs what only one process may do at a time. A lock whose process is gone holds nobody up. */
async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  const lock = join(await packages(), `.${name}.lock`);
  while (!(await take(lock))) await setTimeout(200);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await symlink(String(process.pid), lock);
    return true;
  } catch {
    const holder = Number(await readlink(lock).catch(() => "0"));
    if (holder !== 0 && !isAlive(holder)) await rm(lock, { force: true });
    return false;
  }
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
