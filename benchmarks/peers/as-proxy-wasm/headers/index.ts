import { HeadersAction, HttpContext, RootContext, register } from "as-proxy-wasm";

class Fields extends RootContext {
  createHttpContext(): HttpContext {
    return new FieldsStream();
  }
}

class FieldsStream extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    const value = headers.get("x-bench");
    headers.set("x-seen", value !== null ? value : "none");
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const headers = this.response.headers;
    headers.set("hello", "world");
    headers.remove("x-powered-by");
    return HeadersAction.Continue;
  }
}

register("bench", () => new Fields());
