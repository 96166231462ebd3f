import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Built as Module, type BuildOptions, makePlugin } from "../project/build.js";
import type { Plugin } from "../project/plugin.js";
import { WrongUse } from "../terminal.js";

export interface Built extends Module {
  milliseconds: number;
}

/** Builds a plugin, and says how long that took. */
export async function build(plugin: Plugin, options: BuildOptions): Promise<Built> {
  const started = performance.now();
  const built = await makePlugin(plugin, options);
  return { ...built, milliseconds: Math.round(performance.now() - started) };
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
