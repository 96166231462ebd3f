import { Config, isFieldNameText, lowerCaseText } from "as-proxy-wasm";

const METHODS: string[] = ["GET", "HEAD"];

/** What the configuration says. */
@final
export class Settings {
  isEnabled: bool = true;
  /** How long a response with the status 200 is fresh that says nothing of it itself; 0 for not at all. */
  ttlSeconds: i64 = 0;
  maxEntries: u32 = 0;
  maxBodySize: u32 = 0;
  servesGet: bool = false;
  servesHead: bool = false;
  /** How long a request waits for another one's answer; 0 for not at all. */
  collapseTimeoutMs: u32 = 0;
  revalidatesInBackground: bool = false;
  /** Fields of requests that belong to the key, in lower case. */
  keyHeaders: string[] = [];
  /** The parameters that belong to the key, where not all do. */
  keyQuery: string[] = [];
  selectsQuery: bool = false;
  ignoresQuery: bool = false;

  /** What the key is made of, as text: entries of plugins that make it of other things are others. */
  get keyText(): string {
    const query = this.selectsQuery ? this.keyQuery.join("&") + "?" : this.ignoresQuery ? "-" : "";
    return this.keyHeaders.join(",") + "\n" + query;
  }

  /** Reads a configuration; what is wrong with it, `config.ok()` tells. */
  static read(config: Config): Settings {
    const settings = new Settings();
    settings.isEnabled = config.bool("enable_caching", true);
    settings.ttlSeconds = config.integer("cache_ttl_seconds", 300, 0, 31536000);
    settings.maxEntries = <u32>config.integer("max_entries", 1000, 1, 1000000);
    settings.maxBodySize = <u32>config.integer("max_body_size_bytes", 262144, 1, 67108864);
    settings.collapseTimeoutMs = <u32>config.integer("collapse_timeout_ms", 5000, 0, 60000);
    settings.revalidatesInBackground = config.bool("background_revalidation", true);
    settings.readMethods(config);
    const key = config.object("cache_key");
    if (key !== null) settings.readKey(key);
    return settings;
  }

  private readMethods(config: Config): void {
    const methods = config.has("methods") ? config.strings("methods") : METHODS;
    if (config.has("methods") && methods.length == 0) config.problem("methods", "must not be empty");
    for (let i = 0; i < methods.length; i++) {
      if (methods[i] == "GET") this.servesGet = true;
      else if (methods[i] == "HEAD") this.servesHead = true;
      else config.problem("methods", "expected GET or HEAD: no other answers are kept");
    }
  }

  private readKey(key: Config): void {
    const names = key.strings("headers");
    for (let i = 0; i < names.length; i++) {
      const name = lowerCaseText(names[i]);
      if (!isFieldNameText(name)) key.problem("headers", "expected names of header fields");
      else if (!this.keyHeaders.includes(name)) this.keyHeaders.push(name);
    }
    this.selectsQuery = key.has("query");
    this.keyQuery = key.strings("query");
    for (let i = 0; i < this.keyQuery.length; i++) {
      if (this.keyQuery[i].length == 0) key.problem("query", "expected names of parameters");
    }
    this.ignoresQuery = key.bool("ignore_query");
    if (this.ignoresQuery && this.selectsQuery) key.problem("query", "does not go with ignore_query");
  }
}
