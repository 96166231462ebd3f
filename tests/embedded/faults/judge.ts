// `node --import tsx tests/embedded/faults/judge.ts <task.json>`, a program of its own within a copy of the repository:
// plays the acts of the trace and the scenarios on the copy's embedded host, and writes what was wrong, as JSON.
import { readFile, writeFile } from "node:fs/promises";
import { EmbeddedStage } from "../../../cli/scenarios/embedded.js";
import { libraryScenarios } from "../../../cli/scenarios/find.js";
import { Modules } from "../../../cli/scenarios/modules.js";
import { differencesOf } from "../../../cli/scenarios/play.js";
import { compare, judge, shown } from "../../conformance/trace/compare.js";
import { allowedDifferences } from "../../conformance/trace/differences.js";
import { recordEmbedded } from "../../conformance/trace/embedded-stage.js";
import type { Recording } from "../../conformance/trace/recording.js";
import { rooms } from "../../conformance/trace/rooms.js";
import type { Task, Verdict } from "./task.js";

const task = JSON.parse(await readFile(process.argv[2]!, "utf8")) as Task;
const verdict: Verdict = { trace: [], scenarios: [] };

/** What does not end within this is as wrong as what is different. */
const patience = 60_000;

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it does not end")), patience);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const said = (error: unknown) => (error instanceof Error ? error.message.split("\n")[0]! : String(error));

try {
  const envoy = JSON.parse(await readFile(task.envoy, "utf8")) as Recording;
  const module = { bytes: await readFile(task.module), names: task.names };
  const { unlisted } = judge(compare(envoy, await inTime(recordEmbedded(module, rooms))), allowedDifferences);
  verdict.trace.push(...unlisted.map((one) => shown(one).slice(0, 400)));
} catch (error) {
  verdict.trace.push(said(error));
}

const modules = new Modules(new Map(Object.entries(task.plugins)));
for (const role of (await libraryScenarios()).filter(({ plugin }) => task.played.includes(plugin))) {
  const place = `${role.file}:${role.line} ${role.scenario.name}`;
  try {
    const stage = await inTime(EmbeddedStage.open(role, modules));
    try {
      const [first] = await inTime(differencesOf(role.scenario, stage));
      if (first !== undefined) verdict.scenarios.push(`${place}: ${JSON.stringify(first)}`.slice(0, 400));
    } finally {
      stage.close();
    }
  } catch (error) {
    verdict.scenarios.push(`${place}: ${said(error)}`);
  }
}

await writeFile(task.verdict, JSON.stringify(verdict));
process.exit(0);
