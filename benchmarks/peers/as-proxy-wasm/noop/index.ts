import { HeadersAction, HttpContext, RootContext, register } from "as-proxy-wasm";

class Noop extends RootContext {
  createHttpContext(): HttpContext {
    return new NoopStream();
  }
}

class NoopStream extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }
}

register("bench", () => new Noop());
