import { writeFile } from "node:fs/promises";
import { Finding, type Report } from "../terminal.js";
import { markdown } from "./markdown.js";
import { benchPlugins, type PluginBenchOptions, seeThatWritable } from "./plugin-bench.js";
import { shown } from "./show.js";
import { svgOf } from "./svg.js";

export interface OutputOptions {
  json?: boolean;
  svg?: string;
  markdown?: string;
}

/** `apw bench <plugin...>`: measures, tells, and ends with a finding where errors were seen or a limit is exceeded. */
export async function benchCommand(
  words: readonly string[],
  options: PluginBenchOptions & OutputOptions,
): Promise<void> {
  seeThatWritable("--svg", options.svg);
  seeThatWritable("--markdown", options.markdown);
  const report: Report = options.json ? () => {} : (line) => console.error(line);
  const result = await benchPlugins(words, options, report);
  console.log(options.json ? JSON.stringify(result, null, 2) : shown(result));
  if (options.svg !== undefined) await writeFile(options.svg, svgOf(result));
  if (options.markdown !== undefined) await writeFile(options.markdown, markdown(result));
  const hasErrors = result.variants.some(({ failures }) => Object.keys(failures).length > 0);
  if (hasErrors || result.limits.some(({ verdict }) => verdict === "over")) throw new Finding();
}
