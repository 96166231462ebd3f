import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Progress } from "../cli/bench/progress.js";
import { findEnvoy } from "../cli/envoy/find.js";
import { root } from "../cli/root.js";
import { seconds as inWords, WrongUse } from "../cli/terminal.js";
import { checkAlike } from "./check.js";
import { measurePlan, measureStarts } from "./in-envoy.js";
import { inV8, type ModuleFile, type V8Times, type V8Wear } from "./in-v8.js";
import { modulePeers, peerNames, type WorkloadName, workloadNames } from "./names.js";
import { left, moduleOf } from "./peers.js";
import { plans, secondsOf, startRounds } from "./plans.js";
import { fillComparison } from "./comparison.js";
import { fillReadme } from "./readme.js";
import { record, recordedFile } from "./recorded.js";
import { report } from "./report.js";
import type { Result } from "./result.js";

export const reportFolder = join(root, "benchmarks", "report");

const usage = `npm run bench -- [--short] [--only v8|envoy] [--workload NAME] [--rounds N] [--out FOLDER] [--record]
  --short          a few minutes: tries everything, for figures that mean little; writes to build/benchmarks/report
  --only           v8: the modules alone, in Node's V8; envoy: in Envoy
  --workload NAME  one of ${workloadNames.join(", ")}
  --rounds N       in the place of each measurement's own number
  --out FOLDER     where the report goes; benchmarks/report without it, of a whole run
  --record         writes benchmarks/recorded.json anew, which the tests compare with, and does nothing else`;

interface Options {
  isShort: boolean;
  only: "v8" | "envoy" | null;
  workloads: readonly WorkloadName[];
  rounds: number | undefined;
  out: string;
}

/** `npm run bench`. */
export async function bench(words: readonly string[]): Promise<void> {
  const { values } = parsed(words);
  if (values.help) return console.log(usage);
  if (values.record) {
    await writeFile(recordedFile, `${JSON.stringify(await record(), null, 2)}\n`);
    return console.log(`wrote ${recordedFile}`);
  }
  const options = understood(values);
  await measure(options);
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        short: { type: "boolean" },
        only: { type: "string" },
        workload: { type: "string" },
        rounds: { type: "string" },
        out: { type: "string" },
        record: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new WrongUse(`${(error as Error).message}\n${usage}`);
  }
}

function understood(values: ReturnType<typeof parsed>["values"]): Options {
  const { only, workload, rounds } = values;
  if (only !== undefined && only !== "v8" && only !== "envoy") throw new WrongUse(`--only ${only}\n${usage}`);
  if (workload !== undefined && !(workloadNames as readonly string[]).includes(workload))
    throw new WrongUse(`--workload ${workload}: there are ${workloadNames.join(", ")}`);
  if (rounds !== undefined && !/^[1-9]\d{0,2}$/.test(rounds))
    throw new WrongUse(`--rounds ${rounds}: expected 1 to 999`);
  const isWhole = !values.short && only === undefined && workload === undefined;
  return {
    isShort: values.short ?? false,
    only: only ?? null,
    workloads: workload === undefined ? workloadNames : [workload as WorkloadName],
    rounds: rounds === undefined ? undefined : Number(rounds),
    out: values.out ?? (isWhole ? reportFolder : join(root, "build", "benchmarks", "report")),
  };
}

/** All variants of a measurement run at once, and each process is ended with this one. */
const mostProcesses = 40;

