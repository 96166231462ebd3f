import {
  BodyAction,
  ByteBuffer,
  ByteReplacer,
  HeadersAction,
  HttpContext,
  RootContext,
  register,
  utf8Slice,
} from "as-proxy-wasm";

class Rewrite extends RootContext {
  replacer: ByteReplacer = new ByteReplacer(utf8Slice("internal.example"), utf8Slice("public.example.com"));
  /** For one body after the other: it keeps its memory. */
  changed: ByteBuffer = new ByteBuffer(0);

  createHttpContext(): HttpContext {
    return new RewriteStream(this);
  }
}

class RewriteStream extends HttpContext {
  constructor(private plugin: Rewrite) {
    super();
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.remove("content-length");
    return HeadersAction.Continue;
  }

  onResponseBody(size: u32, endOfStream: bool): BodyAction {
    if (!endOfStream) return BodyAction.Pause;
    const body = this.response.body;
    const changed = this.plugin.changed;
    changed.clear();
    if (this.plugin.replacer.replaceAll(body.view(), changed) > 0) body.setSlice(changed.view());
    return BodyAction.Continue;
  }
}

register("bench", () => new Rewrite());
