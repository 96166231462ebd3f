import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Goal } from "../project/compile.js";

/** What is remembered of a build, to compare the next one of the same kind with. */
export interface BuildRecord {
  size: number;
  gzipSize: number;
  sha256: string;
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
  await writeFile(recordOf(file), `${JSON.stringify(history, null, 2)}\n`);
}

async function historyOf(file: string): Promise<History> {
  try {
    return JSON.parse(await readFile(recordOf(file), "utf8")) as History;
  } catch {
    return {};
  }
}
