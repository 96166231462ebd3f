import { join } from "node:path";
import { compilePlugin } from "../compile.js";
import { pluginModules } from "../plugins.js";
import { root } from "../root.js";

const modules = new Map<string, Promise<string>>();

/**
 * The file with the module of `plugins/<name>`, compiled from what is there now. Looked at once for all scenarios: that
 * it is up to date takes a digest of the whole SDK to tell.
 */
export function moduleFile(name: string): Promise<string> {
  const known =
    modules.get(name) ?? compilePlugin(join(root, "plugins", name), pluginModules).then(({ file }) => file);
  modules.set(name, known);
  return known;
}
