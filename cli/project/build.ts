import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { breaches } from "../../host/rules.js";
import { remark, WrongUse } from "../terminal.js";
import { CompileError, type Goal, make, type Made } from "./compile.js";
import type { Plugin } from "./plugin.js";
import { isAllKnown, readFrom, sha256 } from "./read.js";
import { type BuildSizes, lastBuild, remember } from "./record.js";
import { toolsFor } from "./tools.js";
import { upToDate } from "./up-to-date.js";

export interface BuildOptions {
  /** `size` without it. */
  goal?: Goal;
  /** Where the module goes; the plugin's own place without it. */
  file?: string;
  /** Compiles also what is up to date. */
  force?: boolean;
}

export interface Built extends Omit<Made, "read" | "said"> {
  file: string;
  goal: Goal;
  /** The module was there already, made of the same. */
  isUpToDate: boolean;
  /** The last build for the same goal; null when this is the first. */
  previous: BuildSizes | null;
}

/**
 * A plugin's module as a file, compiled where there is a source that is not what the module was made of. Throws
 * `CompileError` with the compiler's words.
 */
export async function buildPlugin(plugin: Plugin, options: BuildOptions = {}): Promise<string> {
  if (plugin.entry !== null) return (await makePlugin(plugin, options)).file;
  if (!existsSync(plugin.module)) throw new WrongUse(`there is no ${plugin.module}`);
  return plugin.module;
}

/**
 * Compiles a plugin, unless its module is up to date. A module that hosts would not load is an error too, and does not
 * take the place of the last. What was made, and of what, is remembered beside the module.
 */
export async function makePlugin(plugin: Plugin, options: BuildOptions = {}): Promise<Built> {
  const { entry, cwd } = plugin;
  if (entry === null)
    throw new WrongUse(`${plugin.module} is compiled already: name a project or a bundled plugin`);
  const { goal = "size", file = plugin.module, force = false } = options;
  // Before the compiler reads anything: what changes meanwhile is compiled again the next time.
  const tools = await toolsFor(cwd);
  const previous = await lastBuild(file, goal);
  if (previous !== null && !force) {
    const made = await upToDate({ cwd, entry, file, tools }, previous);
    if (made !== null) {
      remark("up to date");
      say(previous.said);
      return { ...made, file, goal, isUpToDate: true, previous };
    }
  }
  const made = await make({
    cwd,
    entry,
    file,
    goal,
    accept: (module) => {
      const found = breaches(module);
      if (found.length > 0)
        throw new CompileError(
          `${plugin.name} compiles, and no host would load it:\n  ${found.join("\n  ")}`,
        );
    },
  });
  const { module, sourceMap, compiled, tried, said, read } = made;
  say(said);
  const { size, gzipSize } = module;
  const isKnown = tools !== null && (await isAllKnown(cwd, read));
  await remember(file, goal, {
    ...{ size, gzipSize, sha256: module.sha256, compiled, tried, said },
    sourceMap: sourceMap === null ? null : sha256(await readFile(sourceMap)),
    made: isKnown ? { entry, tools, read: readFrom(cwd, read) } : null,
  });
  return { module, sourceMap, compiled, tried, file, goal, isUpToDate: false, previous };
}

/** The files that a module was made of last, and those that were looked for; none where that is not known. */
export async function sourcesOf(cwd: string, file: string, goal: Goal): Promise<string[]> {
  const record = await lastBuild(file, goal);
  return Object.keys(record?.made?.read.files ?? {}).map((path) => resolve(cwd, path));
}

/** Where a module goes that has names and a source map, and does not take the place of the one that is deployed. */
export const debugModuleOf = ({ module }: Plugin): string => join(dirname(module), "debug", basename(module));

function say(words: string): void {
  if (words.trim() !== "") process.stderr.write(words);
}
