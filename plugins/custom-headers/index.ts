import { Config, HeadersAction, HttpContext, RootContext, log, register } from "as-proxy-wasm";
import { HeaderRule, Side, readRules } from "./rules";

/** Adds, changes and removes header fields of requests and responses, as the configuration says. */
class CustomHeaders extends RootContext {
  rules: HeaderRule[] = [];
  /** Whether one of them must see the request, be it for a response. */
  needsRequest: bool = false;

  onConfigure(config: Config): bool {
    this.rules = readRules(config);
    if (!config.ok()) return false;
    for (let i = 0; i < this.rules.length; i++) {
      const rule = this.rules[i];
      if (rule.needsRequest) this.needsRequest = true;
      log.info("header_name: " + rule.name + ", header_value: " + rule.value.source);
    }
    return true;
  }

  createHttpContext(): HttpContext {
    return new CustomHeadersStream(this);
  }
}

class CustomHeadersStream extends HttpContext {
  /**
   * For each rule what it took from the request, null where that does not fit. The request's headers are gone when the
   * response comes.
   */
  private seen: StaticArray<string[] | null> = [];

  constructor(private plugin: CustomHeaders) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    if (this.plugin.needsRequest) this.look();
    this.apply(Side.Request);
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.apply(Side.Response);
    return HeadersAction.Continue;
  }

  private look(): void {
    const rules = this.plugin.rules;
    const seen = new StaticArray<string[] | null>(rules.length);
    for (let i = 0; i < rules.length; i++) {
      if (rules[i].needsRequest) seen[i] = rules[i].look(this.request.headers);
    }
    this.seen = seen;
  }

  private apply(side: Side): void {
    const rules = this.plugin.rules;
    const headers = side == Side.Request ? this.request.headers : this.response.headers;
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i];
      if (rule.side != side) continue;
      // A local reply can come before the plugin has seen the request.
      const seen = i < this.seen.length ? this.seen[i] : null;
      if (seen === null && rule.needsRequest) continue;
      if (side == Side.Request || rule.fitsStatus(headers)) rule.apply(headers, seen);
    }
  }
}

register("custom-headers", () => new CustomHeaders());
