import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Compiled, compilePlugin } from "./compile.js";
import { root } from "./root.js";

export const pluginModules = join(root, "build", "plugins");
export const testModules = join(root, "build", "tests");
export const conformanceModules = join(testModules, "conformance");

/** The folders below `parent` that hold a plugin: an `index.ts`. */
export async function pluginFolders(parent: string): Promise<string[]> {
  const entries = await readdir(join(root, parent), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, parent, entry.name))
    .filter((folder) => existsSync(join(folder, "index.ts")))
    .sort();
}

/** Every plugin of the library, compiled. */
export const buildPlugins = (progress: (name: string) => void) =>
  compileAll("plugins", pluginModules, progress);

/** One plugin of the library, compiled. */
export const buildPlugin = (name: string) => compilePlugin(join(root, "plugins", name), pluginModules);

/** Every plugin that only the tests use, compiled. */
export const buildFixtures = (progress: (name: string) => void) =>
  compileAll("tests/envoy/fixtures", testModules, progress);

/** The plugin of the conformance tests, which uses all that the SDK has. */
export const buildConformance = (progress: (name: string) => void) =>
  compileAll("tests/conformance", conformanceModules, progress);

async function compileAll(
  parent: string,
  target: string,
  progress: (name: string) => void,
): Promise<Compiled[]> {
  const compiled: Compiled[] = [];
  for (const folder of await pluginFolders(parent)) {
    const result = await compilePlugin(folder, target);
    progress(result.fresh ? `compiled ${result.name}` : `${result.name} is up to date`);
    compiled.push(result);
  }
  return compiled;
}
