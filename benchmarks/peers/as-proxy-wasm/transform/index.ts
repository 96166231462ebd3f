import {
  ByteBuffer,
  HeadersAction,
  HttpContext,
  RootContext,
  Slice,
  beginsWith,
  register,
  slice,
  sliceOf,
  utf8Slice,
} from "as-proxy-wasm";

class Transform extends RootContext {
  private text: ByteBuffer = new ByteBuffer(256);

  createHttpContext(): HttpContext {
    return new TransformStream(this);
  }

  /** Both, one after the other: good until the next are joined. */
  join(first: string, rest: Slice): Slice {
    const text = this.text;
    text.clear();
    text.append(utf8Slice(first));
    text.append(rest);
    return text.view();
  }
}

class TransformStream extends HttpContext {
  private path: Uint8Array | null = null;

  constructor(private plugin: Transform) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    const field = headers.cursor();
    while (field.next()) {
      if (field.startsWith("x-internal-")) headers.removeSlice(field.nameSlice);
      else if (field.is("x-tenant"))
        headers.setSlice("x-forwarded-tenant", this.plugin.join("t-", field.valueSlice));
      else if (field.is(":path")) this.path = field.valueBytes;
    }
    const path = this.path;
    if (path !== null && beginsWith(sliceOf(path), utf8Slice("/v1/"))) {
      const rest = slice(path.dataStart + 4, path.length - 4);
      headers.setSlice(":path", this.plugin.join("/api/", rest));
    }
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const path = this.path;
    this.response.headers.setSlice("x-path", path !== null ? sliceOf(path) : utf8Slice(""));
    return HeadersAction.Continue;
  }
}

register("bench", () => new Transform());
