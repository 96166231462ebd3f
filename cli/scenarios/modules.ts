import { readFile } from "node:fs/promises";
import { loadGuest } from "../../host/guest.js";
import { givenModule, librarySources, type Source, type Sources } from "./sources.js";

/** No module is known for a plugin that a scenario names. */
export class NoSuchPlugin extends Error {}

/** The modules of plugins. Each is looked for once: that one is up to date takes a digest of the whole SDK to tell. */
export class Modules {
  private readonly files = new Map<string, Promise<string>>();
  private readonly compiledFiles = new Map<string, Promise<WebAssembly.Module>>();

  /** `given` has files by the names of plugins; every other name is looked for in `sources`. */
  constructor(
    private readonly given: ReadonlyMap<string, string> = new Map(),
    readonly sources: Sources = librarySources,
  ) {}

  knows(plugin: string): boolean {
    return this.sourceOf(plugin) !== null;
  }

  /** What the plugin's root context is called, where a scenario says nothing else. */
  rootId(plugin: string): string {
    return this.sourceOf(plugin)?.rootId ?? plugin;
  }

  /** Whether there is a source to compile. */
  isCompiledHere(plugin: string): boolean {
    return !this.given.has(plugin) && (this.sourceOf(plugin)?.isCompiledHere ?? false);
  }

  /** The folders and files whose change makes a plugin's module out of date. */
  inputs(plugin: string): readonly string[] {
    return this.sourceOf(plugin)?.inputs ?? [];
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

  private sourceOf(plugin: string): Source | null {
    const file = this.given.get(plugin);
    const source = this.sources.of(plugin);
    // Another module of a project's plugin still registers what the project says.
    return file === undefined ? source : givenModule(source?.rootId ?? plugin, file);
  }

  private async find(plugin: string): Promise<string> {
    const source = this.sourceOf(plugin);
    if (source === null)
      throw new NoSuchPlugin(
        `there is no plugin "${plugin}": say where its module is with --module ${plugin}=FILE`,
      );
    return source.file();
  }

  private async load(plugin: string): Promise<WebAssembly.Module> {
    return (await loadGuest(await readFile(await this.file(plugin)))).module;
  }
}

/** The plugins of the library. */
export const libraryModules = new Modules();
