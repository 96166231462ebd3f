import { randomBytes } from "node:crypto";
import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "../project/folder.js";

/** Writes a file whole or not at all: nobody finds half of it, and one that was there stays when the disk is full. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  // Through a link, the file that it names; a device or a pipe is written to, and never replaced.
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => null);
  const scratch = join(dirname(target), `.${basename(target)}-${randomBytes(4).toString("hex")}`);
  try {
    if (there !== null && !there.isFile()) return await writeFile(target, bytes);
    await makeFolder(dirname(target));
    await writeFile(scratch, bytes);
    await rename(scratch, target);
  } catch (error) {
    await rm(scratch, { force: true }).catch(() => {});
    throw naming(error, path);
  }
}

/** The error with the path that somebody named, in place of our own beside it. */
function naming(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  // What mkdir says when a part of the path is a file.
  if (error.code === "EEXIST") error.code = "ENOTDIR";
  return Object.assign(error, { path });
}
