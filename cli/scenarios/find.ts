import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { pluginFolders } from "../plugins.js";
import { root } from "../root.js";
import { readScenarios, type ScenarioInFile } from "./read.js";
import type { Role } from "./role.js";

/** A scenario of a plugin of the library. */
export type LibraryRole = Role & ScenarioInFile;

/** The files with a plugin's scenarios, from the repository's root. */
export async function scenarioFiles(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, "scenarios")).catch(() => []);
  return names
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => relative(root, join(folder, "scenarios", name)))
    .sort();
}

/** Every scenario of every plugin. Throws `BadScenario` where a file is not one. */
export async function libraryScenarios(): Promise<LibraryRole[]> {
  const roles: LibraryRole[] = [];
  for (const folder of await pluginFolders("plugins")) {
    for (const file of await scenarioFiles(folder)) {
      const found = readScenarios(await readFile(join(root, file), "utf8"), file);
      roles.push(...found.map((entry) => ({ ...entry, plugin: basename(folder) })));
    }
  }
  return roles;
}
