import { BodyAction, Config, HeadersAction, HttpContext, RootContext, log, register } from "as-proxy-wasm";
import { Rewrites, isText } from "./rewrites";

/** Replaces texts in the bodies of responses. */
class BodyRewrite extends RootContext {
  rewrites: Rewrites = new Rewrites();
  limit: u32 = 0;

  onConfigure(config: Config): bool {
    const rewrites = new Rewrites();
    const pairs = config.pairs("replace");
    for (let i = 0; i < pairs.length; i++) {
      if (!rewrites.add(pairs[i][0], pairs[i][1])) {
        config.problem("replace", "must not have an empty text to look for");
      }
    }
    this.rewrites = rewrites;
    this.limit = <u32>config.integer("max_body_bytes", 262144, 1, 16777216);
    return config.ok();
  }

  createHttpContext(): HttpContext {
    return new BodyRewriteStream(this);
  }
}

class BodyRewriteStream extends HttpContext {
  private rewrites: bool = false;

  constructor(private plugin: BodyRewrite) {
    super();
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const headers = this.response.headers;
    const type = headers.get("content-type");
    this.rewrites = !endOfStream && type !== null && isText(type) && !headers.has("content-encoding");
    // The headers go on before the body is known, and its length will be another one.
    if (this.rewrites) headers.remove("content-length");
    return HeadersAction.Continue;
  }

  /** While it answers `Pause`, the host keeps the body, and `size` grows. */
  onResponseBody(size: u32, endOfStream: bool): BodyAction {
    if (!this.rewrites) return BodyAction.Continue;
    if (size > this.plugin.limit) {
      log.warn("a body is longer than max_body_bytes: it goes on as it is");
      this.rewrites = false;
      return BodyAction.Continue;
    }
    if (!endOfStream) return BodyAction.Pause;
    const body = this.response.body;
    const before = body.text();
    const after = this.plugin.rewrites.apply(before);
    if (after != before) body.set(after);
    return BodyAction.Continue;
  }
}

register("body-rewrite", () => new BodyRewrite());
