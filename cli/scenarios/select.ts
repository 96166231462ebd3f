import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { WrongUse } from "../terminal.js";
import type { Modules } from "./modules.js";
import { BadScenario, readScenarios, type ScenarioInFile } from "./read.js";
import { entriesOf, type Role } from "./role.js";

/** A scenario to be played, with its place. */
export type PlacedRole = ScenarioInFile & Role;

export interface Selection {
  /** The files that are there now: in a folder there may be others later. */
  files: () => Promise<readonly string[]>;
  /** What must be in the file or in the name. */
  filter: string;
  modules: Modules;
  /** The plugin of files that do not lie beside one. */
  only: string | undefined;
}

/** The scenarios that are meant. Throws `WrongUse` where a file is no scenario, or a plugin is unknown, or none is meant. */
export async function selectScenarios(selection: Selection): Promise<PlacedRole[]> {
  const { filter, modules } = selection;
  const roles: PlacedRole[] = [];
  const mistakes: string[] = [];
  const files = new Set(await selection.files());
  for (const file of files) {
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
    const unknown = entriesOf(role).find(({ plugin }) => !modules.knows(plugin));
    if (unknown)
      throw new WrongUse(
        `${role.file}:${role.line}: there is no plugin "${unknown.plugin}": --module ${unknown.plugin}=FILE says where its module is`,
      );
  }
  const chosen = roles.filter(({ file, scenario }) => `${file}\n${scenario.name}`.includes(filter));
  if (chosen.length === 0 && files.size > 0)
    throw new WrongUse(
      filter === "" ? "there is no scenario" : `no scenario has "${filter}" in its file or name`,
    );
  return chosen;
}

/** The plugin beside which the file lies, or the one whose module was given; else what could be one by its folder. */
function pluginOf(file: string, { modules, only }: Selection): string {
  return modules.sources.beside(file) ?? only ?? folderOver(file);
}

const folderOver = (file: string): string => file.split(/[/\\]/).at(-3) ?? file;

function shortest(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : path;
}
