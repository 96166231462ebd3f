import type { LocatedTrap } from "../check/trap-lines.js";
import type { Configuration } from "../words/configuration.js";
import type { Plugin } from "../project/plugin.js";
import type { SeenRequest } from "../upstream.js";
import type { TracedCall } from "./recorder.js";

/** The plugin that is called, ready to be run. */
export interface Callee {
  plugin: Plugin;
  /** The module's file. */
  module: string;
  rootId: string;
  configuration: Configuration;
}

/** A message as it is shown: bodies as bytes. */
export interface Message {
  fields: [string, string][];
  body: Buffer;
  trailers: [string, string][];
}

export type Outgoing = Message & { method: string; path: string; authority: string };

/** A line of the plugin, or what the host says of it: that it trapped. */
export interface Logged {
  level: string;
  text: string;
}

/** What came of a call. */
export interface Played {
  /** Null where the client got no answer, and why. */
  response: (Message & { status: number }) | null;
  failure?: string;
  /** What the upstream got, and what services got that the plugin called. */
  upstream: Outgoing[];
  clusters: { name: string; request: Outgoing }[];
  log: Logged[];
  /** Where the plugin trapped. */
  traps?: LocatedTrap[];
  /** Every call between host and module, where that was asked for. */
  trace?: TracedCall[];
}

export const outgoing = ({ method, path, authority, headers, body, trailers }: SeenRequest): Outgoing => ({
  method,
  path,
  authority,
  fields: [...headers],
  body,
  trailers: [...trailers],
});
