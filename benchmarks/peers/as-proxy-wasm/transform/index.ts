import { HeadersAction, HttpContext, RootContext, register } from "as-proxy-wasm";

class Transform extends RootContext {
  createHttpContext(): HttpContext {
    return new TransformStream();
  }
}

class TransformStream extends HttpContext {
  private path: string = "";

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    const field = headers.cursor();
    while (field.next()) {
      if (field.startsWith("x-internal-")) headers.remove(field.name);
      else if (field.is("x-tenant")) headers.set("x-forwarded-tenant", "t-" + field.value);
      else if (field.is(":path")) this.path = field.value;
    }
    if (this.path.startsWith("/v1/")) headers.set(":path", "/api/" + this.path.substring(4));
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.set("x-path", this.path);
    return HeadersAction.Continue;
  }
}

register("bench", () => new Transform());
