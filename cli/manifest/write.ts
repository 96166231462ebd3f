import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { makeFolder } from "../project/folder.js";
import { WrongUse } from "../terminal.js";

/** A file that is made. */
export interface Made {
  /** Its name in a folder, without the ending. */
  name: string;
  text: string;
}

/** The documents as one text, as kubectl and Envoy read them. */
export const joined = (files: readonly Made[]): string => files.map(({ text }) => text).join("---\n");

/** Writes one file, or a folder with a file each, and makes the folder. Gives back what was written; what is there stays, unless `force`. */
export async function write(files: readonly Made[], output: string, force: boolean): Promise<string[]> {
  const isFile = /^\.(ya?ml|json)$/.test(extname(output));
  const placed: [string, string][] = isFile
    ? [[output, joined(files)]]
    : files.map(({ name, text }) => [join(output, `${name}.yaml`), text]);
  const taken = placed.map(([path]) => path).filter((path) => existsSync(path));
  if (taken.length > 0 && !force)
    throw new WrongUse(`${taken.join(", ")} would be overwritten: say --force, or choose another --output`);
  await makeFolder(isFile ? dirname(output) : output);
  for (const [path, text] of placed) await writeFile(path, text);
  return placed.map(([path]) => path);
}
