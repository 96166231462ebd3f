import { Config, HttpContext, KeyedDigest, RootContext, now, properties, utf8Bytes } from "as-proxy-wasm";
import { CacheKey } from "./cache-key";
import { Flights } from "./flights";
import { SkippedRequest } from "./invalidation";
import { Settings } from "./settings";
import { Slots } from "./slots";
import { Store } from "./store";
import { CacheStream } from "./stream";
import { Tally } from "./tally";

/** Begins the names of all values. */
const PREFIX: string = "cache:";

/** Follows the plugin's name in those of Istio, where all plugins of a proxy share one space. */
const LAYOUT: string = ".1";

const TICK_MS: u32 = 1000;

/** Keeps responses in shared data, and answers with them what it can. */
export class Cache extends RootContext {
  tally: Tally = new Tally("", "");
  settings: Settings = new Settings();
  private parts: Parts | null = null;
  private prefix: string = PREFIX;

  onConfigure(config: Config): bool {
    const settings = Settings.read(config);
    if (!config.ok()) return false;
    this.settings = settings;
    const space = spaceInIstio();
    this.prefix = space === null ? PREFIX : PREFIX + space + ":";
    const counter = space === null ? "request_counter" : space + ".request_counter";
    this.tally = new Tally(counter, this.prefix + "q");
    this.parts = null;
    this.setTickPeriod(TICK_MS);
    return true;
  }

  createHttpContext(): HttpContext | null {
    return new CacheStream(this, this.settings);
  }

  createSkippedContext(): HttpContext | null {
    return new SkippedRequest(this);
  }

  onTick(): void {
    this.tally.write();
    const parts = this.parts;
    if (parts !== null) parts.slots.sweep(<i64>(now() / 1000000));
  }

  onQueueReady(queueId: u32): void {
    this.tally.onQueueReady(queueId);
  }

  onDelete(): void {
    this.tally.write();
  }

  get store(): Store {
    return this.made().store;
  }

  get flights(): Flights {
    return this.made().flights;
  }

  /** Made with the first request: a configuration that is tried out or refused leaves nothing behind. */
  private made(): Parts {
    let parts = this.parts;
    if (parts === null) {
      const name = properties.plugin.pluginName();
      parts = new Parts(this, this.prefix, name === null ? "" : name);
      this.parts = parts;
    }
    return parts;
  }
}

/** What a worker has of the cache. */
@final
class Parts {
  readonly slots: Slots;
  readonly store: Store;
  readonly flights: Flights;

  constructor(plugin: Cache, prefix: string, owner: string) {
    const settings = plugin.settings;
    const key = new CacheKey(new KeyedDigest(prefix + "secret"), settings, owner + "\n" + settings.keyText);
    const slots = new Slots(utf8Bytes(prefix), settings.maxEntries);
    this.slots = slots;
    this.store = new Store(key, slots, settings);
    this.flights = new Flights(plugin, prefix + "f", settings.collapseTimeoutMs);
  }
}

/** What tells a plugin's values from those of others in Istio; null outside of it. */
function spaceInIstio(): string | null {
  if (properties.xds.nodeMetadata("ISTIO_VERSION") === null) return null;
  const name = properties.plugin.pluginName();
  if (name === null) return "cache" + LAYOUT;
  return name + LAYOUT;
}
