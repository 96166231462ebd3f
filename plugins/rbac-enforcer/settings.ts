import { Config, HttpService, JsonType, SkipRules, readFieldNames } from "as-proxy-wasm";

const FORMATS: string[] = ["envoy", "simple"];

/** All headers but secret ones, in `include_headers`. */
const ALL = "*";
/** Headers that are told to nobody who does not name them. */
const SECRET: string[] = ["authorization", "cookie", "proxy-authorization"];

/** What the configuration says. */
@final
export class Settings {
  /** The policy service; null only where the configuration is refused. */
  service: HttpService | null = null;
  timeoutMs: u32 = 0;
  /** Whether the input has the shape that policies for Envoy are written for. */
  isForEnvoy: bool = true;
  failureModeAllow: bool = false;
  dryRun: bool = false;
  skip: SkipRules = new SkipRules();
  /** Fields that clients must not send, in small letters. */
  removeHeaders: string[] = [];
  /** How many decisions are kept; 0 for none. */
  cacheEntries: u32 = 0;
  cacheTtlSeconds: u32 = 0;
  /** The headers that the policy is told, in small letters. */
  private includeHeaders: string[] = [];

  /** Reads a configuration; what is wrong with it, `config.ok()` tells. */
  static read(config: Config): Settings {
    const settings = new Settings();
    const url = config.requiredString("policy_endpoint");
    const cluster = config.string("policy_cluster");
    if (config.typeOf("policy_cluster") == JsonType.String && cluster.length == 0) {
      config.problem("policy_cluster", "must not be empty");
    }
    settings.service = HttpService.parse(url, cluster);
    if (config.typeOf("policy_endpoint") == JsonType.String && settings.service === null) {
      config.problem("policy_endpoint", "expected an http or https URL");
    }
    settings.timeoutMs = <u32>config.integer("timeout_ms", 1000, 1, 600000);
    settings.isForEnvoy = config.choice("input_format", FORMATS, "envoy") != "simple";
    settings.failureModeAllow = config.bool("failure_mode_allow");
    settings.dryRun = config.bool("dry_run");
    settings.skip = SkipRules.read(config);
    if (config.has("include_headers"))
      readFieldNames(config, "include_headers", false, settings.includeHeaders);
    else settings.includeHeaders.push(ALL);
    readFieldNames(config, "remove_request_headers", true, settings.removeHeaders);
    settings.cacheTtlSeconds = <u32>config.integer("cache_ttl_seconds", 0, 0, 31536000);
    const entries = config.integer("cache_max_entries", 1000, 1, 100000);
    settings.cacheEntries = settings.cacheTtlSeconds == 0 ? 0 : <u32>entries;
    return settings;
  }

  /** Whether the policy is told a header. */
  tells(name: string): bool {
    return this.names(name) || (this.includeHeaders.includes(ALL) && !SECRET.includes(name));
  }

  /** Whether the configuration has a header by its name. */
  names(name: string): bool {
    return this.includeHeaders.includes(name);
  }
}
