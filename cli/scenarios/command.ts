import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { CompileError } from "../project/compile.js";
import { dim, red, seconds, WrongUse } from "../terminal.js";
import { chosenHosts, type HostName } from "./hosts.js";
import { junitReport } from "./junit.js";
import { Modules } from "./modules.js";
import { closingLine, failureText, jsonReport } from "./report.js";
import { type Outcome, playAll } from "./run.js";
import { type PlacedRole, type Selection, selectScenarios } from "./select.js";
import { affected, watchFiles } from "./watch.js";

export const help = `Plays scenarios on the embedded host and on Envoy, and shows what is not as they say.

  npm run scenarios -- [options] [file, folder or plugin ...]

Without a name it plays those of all plugins in plugins/.

  --host HOST           embedded, envoy or both; both without it
  --filter TEXT         those that have this text in their file or name
  --module NAME=FILE    the module of a plugin, in place of plugins/NAME; as often as you like
  --watch               plays again what a change of scenarios, plugins or modules concerns
  --junit FILE          writes what came of it for a CI server
  --json                prints what came of it for a program
  --help                shows this

Examples
  npm run scenarios -- hello                                  one plugin's
  npm run scenarios -- --host embedded --watch custom-headers while you write them
  npm run scenarios -- --filter "overrides" --host envoy      some of them, in Envoy alone
  npm run scenarios -- --module mine=build/mine.wasm scenarios/   your own plugin

It ends with 0 when all plays as it says, 1 when something does not, 2 when it was not used in the right way.`;

interface Options {
  selection: Selection;
  hosts: HostName[];
  watch: boolean;
  junit: string | undefined;
  json: boolean;
}

/** The command; gives back its exit code. */
export async function scenarios(args: readonly string[]): Promise<number> {
  const options = read(args);
  if (options === null) {
    console.log(help);
    return 0;
  }
  const roles = await selectScenarios(options.selection);
  const code = await playAndTell(roles, options);
  if (!options.watch) return code;
  await watch(options, roles);
  return 0;
}

function read(args: readonly string[]): Options | null {
  const { values, positionals } = parsed(args);
  if (values.help) return null;
  const given = new Map((values.module ?? []).map(moduleOf));
  if (values.watch && values.json)
    throw new WrongUse("--watch does not go with --json: it never comes to an end");
  return {
    selection: {
      places: positionals,
      filter: values.filter ?? "",
      modules: new Modules(given),
      only: given.size === 1 ? [...given.keys()][0] : undefined,
    },
    hosts: hostsOf(values.host),
    watch: values.watch ?? false,
    junit: values.junit,
    json: values.json ?? false,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        host: { type: "string" },
        filter: { type: "string" },
        module: { type: "string", multiple: true },
        watch: { type: "boolean" },
        junit: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(". ");
    throw new WrongUse(`${sentence.replace(/\.$/, "")}: --help shows what there is`);
  }
}

function hostsOf(name = "both"): HostName[] {
  try {
    return chosenHosts(name);
  } catch {
    throw new WrongUse(`--host ${name}: expected embedded, envoy or both`);
  }
}

function moduleOf(text: string): [string, string] {
  const [, name, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || file === undefined) throw new WrongUse(`--module ${text}: expected NAME=FILE`);
  if (!existsSync(file)) throw new WrongUse(`--module ${text}: there is no file ${file}`);
  return [name, file];
}

async function playAndTell(roles: readonly PlacedRole[], options: Options): Promise<number> {
  const { hosts, selection, json, junit } = options;
  const started = performance.now();
  const total = roles.length * hosts.length;
  const progress = new Progress(total, json || !process.stdout.isTTY);
  let outcomes: Outcome[];
  try {
    for (const plugin of new Set(roles.map((role) => role.plugin))) await selection.modules.file(plugin);
    outcomes = await playAll(roles, {
      hosts,
      modules: selection.modules,
      onOutcome: (outcome) => {
        progress.clear();
        if (!json && outcome.differences.length > 0) console.log(`${failureText(outcome)}\n`);
        progress.next(outcome);
      },
    });
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    progress.clear();
    console.error(`${error.message}\n${red("nothing was played")}`);
    return 1;
  }
  progress.clear();
  const took = performance.now() - started;
  if (junit !== undefined) await writeReport(junit, junitReport(outcomes));
  console.log(json ? JSON.stringify(jsonReport(outcomes, took), null, 2) : closingLine(outcomes, took));
  return outcomes.some(({ differences }) => differences.length > 0) ? 1 : 0;
}

async function writeReport(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: Error) => {
    throw new WrongUse(`--junit ${file} cannot be written: ${error.message}`);
  });
}

/** One line that runs, on a terminal. */
class Progress {
  private done = 0;

  constructor(
    private readonly total: number,
    private readonly isSilent: boolean,
  ) {}

  next({ role, host }: Outcome): void {
    this.done++;
    if (this.isSilent) return;
    const text = `${this.done} of ${this.total}  ${host}  ${role.file}`;
    process.stdout.write(dim(text.slice(0, (process.stdout.columns || 80) - 1)));
  }

  clear(): void {
    if (!this.isSilent) process.stdout.write("\r\x1b[K");
  }
}

/** Plays again what changes concern, until the terminal says to end. */
function watch(options: Options, first: readonly PlacedRole[]): Promise<void> {
  const { selection } = options;
  let roles = first;
  let playing = Promise.resolve();
  const again = async (changed: Set<string>) => {
    const started = performance.now();
    try {
      const before = affected(changed, roles, selection.modules);
      roles = await selectScenarios(selection);
      const isMeant = (role: PlacedRole) =>
        before.some(({ file, plugin }) => file === role.file && plugin === role.plugin) ||
        affected(changed, [role], selection.modules).length > 0;
      const meant = roles.filter(isMeant);
      if (meant.length === 0) return;
      await playAndTell(meant, options);
    } catch (error) {
      console.error(error instanceof WrongUse ? error.message : error);
    }
    console.log(dim(`${seconds(performance.now() - started)} after the change; waiting for the next`));
  };
  console.log(dim("waiting for changes; Ctrl-C ends it"));
  return new Promise((resolve) => {
    const stop = watchFiles(first, selection.modules, (changed) => {
      playing = playing.then(() => again(changed));
    });
    process.once("SIGINT", () => {
      stop();
      void playing.then(resolve);
    });
  });
}
