import type { HeaderList } from "./header-map.js";
import type { SharedState } from "./shared-state.js";
import type { TextOrBytes } from "./text.js";
import type { LogLevel } from "./enums.js";

/** A property as tests give it: text as its bytes, a bigint as 8 bytes, a boolean as one. */
export type PropertyValue = string | bigint | boolean | Uint8Array;
export type Properties = Record<string, PropertyValue>;

/** What a plugin asks of a service. */
export interface HttpCall {
  cluster: string;
  headers: [name: string, value: string][];
  body: Uint8Array;
  trailers: [name: string, value: string][];
  /** 0 is for as long as it takes. */
  timeoutMs: number;
}

export interface HttpAnswer {
  status?: number;
  headers?: HeaderList;
  body?: TextOrBytes;
  trailers?: HeaderList;
}

/**
 * A service's answer, or how it fails: the three reach the plugin as Envoy would send them. `undefined` is for a cluster
 * that does not exist.
 */
export type HttpOutcome = HttpAnswer | "timeout" | "refused" | "reset" | undefined;

/** What happens when the module traps. (Envoy, `failure_policy`) */
export type FailurePolicy = "FAIL_CLOSED" | "FAIL_OPEN" | "FAIL_RELOAD";

export interface HostOptions {
  rootId?: string;
  vmId?: string;
  pluginName?: string;
  pluginConfig?: TextOrBytes;
  vmConfig?: TextOrBytes;
  env?: Record<string, string>;
  /** `{ "xds.route_name": "main" }`: for the root and every stream. */
  properties?: Properties;
  /** Nanoseconds since 1970. */
  clock?: { now(): bigint };
  /** Fills bytes; with a seed of one's own, the same each time. */
  random?: (bytes: Uint8Array) => void;
  /** Hosts with the same one are workers of one process. */
  shared?: SharedState;
  httpCalls?: (call: HttpCall) => HttpOutcome | Promise<HttpOutcome>;
  onLog?: (level: LogLevel, message: string) => void;
  logLevel?: LogLevel;
  failurePolicy?: FailurePolicy;
  /** How much of a body is kept while it waits; 1 MiB without it. */
  bufferLimitBytes?: number;
  /** Lets body callbacks come while a headers callback has the headers wait. */
  allowOnHeadersStopIteration?: boolean;
}
