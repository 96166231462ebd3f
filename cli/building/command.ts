import { sourcesOf } from "../project/build.js";
import type { Goal } from "../project/compile.js";
import { findPlugin } from "../project/plugin.js";
import { step, WrongUse } from "../terminal.js";
import { build, outputOf } from "./build.js";
import { builtJson, builtText } from "./report.js";
import { buildUntilStopped } from "./until-stopped.js";

interface Options {
  speed?: boolean;
  debug?: boolean;
  force?: boolean;
  watch?: boolean;
  output?: string;
  json?: boolean;
}

/** `apw build [plugin]`. */
export async function buildCommand(word: string | undefined, options: Options): Promise<void> {
  if (options.watch && options.json) throw new WrongUse("--watch and --json do not go together");
  const plugin = await findPlugin(word);
  if (plugin.entry === null)
    throw new WrongUse(`${word} is compiled already: apw check looks into it, apw build wants a project`);
  const goal: Goal = options.debug ? "debug" : options.speed ? "speed" : "size";
  const file = outputOf(plugin, options.output);
  const once = () => build(plugin, { goal, file, force: options.force ?? false });
  const told = async () => builtText(await step(`building ${plugin.name}`, once));
  if (options.watch) await buildUntilStopped(plugin, told, () => sourcesOf(plugin.cwd, file, goal));
  else if (options.json) console.log(JSON.stringify(builtJson(await once()), null, 2));
  else console.log(`\n${await told()}`);
}
