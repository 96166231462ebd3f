import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { makePlugin } from "../project/build.js";
import type { Goal, Made } from "../project/compile.js";
import type { Plugin } from "../project/plugin.js";
import { WrongUse } from "../terminal.js";
import { type BuildRecord, lastBuild, remember } from "./history.js";

export interface Built extends Made {
  file: string;
  goal: Goal;
  /** The last build for the same goal; null when this is the first. */
  previous: BuildRecord | null;
  milliseconds: number;
}

/** Builds a plugin, and remembers what came of it beside the module. */
export async function build(plugin: Plugin, goal: Goal, file: string): Promise<Built> {
  const started = performance.now();
  const previous = await lastBuild(file, goal);
  const made = await makePlugin(plugin, { goal, file });
  const { size, gzipSize, sha256 } = made.module;
  await remember(file, goal, { size, gzipSize, sha256 });
  return { ...made, file, goal, previous, milliseconds: Math.round(performance.now() - started) };
}

/** Where a module goes that `--output` names a file or a folder for. */
export function outputOf(plugin: Plugin, output: string | undefined): string {
  if (output === undefined) return plugin.module;
  const path = resolve(output);
  if (/[/\\]$/.test(output) || statSync(path, { throwIfNoEntry: false })?.isDirectory())
    return join(path, `${plugin.name}.wasm`);
  if (!path.endsWith(".wasm"))
    throw new WrongUse(`--output ${output} is neither a folder that exists nor a name that ends in .wasm`);
  return path;
}
