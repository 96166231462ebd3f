import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Outcome } from "./campaign.js";
import { workFolder } from "./module.js";
import type { PluginOutcome } from "./plugins.js";

/** What long runs did so far, for the next one to go on from. Inputs are text with a character a byte. */
export interface Recorded {
  subjects: Record<string, Omit<Outcome, "kept"> & { kept: string[] }>;
  plugins: Record<string, PluginOutcome>;
  findings: string[];
}

const file = join(workFolder, "record.json");

export async function readRecord(): Promise<Recorded> {
  const text = await readFile(file, "utf8").catch(() => '{"subjects":{},"plugins":{},"findings":[]}');
  return JSON.parse(text) as Recorded;
}

export async function changeRecord(change: (record: Recorded) => void): Promise<void> {
  await mkdir(workFolder, { recursive: true });
  const record = await readRecord();
  change(record);
  const scratch = `${file}.${process.pid}`;
  await writeFile(scratch, JSON.stringify(record));
  await rename(scratch, file);
}

/** Adds what was done to what was done before. */
export async function recordInputs(done: Outcome): Promise<void> {
  await changeRecord(({ subjects }) => {
    const before = subjects[done.name];
    subjects[done.name] = {
      ...done,
      inputs: done.inputs + (before?.inputs ?? 0),
      seconds: done.seconds + (before?.seconds ?? 0),
      kept: done.kept.map((input) => input.toString("latin1")),
    };
  });
}

export async function recordCallbacks(done: PluginOutcome): Promise<void> {
  await changeRecord(({ plugins }) => {
    const before = plugins[done.name];
    plugins[done.name] = {
      ...done,
      callbacks: done.callbacks + (before?.callbacks ?? 0),
      streams: done.streams + (before?.streams ?? 0),
      vms: done.vms + (before?.vms ?? 0),
      seconds: done.seconds + (before?.seconds ?? 0),
      before: Math.max(done.before, before?.before ?? 0),
      after: Math.max(done.after, before?.after ?? 0),
    };
  });
}
