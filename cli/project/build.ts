import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { WrongUse } from "../terminal.js";
import { asc, optimise } from "./compile.js";
import type { Plugin } from "./plugin.js";

/** A plugin's module as a file, compiled now where there is a source. Throws `CompileError` with the compiler's words. */
export async function buildPlugin(plugin: Plugin): Promise<string> {
  const { entry, cwd, module } = plugin;
  if (entry === null) {
    if (!existsSync(module)) throw new WrongUse(`there is no ${module}`);
    return module;
  }
  const target = dirname(module);
  await mkdir(target, { recursive: true });
  const scratch = await mkdtemp(join(target, `.${plugin.name}-`));
  try {
    const [compiled, optimised] = [join(scratch, "asc.wasm"), join(scratch, "optimised.wasm")];
    await asc({ cwd, entry, output: relative(cwd, compiled) });
    await optimise(compiled, optimised);
    await rename(optimised, module);
    return module;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
