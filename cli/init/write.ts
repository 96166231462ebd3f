import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { makeFolderSync } from "../project/folder.js";
import { WrongUse } from "../terminal.js";
import { checkFiles } from "./place.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Writes a project as a whole or not at all: into a folder beside, which gets its name at the end. Where the folder
 * exists already it stays the same one, for whoever is in it, and what was written is moved there.
 *
 * A signal that comes meanwhile waits: gives back whether one did.
 */
export async function writeProject(folder: string, files: ReadonlyMap<string, string>): Promise<boolean> {
  let isInterrupted = false;
  const note = () => {
    isInterrupted = true;
  };
  for (const signal of SIGNALS) process.on(signal, note);
  try {
    write(folder, files);
    await setImmediate();
  } finally {
    for (const signal of SIGNALS) process.off(signal, note);
  }
  return isInterrupted;
}

function write(folder: string, files: ReadonlyMap<string, string>): void {
  const exists = existsSync(folder);
  const parent = exists ? folder : dirname(folder);
  const made = madeFolder(parent);
  let scratch: string | undefined;
  try {
    scratch = scratchIn(parent, `.${basename(folder)}-`);
    for (const [path, text] of files) {
      mkdirSync(dirname(join(scratch, path)), { recursive: true });
      writeFileSync(join(scratch, path), text);
    }
    if (exists) moveInto(scratch, folder, files);
    else renameSync(scratch, folder);
  } catch (error) {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
    throw error;
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

/** The first folder that had to be made; undefined where all are there. */
function madeFolder(folder: string): string | undefined {
  return existsSync(folder) ? undefined : orWrongUse(folder, () => makeFolderSync(folder));
}

function scratchIn(parent: string, prefix: string): string {
  return orWrongUse(parent, () => {
    const scratch = mkdtempSync(join(parent, prefix));
    chmodSync(scratch, 0o777 & ~process.umask());
    return scratch;
  });
}

function orWrongUse<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new WrongUse(
      `nothing can be written in ${folder} (${code}): choose another place, or change who may write there`,
    );
  }
}

/** package.json is the last of the files, and takes the place of the one that is there. */
function moveInto(scratch: string, folder: string, files: ReadonlyMap<string, string>): void {
  checkFiles(folder, files.keys());
  const moved: string[] = [];
  try {
    for (const entry of new Set([...files.keys()].map((path) => path.split("/")[0]!))) {
      renameSync(join(scratch, entry), join(folder, entry));
      moved.push(entry);
    }
  } catch (error) {
    for (const entry of moved) rmSync(join(folder, entry), { recursive: true, force: true });
    throw error;
  }
}
