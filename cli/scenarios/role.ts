import { bytesOf } from "./bytes.js";
import type { PluginEntry, Scenario } from "./scenario.js";

/** A scenario, and the plugin in whose folder it lies. */
export interface Role {
  scenario: Scenario;
  plugin: string;
}

/** The chain of a scenario: the plugin in whose folder it lies, where it names no other. */
export function entriesOf({ scenario, plugin }: Role): PluginEntry[] {
  const { plugins, config, config_text: text } = scenario;
  return plugins ?? [{ plugin, ...(config && { config }), ...(text !== undefined && { config_text: text }) }];
}

/** What a plugin gets: text as text, and bytes, which need not be text, as bytes. */
export function configurationOf({ config, config_text: text }: PluginEntry): string | Buffer | undefined {
  if (config) return JSON.stringify(config);
  return text === undefined || typeof text === "string" ? text : bytesOf(text);
}
