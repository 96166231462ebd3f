import { basename } from "node:path";
import { findPlugin, type Plugin } from "../project/plugin.js";
import type { Configuration, ConfigurationSource } from "../words/configuration.js";

/** A plugin in the chain. */
export interface Link {
  /** Its name in the chain: the plugin's, with a number where it is there more than once. */
  name: string;
  plugin: Plugin;
  /** The name that its root context is registered under. */
  rootId: string;
  /** A filter of connections, not of HTTP requests. */
  isNetwork: boolean;
  source: ConfigurationSource | undefined;
  configuration: Configuration;
  /** The module that serves, as a file; made for this run, or the plugin's own. */
  module: string;
  /** One that is put before the host, until that has taken or refused it. */
  tried?: string;
}

/** The plugins that words on the command line mean, each under a name of its own; the project around where there are none. */
export async function pluginsNamed(words: readonly string[]): Promise<{ name: string; plugin: Plugin }[]> {
  const plugins: Plugin[] = [];
  for (const word of words.length === 0 ? [undefined] : words) plugins.push(await findPlugin(word));
  const taken = new Map<string, number>();
  return plugins.map((plugin) => {
    // The name stands in file names, in the names of statistics and in Envoy's log.
    const plain = basename(plugin.name).replace(/[^A-Za-z0-9._-]+/g, "-") || "plugin";
    const count = (taken.get(plain) ?? 0) + 1;
    taken.set(plain, count);
    return { name: count === 1 ? plain : `${plain}-${count}`, plugin };
  });
}
