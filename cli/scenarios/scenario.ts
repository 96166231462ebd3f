import type { ServiceScript, UpstreamScript } from "./script-types.js";

/**
 * A scenario: plugins with their configuration, what services answer, what clients send, and what must be seen at the
 * client, at the services, in the log and in the metrics. It names no host: whatever runs plugins can play it.
 *
 * Scenarios lie in `scenarios/*.yaml` beside a plugin, one or several YAML documents a file. `scenario.schema.json` says
 * the same as these types; `read.ts` holds every file to it.
 */
export interface Scenario {
  /** What the plugin does here, as one would say it: "adds the header to the listed codes only". */
  name: string;
  /** The configuration of the plugin in whose folder the file lies; none without it. */
  config?: Record<string, unknown>;
  /** The same as the very text or bytes that the plugin gets. */
  config_text?: Bytes;
  /** A chain in place of that one plugin, in the order in which a request meets them. */
  plugins?: PluginEntry[];
  /** What the host is told, beside the plugins. */
  host?: HostSettings;
  /** Where requests go; everything to the upstream without it, by a route without a name. */
  routes?: RouteEntry[];
  /** What the upstream answers: the first that fits. 200 with the body `ok` without any. */
  upstream?: UpstreamScript;
  /** What plugins can call, by the names of Envoy's clusters. */
  clusters?: Record<string, ServiceScript>;
  /** The host must refuse the configuration. Then there are no steps. */
  refused?: true;
  /** A plugin must trap. Without it none may. */
  traps?: true;
  /** What happens, one after the other. */
  steps?: Step[];
  /** What the plugins log, from their configuration on to the end. */
  log?: LogExpectation;
  /** The metrics that the plugins defined, at the end. */
  metrics?: MetricsExpectation;
}

/** All of it is true of every plugin of the chain. */
export interface HostSettings {
  /** The least level of lines that the host writes; `info` without it. */
  log_level?: LogLevel;
  /** How many bytes of a body the host keeps while a plugin holds it; 1 MiB without it. */
  buffer_limit?: number;
  /** Lets body callbacks come while a headers callback holds the headers. */
  allow_on_headers_stop_iteration?: boolean;
  /** What becomes of streams when a plugin has trapped; `closed` without it. */
  fail_policy?: "closed" | "open" | "reload";
  /** How long `reload` waits, and up to half of it more; 1000 without it. */
  reload_after_ms?: number;
  /** Threads that serve, each with VMs of its own; 1 without it. Which one gets a request is not said. */
  workers?: 1 | 2;
  /** What the VM is started with. */
  vm_config?: string;
  /** The VM's environment. */
  env?: Record<string, string>;
  /** The client is who connects, and not whom `x-forwarded-for` names. */
  use_remote_address?: boolean;
  /** How many proxies in front of this one are trusted to have written `x-forwarded-for`. */
  xff_num_trusted_hops?: number;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "critical";

/** Text, as UTF-8; or bytes, a character (U+0000 to U+00FF) each, as in `{ bytes: "caf\xe9" }`; or in base64. */
export type Bytes = string | { bytes: string } | { base64: string };

/** A protobuf message: its bytes, or its fields in their order. */
export type Message = Bytes | MessageField[];

/** A field of a protobuf message: its number, and its value in one of the forms of the wire. */
export type MessageField = { field: number } & (
  | { varint: number | boolean }
  | { fixed32: number }
  | { fixed64: number }
  | { text: string }
  | { bytes: string }
  | { base64: string }
  | { message: MessageField[] }
);

/** What must be there: exactly this, or text that a regular expression finds something in. */
export type Wanted = Bytes | { matches: string };

/** The fields of a name: one, or several in their order. */
export type FieldsToSend = Record<string, Bytes | Bytes[]>;
/** All fields of a name, neither more nor fewer. */
export type WantedFields = Record<string, Wanted | Wanted[]>;

export interface PluginEntry {
  /** A folder of `plugins/`. */
  plugin: string;
  config?: Record<string, unknown>;
  config_text?: Bytes;
  /** `plugin_name`; the folder's name without it. */
  name?: string;
  /** `plugin_root_id`; the folder's name without it. */
  root_id?: string;
  /** `plugin_vm_id`: plugins of one module and one id share a VM. The host chooses without it. */
  vm_id?: string;
}

export interface RouteEntry {
  name?: string;
  /** The request's path begins with this ... */
  prefix?: string;
  /** ... or is this. Without either the route takes every request. */
  path?: string;
  /** What the host itself answers; the request goes to the upstream without it. */
  reply?: { status: number; body?: string };
}

export interface RequestToSend {
  /** GET without it, or POST with a body. */
  method?: string;
  /** With its query; `/` without it. */
  path?: Bytes;
  authority?: string;
  headers?: FieldsToSend;
  /** A list is sent in pieces, without a length. */
  body?: Bytes | Bytes[];
  /** A body as JSON, with the type `application/json` where the headers name none. */
  json?: unknown;
  trailers?: FieldsToSend;
  /** HTTP/2 in place of HTTP/1.1. */
  http2?: boolean;
  /** Milliseconds before it is sent. */
  delay_ms?: number;
  /** Milliseconds between the pieces of the body. */
  body_delay_ms?: number;
  /** The client hangs up this long after it began to send, whatever it has got. */
  leaves_after_ms?: number;
}

/** What must be true of a message. */
export interface WantedMessage {
  headers?: WantedFields;
  /** Names of fields that must not be there. */
  absent?: string[];
  body?: Wanted;
  /** What the body must be as JSON, in whatever order its keys are written. */
  json?: unknown;
  trailers?: WantedFields;
}

export interface WantedResponse extends WantedMessage {
  status?: number;
  /** It must break off, or never come: the rest is about what came before. */
  incomplete?: true;
}

/** What must be true of a request that a service got. */
export interface WantedRequest extends WantedMessage {
  method?: string;
  path?: Wanted;
  authority?: string;
  /** The message of a gRPC call. */
  message?: Message;
}

/** The calls of a step: this many, and the rest is true of each of them. */
export interface WantedCalls extends WantedRequest {
  /** As many as the step has requests without it, or 1 where it has none. */
  calls?: number;
}

export interface Exchange {
  request: RequestToSend;
  client?: WantedResponse;
  /** How many such requests; 1 without it. */
  times?: number;
}

/** At most one of `request`, `at_once` and `wait_ms`. */
export interface Step {
  /** Services that are others from now on. */
  change?: { upstream?: UpstreamScript; clusters?: Record<string, ServiceScript> };
  request?: RequestToSend;
  client?: WantedResponse;
  /** Requests that are under way together. */
  at_once?: Exchange[];
  /** Time goes by, on a host whose clock can be set at once. */
  wait_ms?: number;
  /** What the upstream gets; a list has one call each, in the order in which they come. */
  upstream?: WantedCalls | WantedRequest[];
  /** What services get, by the names of their clusters. What they got before the first step belongs to it. */
  clusters?: Record<string, WantedCalls | WantedRequest[]>;
  /** What the plugins log in this step. */
  log?: LogExpectation;
}

/** Texts that a line has in it. A line is its level, a colon, a space and what was logged: `warn: a: is not a known key`. */
export interface LogExpectation {
  present?: LinePattern[];
  absent?: LinePattern[];
}
export type LinePattern = string | { matches: string };

export interface MetricsExpectation {
  /** By the names that the plugins gave them; the value, or how often a histogram was written to. */
  present?: Record<string, number | WantedNumber | { count: number | WantedNumber }>;
  absent?: string[];
}

export interface WantedNumber {
  at_least?: number;
  at_most?: number;
}
