/**
 * A scenario: plugins with their configuration, what the upstream answers, what a client sends, and what must be seen at
 * the client, at the upstream, in the log and in the metrics. It names no host: whatever runs plugins can play it.
 *
 * Scenarios lie in `plugins/<name>/scenarios/*.yaml`, one or several YAML documents a file. `scenario.schema.json` says
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
  host?: {
    /** The least level of lines that the host writes; `info` without it. */
    log_level?: LogLevel;
  };
  /** Where requests go; everything to the upstream without it, by a route without a name. */
  routes?: RouteEntry[];
  /** What the upstream answers: the first that fits. 200 with the body `ok` without any. */
  upstream?: ScriptedReply[];
  /** The host must refuse the configuration. Then there are no steps. */
  refused?: true;
  /** What happens, one after the other. */
  steps?: Step[];
  /** What the plugins log, from their configuration on to the end. */
  log?: LogExpectation;
  /** The metrics that the plugins defined, at the end. */
  metrics?: MetricsExpectation;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "critical";

/** Text, as UTF-8; or bytes, a character (U+0000 to U+00FF) each, as in `{ bytes: "caf\xe9" }`; or in base64. */
export type Bytes = string | { bytes: string } | { base64: string };

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

export interface ScriptedReply {
  /** Which requests it is for; all without it. */
  when?: { method?: string; path?: Wanted; headers?: WantedFields };
  reply: {
    /** 200 without it. */
    status?: number;
    headers?: FieldsToSend;
    /** A list is sent in pieces, without a length. */
    body?: Bytes | Bytes[];
    trailers?: FieldsToSend;
    /** Milliseconds before the headers, and between the pieces of a body. */
    delay_ms?: number;
    /** The connection is cut. */
    reset?: "before headers" | "in the body";
  };
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
  trailers?: FieldsToSend;
  /** HTTP/2 in place of HTTP/1.1. */
  http2?: boolean;
}

export interface WantedResponse {
  status?: number;
  headers?: WantedFields;
  /** Names of fields that must not be there. */
  absent?: string[];
  body?: Wanted;
  trailers?: WantedFields;
}

/** What the upstream saw in a step: `calls` requests, and the rest of this is true of every one of them. */
export interface WantedAtUpstream {
  /** 1 without it, or as many as the step has requests. */
  calls?: number;
  method?: string;
  path?: Wanted;
  authority?: string;
  headers?: WantedFields;
  absent?: string[];
  body?: Wanted;
  trailers?: WantedFields;
}

export interface Exchange {
  request: RequestToSend;
  client?: WantedResponse;
  /** How many such requests; 1 without it. */
  times?: number;
}

/** One of `request`, `at_once` and `wait_ms`. */
export interface Step {
  request?: RequestToSend;
  client?: WantedResponse;
  /** Requests that are under way together. */
  at_once?: Exchange[];
  /** Time goes by, on a host whose clock can be set at once. */
  wait_ms?: number;
  upstream?: WantedAtUpstream;
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
  /** By the names that the plugins gave them. */
  present?: Record<string, number | { at_least?: number; at_most?: number }>;
  absent?: string[];
}
