import { Config, properties } from "as-proxy-wasm";
import { Buckets } from "./buckets";
import { RateLimitService, readService } from "./rate-limit-service";
import { RateRules, readRules } from "./rules";
import { Stats } from "./stats";

const DEFAULT_KEYS: i64 = 65536;
const MOST_KEYS: i64 = 1000000;

/** The plugin's own key for what `shadow` does too. */
export const SHADOW_MODE: string = "shadow_mode";

/** A configuration that was taken, with what counts by it. */
@final
export class Settings {
  readonly buckets: Buckets;
  readonly stats: Stats;

  constructor(
    readonly rules: RateRules,
    /** Who is asked in the place of the buckets; null where nobody is. */
    readonly service: RateLimitService | null,
    maxKeys: i64,
    /** Whether requests go on while nobody can tell whether they are over the limit. */
    readonly failOpen: bool,
    /** By which key decisions are only counted and logged, and nothing comes of them; "" where they hold. */
    readonly shadow: string,
  ) {
    const name = properties.plugin.pluginName();
    const plugin = name === null || name.length == 0 ? "rate-limit" : name;
    this.buckets = new Buckets(plugin, <u32>maxKeys);
    this.stats = new Stats(plugin);
  }
}

/** Reads a configuration; null where it is refused. */
export function readSettings(config: Config): Settings | null {
  const rules = readRules(config);
  const service = readService(config);
  const maxKeys = config.integer("max_keys", DEFAULT_KEYS, 1, MOST_KEYS);
  const failOpen = config.bool("failure_mode_allow");
  const shadowMode = config.bool("shadow_mode");
  if (!config.ok()) return null;
  const shadow = config.common.shadow ? "shadow" : shadowMode ? SHADOW_MODE : "";
  return new Settings(rules, service, maxKeys, failOpen, shadow);
}
