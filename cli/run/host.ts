import type { FailurePolicy } from "../../host/index.js";
import type { Emit } from "./events.js";
import type { Endpoint } from "../words/endpoint.js";
import type { Link } from "./links.js";

export const levels = ["trace", "debug", "info", "warning", "error", "critical"] as const;
export type Level = (typeof levels)[number];

/** What a run is told, beside its plugins. */
export interface Settings {
  /** What the proxy listens on. */
  address: string;
  port: number;
  adminPort: number;
  upstream: Endpoint;
  /** Where callouts go. */
  clusters: ReadonlyMap<string, Endpoint>;
  concurrency: number;
  failPolicy: FailurePolicy;
  /** What modules see as their environment. */
  environment: Record<string, string>;
  logLevel: Level;
  /** Whether to tell what each plugin made of each request. */
  diff: boolean;
}

/** A host with the plugins in a chain. Whoever starts one stops it. */
export interface ServingHost {
  readonly port: number;
  readonly adminPort: number;
  /** Puts what the link now says, module and configuration, in the place of what served. Throws `Refused`; then all stays. */
  replace(link: Link): Promise<void>;
  /** Comes back when it has ended by itself, with why. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export type StartHost = (links: readonly Link[], settings: Settings, emit: Emit) => Promise<ServingHost>;

/** The host did not take a plugin: its module does not load, or it refuses its configuration. */
export class Refused extends Error {
  constructor(
    readonly plugin: string,
    /** What the plugin and the host said of it. */
    readonly lines: readonly string[],
  ) {
    super([`${plugin} was refused:`, ...lines.map((line) => `  ${line}`)].join("\n"));
  }
}
