import { HeadersAction, HttpContext, NO_HEADER, RootContext, register, utf8Slice } from "as-proxy-wasm";

class Fields extends RootContext {
  createHttpContext(): HttpContext {
    return new FieldsStream();
  }
}

class FieldsStream extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    const value = headers.view("x-bench");
    headers.setSlice("x-seen", value != NO_HEADER ? value : utf8Slice("none"));
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
