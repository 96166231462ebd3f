import { readFile, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Goal, Tried } from "./compile.js";
import type { Read } from "./read.js";

/** A build as the next one of the same kind is compared with it. */
export interface BuildSizes {
  size: number;
  gzipSize: number;
  sha256: string;
}

/** What is remembered of a build: the next one is compared with it, or is not needed. */
export interface BuildRecord extends BuildSizes {
  compiled: number;
  tried: Tried[];
  /** What the compiler said. */
  said: string;
  /** The source map's digest; null without one. */
  sourceMap: string | null;
  /** All that the module depends on; null where that is not known. */
  made: { entry: string; tools: string; read: Read } | null;
}

type History = Partial<Record<Goal, BuildRecord>>;

const recordOf = (file: string) => join(dirname(file), `.${basename(file, ".wasm")}.json`);

/** The last build of a module for the same goal; null when there is none that can be read. */
export async function lastBuild(file: string, goal: Goal): Promise<BuildRecord | null> {
  return (await historyOf(file))[goal] ?? null;
}

/** Remembers a build beside its module. */
export async function remember(file: string, goal: Goal, record: BuildRecord): Promise<void> {
  const history = { ...(await historyOf(file)), [goal]: record };
  const scratch = `${recordOf(file)}.${process.pid}`;
  await writeFile(scratch, `${JSON.stringify(history)}\n`);
  await rename(scratch, recordOf(file));
}

async function historyOf(file: string): Promise<History> {
  try {
    return JSON.parse(await readFile(recordOf(file), "utf8")) as History;
  } catch {
    return {};
  }
}
