import { mkdir, readFile, rename, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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
const lockFolder = `${file}.lock`;
/** A tenth of a second each. */
const MOST_TRIES = 600;

export async function readRecord(): Promise<Recorded> {
  const text = await readFile(file, "utf8").catch(() => '{"subjects":{},"plugins":{},"findings":[]}');
  return JSON.parse(text) as Recorded;
}

/** Changes the record. Others that run beside this one, with other subjects, wait for each other. */
export async function changeRecord(change: (record: Recorded) => void): Promise<void> {
  await mkdir(workFolder, { recursive: true });
  await lock();
  try {
    const record = await readRecord();
    change(record);
    const scratch = `${file}.${process.pid}`;
    await writeFile(scratch, JSON.stringify(record));
    await rename(scratch, file);
  } finally {
    await rmdir(lockFolder);
  }
}

async function lock(): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await mkdir(lockFolder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (tries === MOST_TRIES)
        throw new Error(`${lockFolder} is there for a minute: remove it if nothing else runs`, {
          cause: error,
        });
      await sleep(100);
    }
  }
}

/** Takes some out, by name, with what was found in them. */
export async function forget(names: readonly string[]): Promise<void> {
  await changeRecord((record) => {
    for (const name of names) {
      delete record.subjects[name];
      delete record.plugins[name];
    }
    record.findings = record.findings.filter(
      (finding) => !names.some((name) => finding.startsWith(`${name}:`) || finding.startsWith(`${name},`)),
    );
  });
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
