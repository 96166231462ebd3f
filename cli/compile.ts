import { readFile, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { inputsOf } from "./inputs.js";
import { inspect, type ModuleFile } from "./module.js";
import { make } from "./project/compile.js";
import { root } from "./root.js";
import { breaches } from "../host/rules.js";

export interface Compiled {
  name: string;
  file: string;
  module: ModuleFile;
  /** Why hosts would not load it; empty when they would. */
  breaches: string[];
  /** False when the file was there already, made from the same inputs. */
  fresh: boolean;
}

/**
 * Compiles the plugin in a folder of this repository, optimises it and puts it into `target` as `<folder>.wasm`.
 * asc gets what plain `npx asc <folder>/index.ts` gets: the asconfig.json at the root. What was made from the same
 * inputs is left as it is, so that a folder is for modules of one goal.
 */
export async function compilePlugin(
  folder: string,
  target: string,
  goal: "size" | "speed" = "size",
): Promise<Compiled> {
  const name = basename(folder);
  const file = join(target, `${name}.wasm`);
  const stamp = join(target, `.${name}.inputs`);
  const inputs = await inputsOf(folder);
  const made = await readFile(stamp, "utf8").catch(() => "");
  const present = made === "" ? null : await readFile(file).catch(() => null);
  if (present !== null) {
    const module = inspect(present);
    if (made === `${inputs} ${module.sha256}`)
      return { name, file, module, breaches: breaches(module), fresh: false };
  }
  const entry = relative(root, join(folder, "index.ts"));
  const { module } = await make({ cwd: root, entry, file, goal });
  await writeFile(stamp, `${inputs} ${module.sha256}`);
  return { name, file, module, breaches: breaches(module), fresh: true };
}