async function measure(options: Options): Promise<void> {
  process.setMaxListeners(mostProcesses);
  const { isShort, only, workloads, rounds } = options;
  const begun = performance.now();
  const loadBefore = loadavg()[0]!;
  const envoy = await findEnvoy({ report: console.log });
  const inEnvoy =
    only === "v8" ? [] : plans(isShort, rounds).filter((plan) => workloads.includes(plan.workload));
  const v8Seconds = only === "envoy" ? 0 : workloads.length * (isShort ? 8 : 28);
  const startSeconds = inEnvoy.length > 0 ? startRounds(isShort) * 8 * 0.7 : 0;
  const total = inEnvoy.reduce((sum, plan) => sum + secondsOf(plan), v8Seconds + startSeconds + 30);
  console.log(
    `This takes about ${Math.ceil(total / 60)} minutes. Whatever else runs meanwhile is in the figures.`,
  );
  const progress = new Progress();
  const step = async <T>(what: string, work: (tell: (share: number, what: string) => void) => Promise<T>) => {
    const started = performance.now();
    const done = await work((share, detail) => progress.show(share, `${what}: ${detail}`));
    progress.clear();
    console.log(`${what} (${inWords(performance.now() - started)})`);
    return done;
  };
  const result: Result = {
    version: 1,
    isWhole: !isShort && only === null && workloads.length === workloadNames.length,
    minutes: 0,
    machine: {
      processor: cpus()[0]?.model.trim() ?? "unknown",
      processors: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${type()} ${release().split(/[-+]/)[0]}`,
      node: process.versions.node,
      envoy: envoy.version,
      loadBefore,
      loadAfter: 0,
    },
    exchangesCompared: 0,
    modules: [],
    absent: [],
    v8: [],
    wear: [],
    envoy: [],
    starts: [],
  };
  const modules = await step("made this project's modules", () => findModules(result, workloads));
  result.exchangesCompared = await step("saw that all variants do the same", (tell) =>
    checkAlike({ binary: envoy.path, workloads, progress: (line) => tell(0, line) }),
  );
  if (only !== "envoy")
    for (const name of workloads)
      await step(`V8: ${name}`, () => measureInV8(result, name, modules.get(name)!, isShort, rounds));
  for (const plan of inEnvoy)
    result.envoy.push(await step(`Envoy: ${plan.title}`, (tell) => measurePlan(envoy.path, plan, tell)));
  const headers = inEnvoy.find(({ id }) => id === "headers");
  if (headers !== undefined)
    result.starts = await step("Envoy: from start to first answer", (tell) =>
      measureStarts(envoy.path, headers, startRounds(isShort), tell),
    );
  result.machine.loadAfter = loadavg()[0]!;
  result.minutes = Math.round((performance.now() - begun) / 6000) / 10;
  await writeReport(result, options.out);
  console.log(`${result.minutes} minutes; the report is in ${options.out}`);
}

async function findModules(
  result: Result,
  workloads: readonly WorkloadName[],
): Promise<Map<WorkloadName, ModuleFile[]>> {
  const found = new Map<WorkloadName, ModuleFile[]>();
  for (const workload of workloads) {
    const files: ModuleFile[] = [];
    for (const peer of modulePeers) {
      const file = await moduleOf(peer, workload);
      if (file === null) continue;
      files.push({ peer, file });
      result.modules.push({ peer, workload, bytes: (await stat(file)).size });
    }
    found.set(workload, files);
    for (const peer of peerNames) {
      const reason = left[peer]?.[workload];
      if (reason !== undefined) result.absent.push({ peer, workload, reason });
      else if ((modulePeers as readonly string[]).includes(peer) && !files.some((file) => file.peer === peer))
        result.absent.push({ peer, workload, reason: `benchmarks/peers/${peer}/build.sh was not run here` });
    }
  }
  return found;
}

async function measureInV8(
  result: Result,
  workload: WorkloadName,
  modules: ModuleFile[],
  isShort: boolean,
  rounds = isShort ? 5 : 25,
): Promise<void> {
  const bodies = workload === "body" ? [1024, 16 * 1024, 64 * 1024, 1024 * 1024] : [0];
  for (const bodyBytes of isShort ? bodies.slice(0, 2) : bodies) {
    const milliseconds = isShort ? 5 : 15;
    const { times } = await inV8<V8Times>({
      kind: "time",
      workload,
      modules,
      bodyBytes,
      rounds,
      milliseconds,
    });
    for (const [index, { request, callbacks }] of times.entries())
      result.v8.push({ peer: modules[index]!.peer, workload, bodyBytes, request, callbacks });
  }
  for (const module of modules) {
    // What is not asked for here takes too long for so many requests.
    if (module.peer !== "as-proxy-wasm" && (module.peer !== "rust" || isShort)) continue;
    const wear = await inV8<V8Wear>({
      kind: "wear",
      workload,
      modules: [module],
      bodyBytes: 0,
      rounds: isShort ? 5 : 30,
      requests: isShort ? 20_000 : 1_000_000,
      milliseconds: 30_000,
      opensMany: workload !== "body",
    });
    result.wear.push({ peer: module.peer, workload, ...wear });
  }
  if (isShort) return;
  for (const module of modules.filter(({ peer }) => peer === "old-assemblyscript" || peer === "go")) {
    const order = { workload, modules: [module], bodyBytes: 0, rounds: 3, milliseconds: 6_000 };
    const wear = await inV8<V8Wear>({ kind: "wear", ...order, requests: 1_000_000, opensMany: false });
    result.wear.push({ peer: module.peer, workload, ...wear });
  }
}

async function writeReport(result: Result, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "result.json"), `${JSON.stringify(result, null, 1)}\n`);
  for (const [name, text] of report(result)) await writeFile(join(folder, name), text);
  if (!result.isWhole) return;
  const readme = join(root, "benchmarks", "README.md");
  await writeFile(readme, fillReadme(await readFile(readme, "utf8"), result));
  const first = join(root, "README.md");
  await writeFile(first, fillComparison(await readFile(first, "utf8"), result));
}
