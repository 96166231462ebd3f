import type { CallObserver, FailurePolicy, HeaderMap, LogLevel, Properties, SharedState } from "../index.js";
import type { Failure } from "./upstream-request.js";

/** A plugin of a proxy's chain. */
export interface PluginSpec {
  /** The module. */
  wasm: Uint8Array | WebAssembly.Module;
  /** The plugin's name: in the log, in the statistics, and as its property `plugin_name`. */
  name: string;
  rootId?: string;
  /** Plugins with the same one share data and queues. */
  vmId?: string;
  /** An object goes as JSON, text and bytes as they are. */
  configuration?: Configuration;
  vmConfiguration?: Configuration;
  /** FAIL_CLOSED without it. */
  failurePolicy?: FailurePolicy;
  /** What the module sees as its environment. */
  environment?: Record<string, string>;
  /** Lets a body callback run while a headers callback holds the headers. */
  allowOnHeadersStopIteration?: boolean;
}

export type Configuration = string | Uint8Array | Record<string, unknown>;

/** A rule that takes a label out of a metric's name, as in Envoy's `stats_tags`. */
export interface StatsTag {
  name: string;
  /** The first group is taken out of the name; the second is the value, or the first without one. */
  regex: string;
}

export interface ProxyOptions {
  /** In the order in which a request meets them. */
  plugins: PluginSpec[];
  /** Where requests go: the origin counts, the path does not. */
  upstream: URL;
  /** Where callouts go, by the name of the cluster. */
  clusters?: Record<string, URL>;
  /** 127.0.0.1 and a free port without it. */
  listen?: { host?: string; port?: number };
  /** VMs for each plugin; a connection stays with one of them, as with a worker thread of Envoy's. One without it. */
  workers?: number;
  /** Whether there is an admin interface, on a free port of the loopback, or on this port. */
  admin?: boolean | { port: number };
  statsTags?: StatsTag[];
  /** Lets trailers of HTTP/1.1 pass, which Envoy drops without `enable_trailers`. */
  http1Trailers?: boolean;
  /** How long the upstream has to answer a complete request, to the end of its answer; 15,000 without it, 0 for ever. */
  upstreamTimeoutMs?: number;
  /** How long a connection may take to come about; 5,000 without it. */
  connectTimeoutMs?: number;
  /** How much of a body waits in a plugin, in bytes; 1 MiB without it. */
  bufferLimitBytes?: number;
  /** Properties of every plugin and stream, as `xds.route_name`. */
  properties?: Properties;
  /** The level that plugins are told of; `info` without it. */
  logLevel?: LogLevel;
  onLog?: (entry: LogEntry) => void;
  /** Called for each request; what comes back sees what goes on between the plugins. */
  observe?: () => StreamObserver;
  /** What the upstream is told in `host`; what the client said, as plugins left it, without it. */
  upstreamAuthority?: string;
  /** Hears of every call between the host and a VM that serves; called for each of them. */
  observeCalls?: (plugin: string) => CallObserver;
  /** State that outlives the proxy. */
  shared?: SharedState;
}

/** A part of a message: its headers, a piece of its body, its trailers. */
export type Passing = { headers: HeaderMap } | { data: Uint8Array } | { trailers: HeaderMap };

/** Sees one stream between the plugins of a chain. Place 0 is before the first of them, place n behind n of them. */
export interface StreamObserver {
  passed(message: "request" | "response", place: number, part: Passing): void;
  /** Called once, at the end. The status is 0 where the client got no answer; `failure` is the upstream's. */
  over(end: { status: number; failure?: Failure }): void;
}

/** A line that a plugin, or the host about it, has logged. */
export interface LogEntry {
  time: Date;
  worker: number;
  plugin: string;
  level: LogLevel;
  message: string;
}
