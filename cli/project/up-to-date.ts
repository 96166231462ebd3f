import { readFile } from "node:fs/promises";
import { breaches } from "../../host/rules.js";
import { inspect } from "../module.js";
import type { Made } from "./compile.js";
import { isUnchanged, sha256 } from "./read.js";
import type { BuildRecord } from "./record.js";

/** What a module is to be made of, and where. */
export interface Wanted {
  /** The folder that asc runs in, and the source relative to it. */
  cwd: string;
  entry: string;
  file: string;
  /** The digest of `toolsFor`; null where that is not known. */
  tools: string | null;
}

/** What there is of a module, where a build would make the same; null where that is not certain. */
export async function upToDate(
  { cwd, entry, file, tools }: Wanted,
  record: BuildRecord,
): Promise<Pick<Made, "module" | "sourceMap" | "compiled" | "tried"> | null> {
  const { made, compiled, tried } = record;
  // A record that an older version wrote does not say of what the module was made.
  if (!made || made.entry !== entry || made.tools !== tools) return null;
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null || sha256(bytes) !== record.sha256) return null;
  const sourceMap = record.sourceMap === null ? null : `${file}.map`;
  if (sourceMap !== null) {
    const map = await readFile(sourceMap).catch(() => null);
    if (map === null || sha256(map) !== record.sourceMap) return null;
  }
  if (!(await isUnchanged(cwd, made.read))) return null;
  const module = inspect(bytes);
  // What hosts take may have become known better.
  return breaches(module).length > 0 ? null : { module, sourceMap, compiled, tried };
}
