import { Config, HttpContext, RootContext, register } from "as-proxy-wasm";
import { Settings, readSettings } from "./settings";
import { RateLimitStream } from "./stream";

/** Lets requests of a key through so many times a second, as the configuration says, and refuses what is more. */
class RateLimit extends RootContext {
  private settings: Settings | null = null;

  onConfigure(config: Config): bool {
    this.settings = readSettings(config);
    return this.settings !== null;
  }

  createHttpContext(): HttpContext | null {
    const settings = this.settings;
    return settings === null ? null : new RateLimitStream(this, settings);
  }
}

register("rate-limit", () => new RateLimit());
