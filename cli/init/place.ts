import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { WrongUse } from "../terminal.js";
import type { Manifest } from "./manifest.js";

/** What may lie in a folder before a project is made there: what `npm install as-proxy-wasm` and `git init` leave. */
const TOLERATED =
  /^(\.git|\.DS_Store|\.idea|\.vscode|node_modules|package\.json|package-lock\.json|pnpm-lock\.yaml|yarn\.lock|\.yarn|\.pnp\.c?js|LICENSE|.*\.tgz)$/;

/** Whether a project can be made in a folder: there is none, or nothing in it that a project would have. */
export function isFree(folder: string): boolean {
  return isNew(folder) || (isFolder(folder) && strangers(folder).length === 0);
}

/** Throws `WrongUse` where no project can be made in a folder; it says what is in the way. */
export function checkPlace(folder: string): void {
  const name = shown(folder);
  if (isNew(folder)) {
    const parent = existingParent(folder);
    if (!statSync(parent).isDirectory())
      throw new WrongUse(`${name} cannot be made: ${shown(parent)} is a file`);
    return;
  }
  if (!isFolder(folder)) throw new WrongUse(`${name} is a file: name a folder that is new or empty`);
  const inTheWay = strangers(folder);
  if (inTheWay.length > 0)
    throw new WrongUse(
      `${name} is not empty, and nothing in it is overwritten (there is ${listed(inTheWay)}): name a folder that is new or empty`,
    );
}

/** Throws `WrongUse` where a file of the project is there already. */
export function checkFiles(folder: string, paths: Iterable<string>): void {
  const present = [...new Set([...paths].map((path) => path.split("/")[0]!))]
    .filter((entry) => entry !== "package.json" && !isNew(join(folder, entry)))
    .sort();
  if (present.length > 0)
    throw new WrongUse(
      `${shown(folder)} has ${listed(present)} already, and nothing is overwritten: name a folder that is new or empty`,
    );
}

/** The package.json in a folder; null where there is none. */
export function presentManifest(folder: string): Manifest | null {
  const file = join(folder, "package.json");
  if (isNew(file)) return null;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Manifest;
  } catch (error) {
    throw new WrongUse(`${shown(file)} is not JSON: ${(error as Error).message}`);
  }
}

/** A path as somebody in the current folder would write it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  if (short === "") return "this folder";
  return short.startsWith(`..${sep}..`) ? path : short;
}

const strangers = (folder: string): string[] =>
  readdirSync(folder)
    .filter((entry) => !TOLERATED.test(entry))
    .sort();

function listed(names: string[]): string {
  const [some, more] = [names.slice(0, 5), names.length - 5];
  return some.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** The nearest folder above that exists. */
export function existingParent(path: string): string {
  let parent = dirname(path);
  while (isNew(parent)) parent = dirname(parent);
  return parent;
}

/** Whether there is nothing of that name, nor anything in its way that is said to be a folder. */
function isNew(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return true;
    throw error;
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
