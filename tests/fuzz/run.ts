import { setPriority } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { table } from "../../cli/table.js";
import { run } from "../../cli/terminal.js";
import { pluginsWithSchema } from "../plugins/schemas.js";
import { fuzz, type Subject } from "./campaign.js";
import { parserModule, pluginModule } from "./module.js";
import { subjectOf } from "./parser.js";
import { parsers } from "./parsers/index.js";
import { fuzzPlugin } from "./plugins.js";
import { changeRecord, forget, readRecord, recordCallbacks, recordInputs } from "./record.js";
import { configurationsOf } from "./settings.js";

// `npm run fuzz`: the long form of the tests in this folder, in slices that a later run goes on from.

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("It is a number above 0.");
  return value;
};

interface Options {
  inputs: number;
  callbacks?: number;
  slice: number;
  minutes: number;
  only?: string[];
  skip?: string[];
  anew?: string[];
  seed: number;
  nice: number;
}

const MILLIONS = 1_000_000;
const program = new Command("npm run fuzz --")
  .description("Gives every parser, every plugin's configuration and every plugin what nobody would send.")
  .option(
    "--inputs <count>",
    "how many each parser and each plugin's configuration gets",
    positive,
    10 * MILLIONS,
  )
  .option("--callbacks <count>", "how many each plugin gets; as many as inputs without it", positive)
  .option("--minutes <count>", "when to stop, wherever it is; a later run goes on from there", positive, 600)
  .option("--slice <count>", "how many one after the other, before it is another's turn", positive, MILLIONS)
  .option(
    "--only <names...>",
    "those whose name has one of these in it; two runs beside each other must differ in it",
  )
  .option("--skip <names...>", "not those whose name has one of these in it")
  .option("--anew <names...>", "those begin from nothing: what was tried of them has changed since")
  .option("--seed <number>", "where chance begins", positive, 1)
  .option("--nice <number>", "how far it lets others go first", Number, 15)
  .addHelpText(
    "after",
    "\nWhat was done is kept in build/fuzz/record.json; without that file it begins anew.",
  );

/** No slice takes longer than this. */
const SLICE_SECONDS = 600;
/** The callbacks of one of a VM's laps. */
const LAP = 10_000;

const many = (count: number) => count.toLocaleString("en");

/** A line each few seconds. */
let lastLine = performance.now();
function report(name: string, count: number, { reached, blocks }: { reached: number; blocks: number }): void {
  if (performance.now() - lastLine < 5000) return;
  lastLine = performance.now();
  console.log(`${name}: ${many(count)}, ${reached} of ${blocks} blocks`);
}

/** Something that is done slice by slice; false from when there is no more to do. */
type Work = () => Promise<boolean>;

function inputsFor(name: string, make: () => Promise<Subject>, { inputs, slice, seed }: Options): Work {
  return async () => {
    const before = (await readRecord()).subjects[name];
    const so = before?.inputs ?? 0;
    if (so >= inputs) return false;
    const kept = (before?.kept ?? []).map((text) => Buffer.from(text, "latin1"));
    const limits = { inputs: Math.min(inputs - so, slice), seconds: SLICE_SECONDS, seed: seed + so };
    await recordInputs(fuzz(await make(), limits, (done) => report(name, done.inputs + so, done), kept));
    return true;
  };
}

/** Whose turn it is: of those with the least so far the first. */
async function nextOf(all: Map<string, Work>): Promise<string | undefined> {
  const { subjects, plugins } = await readRecord();
  const done = (name: string) => subjects[name]?.inputs ?? plugins[name]?.callbacks ?? 0;
  return [...all.keys()].sort((one, other) => done(one) - done(other))[0];
}

/** Runs all there is, in turns; what finds something stops there. */
async function work(all: Map<string, Work>, minutes: number): Promise<number> {
  const end = performance.now() + minutes * 60_000;
  let findings = 0;
  for (
    let name = await nextOf(all);
    name !== undefined && performance.now() < end;
    name = await nextOf(all)
  ) {
    try {
      if (!(await all.get(name)!())) all.delete(name);
    } catch (error) {
      const finding = error instanceof Error ? error.message : String(error);
      console.error(`FOUND ${finding}`);
      await changeRecord((record) => record.findings.push(finding));
      all.delete(name);
      findings += 1;
    }
  }
  return findings;
}

await run(async () => {
  program.parse();
  const options = program.opts<Options>();
  setPriority(options.nice);
  const isWanted = (name: string) =>
    (options.only?.some((part) => name.includes(part)) ?? true) &&
    !options.skip?.some((part) => name.includes(part));
  const folders = await pluginsWithSchema();
  const all = new Map<string, Work>();
  const fuzzed = await parserModule();
  for (const parser of parsers)
    all.set(
      parser.name,
      inputsFor(parser.name, async () => subjectOf(parser, fuzzed), options),
    );
  for (const plugin of folders) {
    const { name } = plugin;
    const make = async () => configurationsOf(plugin, await pluginModule(name));
    const configuration = `${name}'s configuration`;
    all.set(configuration, inputsFor(configuration, make, options));
    all.set(name, async () => {
      const before = (await readRecord()).plugins[name];
      const so = before?.callbacks ?? 0;
      const left = (options.callbacks ?? options.inputs) - so;
      if (left <= 0) return false;
      const seed = options.seed + (before?.vms ?? 0);
      const limits = {
        callbacks: Math.min(left, options.slice),
        seconds: SLICE_SECONDS,
        seed,
        lap: LAP,
        stressed: true,
      };
      const progress = (done: { callbacks: number; reached: number; blocks: number }) =>
        report(name, done.callbacks + so, done);
      await recordCallbacks(await fuzzPlugin(plugin, limits, progress, before?.ran));
      return true;
    });
  }
  for (const name of [...all.keys()]) if (!isWanted(name)) all.delete(name);
  const { anew } = options;
  if (anew !== undefined)
    await forget([...all.keys()].filter((name) => anew.some((part) => name.includes(part))));
  const findings = await work(all, options.minutes);
  const { subjects, plugins } = await readRecord();
  const wanted = <T extends { name: string }>(done: Record<string, T>) =>
    Object.values(done).filter(({ name }) => isWanted(name));
  const inputs = wanted(subjects).map((done) => [
    ...[done.name, many(done.inputs), Math.round(done.seconds), done.reached, done.blocks, done.kept.length],
  ]);
  console.log(`\n${table(["parser", "inputs", "CPU s", "blocks", "of", "kept"], inputs)}`);
  const callbacks = wanted(plugins).map((done) => [
    ...[done.name, many(done.callbacks), many(done.streams), done.vms, Math.round(done.seconds), done.traps],
    ...[done.reached, done.blocks, done.before / 1024, done.after / 1024],
  ]);
  const head = [
    "plugin",
    "callbacks",
    "streams",
    "VMs",
    "CPU s",
    "traps",
    "blocks",
    "of",
    "KiB before",
    "after",
  ];
  console.log(`\n${table(head, callbacks)}`);
  return findings > 0 ? 1 : 0;
});
