import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseDocument } from "yaml";
import type { WasmFilter } from "../envoy/filters.js";
import { buildPlugin } from "../project/build.js";
import { findPlugin, type Plugin, rootIdOf } from "../project/plugin.js";
import { type ConfigurationSource, readConfiguration, readSources } from "../words/configuration.js";
import { pluginsNamed } from "../run/links.js";
import { WrongUse } from "../terminal.js";
import { inspect } from "../module.js";
import { breaches } from "../../host/rules.js";
import type { Variant } from "./result.js";

/** A module to be measured, with what it is told. */
export interface Contender {
  name: string;
  file: string;
  size: number;
  rootId: string;
  configuration: string | undefined;
}

/** What is measured beside the baseline: one filter, or several in a chain. */
export interface Entry {
  name: string;
  kind: Exclude<Variant["kind"], "baseline">;
  chain: Contender[];
}

export interface ContenderOptions {
  config: string[];
  compare: string[];
  chain?: boolean;
  rootId?: string;
}

/**
 * The plugins that words mean, compiled, each told what `--config` says, else what its own wasmplugin.yaml does; modules
 * to compare with the first; all of them in a chain. `report` hears what is under way, and warnings.
 */
export async function entries(
  words: readonly string[],
  options: ContenderOptions,
  report: (line: string) => void,
): Promise<Entry[]> {
  const named = await pluginsNamed(words);
  const sources = readSources(
    options.config,
    named.map(({ name }) => name),
  );
  const contenders: Contender[] = [];
  for (const { name, plugin } of named) {
    if (plugin.runtime.filter === "network")
      throw new WrongUse(`${name} is a filter of TCP connections: apw bench measures HTTP requests`);
    const source = sources.get(name) ?? (await ownConfiguration(plugin));
    const { text, warnings } = await readConfiguration({ name, schema: plugin.schema }, source);
    warnings.forEach(report);
    if (plugin.entry !== null) report(`compiling ${name}`);
    const file = await buildPlugin(plugin);
    contenders.push(await contender(name, file, options.rootId ?? rootIdOf(plugin), text));
  }
  const alone = contenders.map((one): Entry => ({ name: one.name, kind: "plugin", chain: [one] }));
  const first = contenders[0]!;
  const names = new Set(alone.map(({ name }) => name));
  for (const path of options.compare) {
    const { module } = await comparedModule(path);
    let name = basename(path, ".wasm");
    for (let number = 2; names.has(name); number++) name = `${basename(path, ".wasm")}-${number}`;
    names.add(name);
    const other = await contender(name, module, first.rootId, first.configuration);
    alone.push({ name, kind: "compared", chain: [other] });
  }
  if (options.chain) {
    if (contenders.length < 2)
      throw new WrongUse("--chain needs two plugins at least: apw bench one two --chain");
    alone.push({ name: "all in a chain", kind: "chain", chain: contenders });
  }
  return alone;
}

async function comparedModule(path: string): Promise<Plugin> {
  const plugin = await findPlugin(path);
  if (plugin.kind !== "module") throw new WrongUse(`--compare ${path}: name a .wasm file`);
  return plugin;
}

async function contender(
  name: string,
  file: string,
  rootId: string,
  configuration: string | undefined,
): Promise<Contender> {
  if (!existsSync(file)) throw new WrongUse(`there is no ${file}`);
  const reasons = breaches(inspect(await readFile(file)));
  if (reasons.length > 0)
    throw new WrongUse(
      [`Envoy would not load ${file}:`, ...reasons.map((reason) => `  ${reason}`)].join("\n"),
    );
  return { name, file, size: (await stat(file)).size, rootId, configuration };
}

/** What the plugin's own manifest tells it: an example that it is known to take. */
async function ownConfiguration({ folder, kind }: Plugin): Promise<ConfigurationSource | undefined> {
  const file = join(folder, "wasmplugin.yaml");
  if (kind === "module" || !existsSync(file)) return undefined;
  const document = parseDocument(await readFile(file, "utf8"));
  if (document.errors.length > 0) return undefined;
  const { spec } = (document.toJS() ?? {}) as { spec?: { pluginConfig?: unknown } };
  return spec?.pluginConfig === undefined ? undefined : { text: JSON.stringify(spec.pluginConfig) };
}

export const filterOf = ({ name, file, rootId, configuration }: Contender): WasmFilter => ({
  name,
  code: file,
  rootId,
  // Two filters that are alike in everything would share a VM and a root context.
  vmId: name,
  ...(configuration !== undefined && { configuration }),
});
