import { existsSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { compilePlugin } from "../compile.js";
import { pluginModules } from "../plugins.js";
import { buildPlugin, debugModuleOf } from "../project/build.js";
import { bundledPlugins, findPlugin, type Plugin, projectFolder, rootIdOf } from "../project/plugin.js";
import { root } from "../root.js";

/** Where a plugin that a scenario names comes from. */
export interface Source {
  /** What its host must call its root context, where a scenario says nothing else. */
  rootId: string;
  isCompiledHere: boolean;
  /** The folders and files whose change makes its module out of date. */
  inputs: readonly string[];
  /** Its module as a file, compiled from what is there now. */
  file(): Promise<string>;
}

/** Finds plugins by their names. */
export interface Sources {
  of(plugin: string): Source | null;
  /** The plugin to which a file of scenarios belongs by its place; null where it belongs to none. */
  beside(file: string): string | null;
}

/** What every plugin is made from, beside its own folder. */
const sdk = ["assembly", "transform"].map((folder) => join(root, folder));

/** A module that is compiled already. */
export function givenModule(rootId: string, file: string): Source {
  return { rootId, isCompiledHere: false, inputs: [resolve(file)], file: () => Promise.resolve(file) };
}

/** Plugins that are folders of this repository; what was made from the same inputs is left as it is. */
export function folderSources(folders: string, target: string): Sources {
  const of = (plugin: string): Source | null => {
    const folder = join(folders, plugin);
    if (!existsSync(join(folder, "index.ts"))) return null;
    return {
      rootId: plugin,
      // What was made from the same inputs is taken again, and nobody has to be told of it.
      isCompiledHere: false,
      inputs: [folder, ...sdk],
      file: async () => (await compilePlugin(folder, target)).file,
    };
  };
  return {
    of,
    beside(file) {
      const plugin = basename(dirname(dirname(file)));
      return of(plugin) === null ? null : plugin;
    },
  };
}

/** The plugins of the library, as they lie in this repository. */
export const librarySources = folderSources(join(root, "plugins"), pluginModules);

/**
 * What somebody's command names: the plugins of this package, projects, and modules that are compiled already. A scenario
 * in a project may name that project's plugin and those of this package.
 */
export class NamedSources implements Sources {
  private constructor(
    private readonly plugins: Map<string, Plugin>,
    private readonly isDebug: boolean,
  ) {}

  /** With `debug` what is compiled has names, and a source map. */
  static async open({ debug = false } = {}): Promise<NamedSources> {
    const plugins = new Map<string, Plugin>();
    // By their folders: a folder of the same name where the command runs is not meant.
    for (const name of await bundledPlugins())
      plugins.set(name, await findPlugin(join(root, "plugins", name)));
    return new NamedSources(plugins, debug);
  }

  add(plugin: Plugin): void {
    this.plugins.set(plugin.name, plugin);
  }

  /** Takes in the project in which a file lies, so that its plugin is known. */
  async addAround(file: string): Promise<void> {
    const folder = projectFolder(dirname(file));
    if (folder === null || folder === root) return;
    if (![...this.plugins.values()].some((plugin) => plugin.folder === folder))
      this.add(await findPlugin(folder));
  }

  of(name: string): Source | null {
    const plugin = this.plugins.get(name);
    if (plugin === undefined) return null;
    const { kind, folder, module } = plugin;
    const rootId = rootIdOf(plugin);
    if (kind === "module") return givenModule(rootId, module);
    const own =
      kind === "project" ? ["assembly", "asconfig.json"].map((path) => join(folder, path)) : [folder];
    const isCompiledHere = this.isDebug || !isOfThisRepository(plugin);
    const file = () => moduleOf(plugin, { debug: this.isDebug });
    return { rootId, isCompiledHere, inputs: [...own, ...sdk], file };
  }

  beside(file: string): string | null {
    const around = [...this.plugins.values()].filter(({ folder }) => file.startsWith(folder + sep));
    // A project may lie in another: the nearest is meant.
    return around.sort((a, b) => b.folder.length - a.folder.length)[0]?.name ?? null;
  }
}

/**
 * A plugin's module as a file, compiled from what is there now. In this repository a plugin of the library is compiled as
 * all its scripts do it: once for the same inputs. With `debug` it has names, and a source map.
 */
export async function moduleOf(plugin: Plugin, { debug = false } = {}): Promise<string> {
  if (debug && plugin.entry !== null)
    return buildPlugin(plugin, { goal: "debug", file: debugModuleOf(plugin) });
  if (isOfThisRepository(plugin)) return librarySources.of(plugin.name)!.file();
  return buildPlugin(plugin);
}

const isOfThisRepository = ({ kind, cwd }: Plugin): boolean => kind === "bundled" && cwd === root;
