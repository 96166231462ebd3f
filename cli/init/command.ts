import { cancel, intro, outro } from "@clack/prompts";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { bold, WrongUse } from "../terminal.js";
import { askInstall, askName, askPackageManager, askTemplate, Cancelled } from "./ask.js";
import { install } from "./install.js";
import { defaultName, nameFor, nameProblem, pluginName } from "./names.js";
import {
  type PackageManager,
  packageManagerNamed,
  runningPackageManager,
  wordsOf,
} from "./package-manager.js";
import { checkFiles, checkPlace, isFree, presentManifest, shown } from "./place.js";
import { projectContents } from "./project.js";
import { checkTemplate, readTemplate } from "./templates.js";
import { writeProject } from "./write.js";

export interface InitOptions {
  name?: string;
  template?: string;
  packageManager?: string;
  yes?: boolean;
  install?: boolean;
  sdk?: string;
}

interface Answers {
  folder: string;
  name: string;
  template: string;
  packageManager: PackageManager;
  install: boolean;
}

/** As a shell says of a program that Ctrl-C has ended. */
const CANCELLED = 130;

/** `apw init`; gives back its exit code. */
export async function init(directory: string | undefined, options: InitOptions): Promise<number> {
  await checkOptions(directory, options);
  const isAsking = isToAsk(options);
  try {
    if (isAsking) intro(bold("A new proxy-wasm plugin"));
    const answers = await collect(directory, options, isAsking);
    const isInterrupted = await make(answers, options.sdk);
    if (isAsking) outro(`${pluginName(answers.name)} is ready.`);
    else console.log(`${pluginName(answers.name)} is ready, ${whereOf(answers.folder)}.\n`);
    if (isInterrupted) return CANCELLED;
    if (answers.install) await install(answers.folder, answers.packageManager);
    console.log(nextSteps(answers));
    return 0;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    cancel("Nothing was written.");
    return CANCELLED;
  }
}

/** Before anything is asked, all that can be wrong with what was said is looked at. */
async function checkOptions(directory: string | undefined, options: InitOptions): Promise<void> {
  const { name, template, packageManager } = options;
  if (name !== undefined) checkName(name);
  if (template !== undefined) await checkTemplate(template);
  if (packageManager !== undefined) packageManagerNamed(packageManager);
  if (directory !== undefined) checkPlace(resolve(directory));
}

function checkName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== null) throw new WrongUse(problem);
}

/** Whether there is something to ask, and somebody who can answer. Throws `WrongUse` where nobody can. */
function isToAsk({ yes, name, template, packageManager }: InitOptions): boolean {
  if (yes) return false;
  const missing = Object.entries({ name, template, "package-manager": packageManager })
    .filter(([, value]) => value === undefined)
    .map(([option]) => `--${option}`);
  if (missing.length === 0) return false;
  if (process.stdin.isTTY && process.stdout.isTTY) return true;
  throw new WrongUse(
    `this is no terminal, so nothing can be asked: give ${missing.join(", ")}, or --yes for the defaults`,
  );
}

async function collect(
  directory: string | undefined,
  options: InitOptions,
  isAsking: boolean,
): Promise<Answers> {
  const isHere = directory === undefined && isFree(process.cwd());
  const named = directory !== undefined ? resolve(directory) : isHere ? process.cwd() : null;
  const suggested = named === null ? defaultName : suggestedName(named);
  const name = options.name ?? (isAsking ? await askName(suggested) : suggested);
  const folder = named ?? resolve(pluginName(name));
  checkPlace(folder);
  const template = options.template ?? (isAsking ? await askTemplate() : "hello");
  const manager = options.packageManager;
  const packageManager =
    manager !== undefined
      ? packageManagerNamed(manager)
      : isAsking
        ? await askPackageManager(runningPackageManager())
        : runningPackageManager();
  const installs = options.install ?? (isAsking ? await askInstall(packageManager) : false);
  return { folder, name, template, packageManager, install: installs };
}

/** The name in a package.json that is there already, or one after the folder's. */
function suggestedName(folder: string): string {
  const said = existsSync(folder) ? presentManifest(folder)?.name : undefined;
  return said !== undefined && nameProblem(said) === null ? said : nameFor(folder);
}

/** Writes the project; gives back whether somebody wanted to end meanwhile. */
async function make(
  { folder, name, template, packageManager }: Answers,
  sdk: string | undefined,
): Promise<boolean> {
  const files = await projectContents({
    folder,
    name,
    template: await readTemplate(template),
    packageManager,
    sdk,
    present: presentManifest(folder),
  });
  if (existsSync(folder)) checkFiles(folder, files.keys());
  return writeProject(folder, files);
}

const whereOf = (folder: string): string =>
  folder === process.cwd() ? "in this folder" : `in ${shown(folder)}`;

/** The three commands that come next. */
function nextSteps({ folder, packageManager, install: isInstalled }: Answers): string {
  const { install: installs, run, exec } = wordsOf[packageManager];
  const isElsewhere = folder !== process.cwd();
  const commands = [
    ...(isElsewhere ? [`cd ${quoted(shown(folder))}`] : []),
    ...(isInstalled ? [] : [installs]),
    `${exec} apw run`,
    `${run} test`,
    `${run} build`,
  ].slice(0, 3);
  return `Next\n${commands.map((command) => `  ${bold(command)}`).join("\n")}`;
}

/** A word that a shell takes as one. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
