import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { chosenEnvoy } from "../envoy/option.js";
import type { FoundEnvoy } from "../envoy/find.js";
import { CompileError } from "../project/compile.js";
import { dim, MissingPrerequisite, red, seconds, step, WrongUse, yellow } from "../terminal.js";
import type { UnitTests } from "../unit-tests/run.js";
import { unitText } from "../unit-tests/report.js";
import { chosenHosts, type HostName } from "./hosts.js";
import { junitReport } from "./junit.js";
import { Modules } from "./modules.js";
import type { ScenarioOptions } from "./options.js";
import { Progress } from "./progress.js";
import { closingLine, failureText, jsonReport } from "./report.js";
import { type Outcome, playAll } from "./run.js";
import { type PlacedRole, type Selection, selectScenarios } from "./select.js";
import type { NamedSources } from "./sources.js";
import { affected, watchFiles } from "./watch.js";

/** What is to be played and run, beside what the options say. */
export interface Task {
  sources: NamedSources;
  files: () => Promise<readonly string[]>;
  /** Unit tests of projects, which run when the scenarios have been played. */
  units: readonly UnitTests[];
}

interface Run {
  task: Task;
  selection: Selection;
  options: ScenarioOptions;
  hosts: readonly HostName[];
  envoy: FoundEnvoy | undefined;
}

/** Plays scenarios and runs unit tests; gives back the exit code. */
export async function testCommand(task: Task, options: ScenarioOptions): Promise<number> {
  const given = [...options.module];
  for (const [name, file] of given)
    if (!existsSync(file)) throw new WrongUse(`--module ${name}=${file}: there is no file ${file}`);
  const selection: Selection = {
    files: task.files,
    filter: options.filter ?? "",
    modules: new Modules(options.module, task.sources),
    only: given.length === 1 ? given[0]![0] : undefined,
  };
  const roles = await selectScenarios(selection);
  const run = { task, selection, options, ...(await hostsOf(options, roles.length > 0)) };
  const code = await playAndTell(run, roles, task.units);
  if (!options.watch) return code;
  await watch(run, roles);
  return 0;
}

/** Without a word about hosts those that are there; it is told when that is the embedded one alone. */
async function hostsOf(
  { host, json, ...choice }: ScenarioOptions,
  isNeeded: boolean,
): Promise<{ hosts: HostName[]; envoy: FoundEnvoy | undefined }> {
  const hosts = chosenHosts(host ?? "both");
  if (!hosts.includes("envoy") || !isNeeded) return { hosts, envoy: undefined };
  const tell = json ? console.error : console.log;
  try {
    return { hosts, envoy: await chosenEnvoy(choice, tell) };
  } catch (error) {
    const isNamed = Boolean(host ?? choice.envoy ?? choice.envoyVersion ?? process.env["ENVOY"]);
    if (!(error instanceof MissingPrerequisite) || isNamed) throw error;
    tell(`${yellow("on the embedded host alone:")} ${error.message}`);
    return { hosts: ["embedded"], envoy: undefined };
  }
}

async function playAndTell(
  run: Run,
  roles: readonly PlacedRole[],
  units: readonly UnitTests[],
): Promise<number> {
  const { json = false, junit } = run.options;
  const started = performance.now();
  let outcomes: Outcome[] = [];
  try {
    if (roles.length > 0) outcomes = await playWithProgress(run, roles);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    const shown = `${error.message}\n${red("nothing was played")}`;
    console.error(shown);
    if (json) console.log(JSON.stringify({ error: error.message }, null, 2));
    return 1;
  }
  const took = performance.now() - started;
  if (!json && roles.length > 0) console.log(closingLine(outcomes, took));
  const results = [];
  for (const unit of units) {
    const result = await unit.run();
    results.push(result);
    if (!json) console.log(unitText(result));
  }
  if (junit !== undefined) await writeReport(junit, junitReport(outcomes, results));
  if (json) console.log(JSON.stringify(jsonReport(outcomes, took, results), null, 2));
  const isGood =
    outcomes.every(({ differences }) => differences.length === 0) &&
    results.every(({ failed, error }) => failed === 0 && error === null);
  return isGood ? 0 : 1;
}

async function playWithProgress(run: Run, roles: readonly PlacedRole[]): Promise<Outcome[]> {
  const { hosts, envoy, selection, options } = run;
  const { modules } = selection;
  for (const plugin of new Set(roles.map((role) => role.plugin))) {
    const isQuiet = options.json || !modules.isCompiledHere(plugin);
    await (isQuiet ? modules.file(plugin) : step(`compiling ${plugin}`, () => modules.file(plugin)));
  }
  const progress = new Progress(roles.length * hosts.length, options.json || !process.stdout.isTTY);
  try {
    return await playAll(roles, {
      hosts,
      modules,
      envoy,
      onOutcome: (outcome) => {
        progress.clear();
        if (!options.json && outcome.differences.length > 0) console.log(`${failureText(outcome)}\n`);
        progress.next(outcome);
      },
    });
  } finally {
    progress.clear();
  }
}

async function writeReport(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: Error) => {
    throw new WrongUse(`--junit ${file} cannot be written: ${error.message}`);
  });
}

/** Plays again what changes concern, until the terminal says to end. */
function watch(run: Run, first: readonly PlacedRole[]): Promise<void> {
  const { selection, task } = run;
  let roles = first;
  let playing = Promise.resolve();
  const again = async (changed: Set<string>) => {
    const started = performance.now();
    try {
      const units = task.units.filter((unit) => unit.concerns(changed));
      const before = affected(changed, roles, selection.modules);
      roles = await selectScenarios(selection);
      const isMeant = (role: PlacedRole) =>
        before.some(({ file, plugin }) => file === role.file && plugin === role.plugin) ||
        affected(changed, [role], selection.modules).length > 0;
      const meant = roles.filter(isMeant);
      if (meant.length === 0 && units.length === 0) return;
      await playAndTell(run, meant, units);
    } catch (error) {
      console.error(error instanceof WrongUse ? error.message : error);
    }
    console.log(dim(`${seconds(performance.now() - started)} after the change; waiting for the next`));
  };
  console.log(dim("waiting for changes; Ctrl-C ends it"));
  return new Promise((resolve) => {
    const more = task.units.flatMap((unit) => unit.folders);
    const stop = watchFiles(first, selection.modules, more, (changed) => {
      playing = playing.then(() => again(changed));
    });
    process.once("SIGINT", () => {
      stop();
      void playing.then(resolve);
    });
  });
}
