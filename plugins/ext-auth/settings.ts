import {
  Config,
  JsonError,
  JsonType,
  SkipRules,
  isFieldValueText,
  parseJsonText,
  readFieldNames,
} from "as-proxy-wasm";

/** In which words the service is asked. */
export enum Mode {
  /** The question and the answer are JSON texts. */
  Json,
  /** The question is the request's head in fields, the answer a status. */
  Http,
}

const MODES: string[] = ["json", "http"];
const MODE_HTTP_ONLY: string[] = ["allowed_upstream_headers", "allowed_client_headers"];
const MODE_JSON_ONLY: string[] = [
  "denied_status",
  "denied_body",
  "batch_external_calls",
  "batch_size",
  "batch_timeout_ms",
];

/** What the configuration says. */
@final
export class Settings {
  cluster: string = "";
  path: string = "";
  authority: string = "";
  timeoutMs: u32 = 0;
  mode: Mode = Mode.Json;
  failureModeAllow: bool = false;
  includeHeaders: string[] = [];
  /** Fields of an answer that allows which the request gets. */
  upstreamHeaders: string[] = [];
  removeHeaders: string[] = [];
  /** Fields of an answer that denies which the client gets, beside those that it always gets. */
  clientHeaders: string[] = [];
  deniedStatus: u32 = 0;
  deniedBody: string = "";
  /** What `denied_body` is. */
  deniedType: string = "";
  withBody: bool = false;
  maxBodySize: u32 = 0;
  skip: SkipRules = new SkipRules();
  /** How many decisions are kept; 0 for none. */
  cacheEntries: u32 = 0;
  cacheTtlSeconds: u32 = 0;
  /** How many requests are asked for at once; 0 for each by itself. */
  batchSize: u32 = 0;
  batchTimeoutMs: u32 = 0;

  /** Reads a configuration; what is wrong with it, `config.ok()` tells. */
  static read(config: Config): Settings {
    const settings = new Settings();
    settings.readService(config);
    settings.readHeaders(config);
    settings.deniedStatus = <u32>config.integer("denied_status", 403, 400, 599);
    settings.deniedBody = config.string("denied_body", '{"error": "Forbidden"}');
    const isJson = parseJsonText(settings.deniedBody).error == JsonError.None;
    settings.deniedType = isJson ? "application/json" : "text/plain";
    settings.withBody = config.bool("with_request_body");
    settings.maxBodySize = <u32>config.integer("max_body_size_bytes", 10240, 1, 16777216);
    settings.skip = SkipRules.read(config);
    const entries = config.integer("cache_max_entries", 1000, 1, 100000);
    settings.cacheEntries = config.bool("enable_caching") ? <u32>entries : 0;
    settings.cacheTtlSeconds = <u32>config.integer("cache_ttl_seconds", 300, 1, 31536000);
    const size = config.integer("batch_size", 10, 1, 1000);
    settings.batchSize = config.bool("batch_external_calls") ? <u32>size : 0;
    settings.batchTimeoutMs = <u32>config.integer("batch_timeout_ms", 50, 1, 60000);
    return settings;
  }

  private readService(config: Config): void {
    this.cluster = config.requiredString("auth_cluster");
    if (this.cluster.length == 0 && config.typeOf("auth_cluster") == JsonType.String) {
      config.problem("auth_cluster", "must not be empty");
    }
    this.path = config.requiredString("auth_path");
    if (config.typeOf("auth_path") == JsonType.String && !isTarget(this.path)) {
      config.problem("auth_path", "expected a path that begins with /, of printable ASCII and without #");
    }
    this.authority = config.string("authority", "auth-service");
    if (!isPrintable(this.authority)) config.problem("authority", "expected a host, with or without a port");
    this.timeoutMs = <u32>config.integer("timeout_ms", 1000, 1, 600000);
    this.failureModeAllow = config.bool("failure_mode_allow");
    this.mode = <Mode>MODES.indexOf(config.choice("mode", MODES, "json"));
    refuseForMode(config, this.mode == Mode.Http ? MODE_JSON_ONLY : MODE_HTTP_ONLY, this.mode);
  }

  private readHeaders(config: Config): void {
    if (config.has("include_headers")) readFieldNames(config, "include_headers", false, this.includeHeaders);
    else this.includeHeaders.push("authorization");
    readFieldNames(config, "add_request_headers_from_response", true, this.upstreamHeaders);
    readFieldNames(config, "allowed_upstream_headers", true, this.upstreamHeaders);
    readFieldNames(config, "remove_request_headers", true, this.removeHeaders);
    readFieldNames(config, "allowed_client_headers", true, this.clientHeaders);
  }
}

function refuseForMode(config: Config, keys: string[], mode: Mode): void {
  for (let i = 0; i < keys.length; i++) {
    if (config.has(keys[i])) config.problem(keys[i], "does not go with the mode " + MODES[mode]);
  }
}

function isTarget(path: string): bool {
  return path.startsWith("/") && !path.includes("#") && isPrintable(path);
}

/** Whether a text is something, and all of it is printable ASCII without a space. */
function isPrintable(text: string): bool {
  if (text.length == 0 || !isFieldValueText(text)) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return true;
}
