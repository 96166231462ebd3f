import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Writes a file whole or not at all: nobody finds half of it, and one that was there stays when the disk is full. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const scratch = join(dirname(path), `.${basename(path)}-${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(scratch, bytes);
    await rename(scratch, path);
  } catch (error) {
    await rm(scratch, { force: true }).catch(() => {});
    throw naming(error, path);
  }
}

/** The error with the path that somebody named, in place of our own beside it. */
function naming(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("path" in error)) return error;
  // What mkdir says when a part of the path is a file.
  if ("code" in error && error.code === "EEXIST") error.code = "ENOTDIR";
  return Object.assign(error, { path });
}
