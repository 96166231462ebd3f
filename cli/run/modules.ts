import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { breaches } from "../../host/rules.js";
import { inspect, type ModuleFile } from "../module.js";
import { buildPlugin, debugModuleOf } from "../project/build.js";
import { CompileError } from "../project/compile.js";
import type { Plugin } from "../project/plugin.js";
import { WrongUse } from "../terminal.js";
import { CompileFailure, WarmCompiler } from "./warm-compiler.js";

export interface Module {
  file: string;
  sha256: string;
}

/** Modules that are kept for each plugin: the one that serves, and those that streams under way may still have. */
const kept = 4;

/** Makes the modules of a run, as `apw build` does or, while files are watched, as quickly as can be. */
export class Modules {
  private readonly compilers = new Map<string, WarmCompiler>();
  private readonly filesOf = new Map<string, Set<string>>();
  private readonly made = new Map<string, string[]>();
  private readonly serving = new Map<string, string>();
  private count = 0;

  /** Each module becomes a file of its own in `folder`: what serves is not overwritten. */
  constructor(
    private readonly folder: string,
    private readonly quickly: boolean,
    /** Whether modules have names, and source maps beside them. */
    private readonly debug = false,
  ) {}

  /** Throws `CompileError` for a source that does not compile, and for a module that no host would load. */
  async make(name: string, plugin: Plugin): Promise<Module> {
    await mkdir(this.folder, { recursive: true });
    const file = join(this.folder, `${name}-${++this.count}.wasm`);
    if (this.quickly && plugin.entry !== null) await this.compile(name, plugin, file);
    else await this.copy(plugin, file);
    await this.forgetOld(name, file);
    const bytes = await readFile(file);
    const module = readModule(bytes, plugin);
    const found = breaches(module);
    if (found.length > 0)
      throw new CompileError(`no host would load ${name}:\n${found.map((line) => `  ${line}`).join("\n")}`);
    return { file, sha256: module.sha256 };
  }

  /** This module has been taken, and is needed until another is. */
  serves(name: string, file: string): void {
    this.serving.set(name, file);
  }

  /** The files that a plugin was made of last, outside of packages. */
  sourcesOf(name: string): string[] {
    return [...(this.filesOf.get(name) ?? [])];
  }

  /** Those of a plugin that are still there, the newest first. */
  builds(name: string): string[] {
    return [...(this.made.get(name) ?? [])].reverse();
  }

  /** Has a module say the lines of another one, which has the same code. */
  async giveLines(from: string, to: string): Promise<void> {
    if (from !== to && existsSync(`${from}.map`)) await copyFile(`${from}.map`, `${to}.map`);
  }

  stop(): void {
    for (const compiler of this.compilers.values()) compiler.stop();
  }

  private async copy(plugin: Plugin, file: string): Promise<void> {
    const isDebug = this.debug && plugin.entry !== null;
    const built = await buildPlugin(plugin, isDebug ? { goal: "debug", file: debugModuleOf(plugin) } : {});
    await copyFile(built, file);
    if (existsSync(`${built}.map`)) await copyFile(`${built}.map`, `${file}.map`);
  }

  private async compile(name: string, { cwd, entry }: Plugin, file: string): Promise<void> {
    const compiler = this.compilers.get(cwd) ?? new WarmCompiler(cwd);
    this.compilers.set(cwd, compiler);
    try {
      this.keep(name, await compiler.compile(entry!, relative(cwd, file), this.debug));
    } catch (error) {
      if (error instanceof CompileFailure) this.keep(name, [...this.sourcesOf(name), ...error.files]);
      throw error;
    }
  }

  private async forgetOld(name: string, file: string): Promise<void> {
    const files = [...(this.made.get(name) ?? []), file];
    this.made.set(name, files);
    // One that was refused takes a place too, but the last good one may not go.
    const old = files.slice(0, -kept).filter((former) => former !== this.serving.get(name));
    this.made.set(
      name,
      files.filter((former) => !old.includes(former)),
    );
    for (const former of old) for (const path of [`${former}.map`, former]) await rm(path, { force: true });
  }

  private keep(name: string, files: readonly string[]): void {
    const isOwn = (file: string) => !file.includes(`${sep}node_modules${sep}`);
    this.filesOf.set(name, new Set(files.filter(isOwn)));
  }
}

function readModule(bytes: Buffer, { module }: Plugin): ModuleFile {
  try {
    return inspect(bytes);
  } catch {
    throw new WrongUse(`${module} is not a WebAssembly module: name what \`apw build\` made, or a project`);
  }
}
