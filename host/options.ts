import type { DnsAnswer, GrpcCall, GrpcOutcome, HttpCall, HttpOutcome } from "./services.js";
import type { LogLevel } from "./enums.js";
import type { CallObserver } from "./observer.js";
import type { Properties } from "./property-values.js";
import type { SharedState } from "./shared-state.js";
import type { TextOrBytes } from "./text.js";

/**
 * What happens to streams when the module has trapped, or did not start. Those under way are answered with 503 in any
 * case; new ones are too (`FAIL_CLOSED`), pass untouched (`FAIL_OPEN`), or have the plugin begin anew (`FAIL_RELOAD`).
 * (Envoy, `failure_policy`)
 */
export type FailurePolicy = "FAIL_CLOSED" | "FAIL_OPEN" | "FAIL_RELOAD";

/** How a plugin is configured, and what is around it. Everything has a default. */
export interface HostOptions {
  rootId?: string;
  vmId?: string;
  pluginName?: string;
  pluginConfig?: TextOrBytes;
  vmConfig?: TextOrBytes;
  env?: Record<string, string>;
  /** `{ "xds.route_name": "main" }`: for the root and every stream. */
  properties?: Properties;
  /** Nanoseconds since 1970. Without it time stands still, but for `tick`. */
  clock?: { now(): bigint };
  /** Fills bytes; with a seed of one's own, the same each time. */
  random?: (bytes: Uint8Array) => void;
  /** Hosts with the same one are workers of one process. */
  shared?: SharedState;
  httpCalls?: (call: HttpCall) => HttpOutcome | Promise<HttpOutcome>;
  grpcCalls?: (call: GrpcCall) => GrpcOutcome | Promise<GrpcOutcome>;
  /** Resolves names; without it only addresses and `localhost` are. */
  dns?: (name: string) => DnsAnswer | Promise<DnsAnswer>;
  onLog?: (level: LogLevel, message: string) => void;
  /** The least level that is logged; `Info` without it. */
  logLevel?: LogLevel;
  failurePolicy?: FailurePolicy;
  /** The least time between two beginnings of a plugin under `FAIL_RELOAD`, in milliseconds; 1000 without it. */
  reloadIntervalMs?: number;
  /** How much of a body is kept while it waits, in bytes; 1 MiB without it. */
  bufferLimitBytes?: number;
  /** Lets body callbacks come while a headers callback has the headers wait. (`allow_on_headers_stop_iteration`) */
  allowOnHeadersStopIteration?: boolean;
  /** Hears of every call between the host and the VM that serves. Without it calls cost nothing more. */
  observer?: CallObserver | undefined;
  /**
   * Has one VM more, which is configured and ticks and serves nothing, as on Envoy's main thread. Give it to one of
   * several workers.
   */
  mainThread?: boolean;
}
