import { existsSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { pluginFolders } from "../plugins.js";
import { root } from "../root.js";
import { WrongUse } from "../terminal.js";
import { scenarioFiles } from "./find.js";
import type { Modules } from "./modules.js";
import { BadScenario, readScenarios, type ScenarioInFile } from "./read.js";
import { entriesOf, type Role } from "./role.js";

/** A scenario to be played, with its place. */
export type PlacedRole = ScenarioInFile & Role;

export interface Selection {
  /** Files, folders and plugins, as one names them; all plugins of the library where there is none. */
  places: readonly string[];
  /** What must be in the file or in the name. */
  filter: string;
  modules: Modules;
  /** The plugin of files that do not lie beside one. */
  only: string | undefined;
}

/** The scenarios of these places. Throws `WrongUse` where a place is none, a file is no scenario, or a plugin is unknown. */
export async function selectScenarios(selection: Selection): Promise<PlacedRole[]> {
  const { places, filter } = selection;
  const files = places.length === 0 ? await libraryFiles() : (await Promise.all(places.map(filesAt))).flat();
  const roles: PlacedRole[] = [];
  const mistakes: string[] = [];
  for (const file of new Set(files)) {
    try {
      const found = readScenarios(await readFile(file, "utf8"), shortest(file));
      roles.push(...found.map((entry) => ({ ...entry, plugin: pluginOf(file, selection) })));
    } catch (error) {
      if (!(error instanceof BadScenario)) throw error;
      mistakes.push(error.message);
    }
  }
  if (mistakes.length > 0) throw new WrongUse(mistakes.join("\n"));
  for (const role of roles) {
    const unknown = entriesOf(role).find(({ plugin }) => !selection.modules.knows(plugin));
    if (unknown)
      throw new WrongUse(
        `${role.file}:${role.line}: there is no plugin "${unknown.plugin}": --module ${unknown.plugin}=FILE says where its module is`,
      );
  }
  const chosen = roles.filter(({ file, scenario }) => `${file}\n${scenario.name}`.includes(filter));
  if (chosen.length === 0)
    throw new WrongUse(
      filter === "" ? "there is no scenario" : `no scenario has "${filter}" in its file or name`,
    );
  return chosen;
}

async function libraryFiles(): Promise<string[]> {
  const files = await Promise.all((await pluginFolders("plugins")).map(scenarioFiles));
  return files.flat().map((file) => join(root, file));
}

async function filesAt(place: string): Promise<string[]> {
  const named = [resolve(place), join(root, "plugins", place)].find((path) => existsSync(path));
  if (named === undefined) throw new WrongUse(`there is no file, folder or plugin "${place}"`);
  if (statSync(named).isFile()) return [named];
  const folder = existsSync(join(named, "scenarios")) ? join(named, "scenarios") : named;
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length === 0) throw new WrongUse(`${place} has no scenarios: they are files that end with .yaml`);
  return names.map((name) => join(folder, name));
}

/** The folder in which the scenarios lie, or the one plugin whose module was given. */
function pluginOf(file: string, { modules, only }: Selection): string {
  const beside = basename(dirname(dirname(file)));
  return modules.knows(beside) ? beside : (only ?? beside);
}

function shortest(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : path;
}
