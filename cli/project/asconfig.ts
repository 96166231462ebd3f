import { join, relative, resolve, sep } from "node:path";
import { root } from "../root.js";

/**
 * What asc is told of its options. A plugin of this package is compiled with the package's own, wherever that is: the
 * folder may be no project, or one whose options are meant for another plugin. A project has its asconfig.json.
 */
export function asconfigWords(cwd: string, entry: string): string[] {
  const isBundled = resolve(cwd, entry).startsWith(join(root, "plugins") + sep);
  return isBundled ? ["--config", relative(cwd, join(root, "asconfig.json"))] : [];
}
