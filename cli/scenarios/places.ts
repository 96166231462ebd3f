import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { bundledPlugins, findPlugin, type Plugin } from "../project/plugin.js";
import { root } from "../root.js";
import { WrongUse } from "../terminal.js";
import type { NamedSources } from "./sources.js";

/** What a word on the command line means: scenarios, and the project or module whose word it was. */
export interface Place {
  word: string;
  /** A file of scenarios, or the folder they lie in; null of a plugin that has none. */
  scenarios: string | null;
  plugin: Plugin | null;
}

/** A word that names a plugin, a project, a module, or scenarios. Their plugins are known to `sources` from now on. */
export async function placeOf(word: string, sources: NamedSources): Promise<Place> {
  const path = resolve(word);
  if (!existsSync(path)) {
    if (!(await bundledPlugins()).includes(word))
      throw new WrongUse(`there is no file, folder or plugin "${word}"`);
    return { word, scenarios: join(root, "plugins", word, "scenarios"), plugin: null };
  }
  const isFolder = statSync(path).isDirectory();
  if (isFolder ? isPluginFolder(path) : path.endsWith(".wasm")) {
    const plugin = await findPlugin(path);
    sources.add(plugin);
    return { word, scenarios: plugin.scenarios, plugin };
  }
  const scenarios = isFolder && existsSync(join(path, "scenarios")) ? join(path, "scenarios") : path;
  await sources.addAround(isFolder ? join(scenarios, "any.yaml") : scenarios);
  return { word, scenarios, plugin: null };
}

const isPluginFolder = (folder: string): boolean =>
  folder !== root &&
  existsSync(join(folder, "package.json")) &&
  existsSync(join(folder, "assembly", "index.ts"));

/** The files of scenarios at a place. Throws `WrongUse` where somebody named a folder that has none. */
export async function filesAt({ word, scenarios, plugin }: Place): Promise<string[]> {
  if (scenarios === null) return [];
  if (statSync(scenarios).isFile()) return [scenarios];
  const names = (await readdir(scenarios)).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length === 0 && plugin === null)
    throw new WrongUse(`${word} has no scenarios: they are files that end with .yaml`);
  return names.map((name) => join(scenarios, name));
}

/** The files of all plugins of this package. */
export async function bundledFiles(): Promise<string[]> {
  const folders = (await bundledPlugins()).map((name) => join(root, "plugins", name, "scenarios"));
  const found = folders.filter((folder) => existsSync(folder));
  return (
    await Promise.all(found.map((folder) => filesAt({ word: folder, scenarios: folder, plugin: null })))
  ).flat();
}
