import { Config, HeadersAction, HttpContext, RootContext, log, register } from "as-proxy-wasm";
import { HeaderRule, Side, readRules } from "./rules";

/** Adds, changes and removes header fields of requests and responses, as the configuration says. */
class CustomHeaders extends RootContext {
  rules: HeaderRule[] = [];
  hasPaths: bool = false;

  onConfigure(config: Config): bool {
    this.rules = readRules(config);
    for (let i = 0; i < this.rules.length; i++) {
      const rule = this.rules[i];
      if (rule.hasPath) this.hasPaths = true;
      log.info("header_name: " + rule.name + ", header_value: " + rule.value.source);
    }
    return config.ok();
  }

  createHttpContext(): HttpContext {
    return new CustomHeadersStream(this);
  }
}

class CustomHeadersStream extends HttpContext {
  /** For each rule whether the path fits, judged by the request as it came; empty where no rule looks at it. */
  private fitting: StaticArray<bool> = [];

  constructor(private plugin: CustomHeaders) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    if (this.plugin.hasPaths) this.judgePath();
    this.apply(Side.Request);
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.apply(Side.Response);
    return HeadersAction.Continue;
  }

  private judgePath(): void {
    const rules = this.plugin.rules;
    this.fitting = new StaticArray<bool>(rules.length);
    for (let i = 0; i < rules.length; i++) {
      this.fitting[i] = rules[i].fitsPath(this.request.headers);
    }
  }

  private apply(side: Side): void {
    const rules = this.plugin.rules;
    const headers = side == Side.Request ? this.request.headers : this.response.headers;
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i];
      if (rule.side != side || (rule.hasPath && !this.fits(i))) continue;
      if (side == Side.Response && !rule.fitsStatus(headers)) continue;
      rule.apply(headers);
    }
  }

  /** A stream whose request headers were never seen fits no path. */
  private fits(rule: i32): bool {
    return rule < this.fitting.length && this.fitting[rule];
  }
}

register("custom-headers", () => new CustomHeaders());
