import { existsSync } from "node:fs";
import { breaches } from "../../host/rules.js";
import { WrongUse } from "../terminal.js";
import { CompileError, type Goal, make, type Made } from "./compile.js";
import type { Plugin } from "./plugin.js";

export interface BuildOptions {
  /** `size` without it. */
  goal?: Goal;
  /** Where the module goes; the plugin's own place without it. */
  file?: string;
}

/** A plugin's module as a file, compiled now where there is a source. Throws `CompileError` with the compiler's words. */
export async function buildPlugin(plugin: Plugin, options: BuildOptions = {}): Promise<string> {
  if (plugin.entry !== null) {
    await makePlugin(plugin, options);
    return options.file ?? plugin.module;
  }
  if (!existsSync(plugin.module)) throw new WrongUse(`there is no ${plugin.module}`);
  return plugin.module;
}

/** Compiles a plugin. A module that hosts would not load is an error too, and does not take the place of the last. */
export async function makePlugin(plugin: Plugin, { goal, file }: BuildOptions = {}): Promise<Made> {
  const { entry, cwd, module } = plugin;
  if (entry === null) throw new WrongUse(`${module} is compiled already: name a project or a bundled plugin`);
  return make({
    cwd,
    entry,
    file: file ?? module,
    ...(goal !== undefined && { goal }),
    accept: (made) => {
      const found = breaches(made);
      if (found.length > 0)
        throw new CompileError(
          `${plugin.name} compiles, and no host would load it:\n  ${found.join("\n  ")}`,
        );
    },
  });
}
