import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadGuest } from "../../host/guest.js";
import { compilePlugin } from "../compile.js";
import { pluginModules } from "../plugins.js";
import { root } from "../root.js";

/** No module is known for a plugin that a scenario names. */
export class NoSuchPlugin extends Error {}

/** Where the modules of plugins are. Each is looked at once: that one is up to date takes a digest of the whole SDK to tell. */
export class Modules {
  private readonly files = new Map<string, Promise<string>>();
  private readonly compiledFiles = new Map<string, Promise<WebAssembly.Module>>();

  /** `given` has files by the names of plugins; every other name is that of a folder of `folders`. */
  constructor(
    private readonly given: ReadonlyMap<string, string> = new Map(),
    private readonly folders = join(root, "plugins"),
    private readonly target = pluginModules,
  ) {}

  knows(plugin: string): boolean {
    return this.given.has(plugin) || this.folderOf(plugin) !== null;
  }

  /** The folder that a plugin is compiled from; null of one whose module is given. */
  folderOf(plugin: string): string | null {
    const folder = join(this.folders, plugin);
    return !this.given.has(plugin) && existsSync(join(folder, "index.ts")) ? folder : null;
  }

  givenFile(plugin: string): string | undefined {
    return this.given.get(plugin);
  }

  /** A plugin's module as a file, compiled from what is there now. */
  file(plugin: string): Promise<string> {
    const known = this.files.get(plugin) ?? this.find(plugin);
    this.files.set(plugin, known);
    return known;
  }

  /** The same, for V8. Throws `LoadError` where Envoy would not load it. */
  compiled(plugin: string): Promise<WebAssembly.Module> {
    const known = this.compiledFiles.get(plugin) ?? this.load(plugin);
    this.compiledFiles.set(plugin, known);
    return known;
  }

  /** What was found of a plugin may no longer be so. */
  forget(plugin: string): void {
    this.files.delete(plugin);
    this.compiledFiles.delete(plugin);
  }

  private async find(plugin: string): Promise<string> {
    const given = this.given.get(plugin);
    if (given !== undefined) return given;
    const folder = this.folderOf(plugin);
    if (folder === null)
      throw new NoSuchPlugin(
        `there is no plugin "${plugin}": say where its module is with --module ${plugin}=FILE`,
      );
    return (await compilePlugin(folder, this.target)).file;
  }

  private async load(plugin: string): Promise<WebAssembly.Module> {
    return (await loadGuest(await readFile(await this.file(plugin)))).module;
  }
}

/** The plugins of the library. */
export const libraryModules = new Modules();
