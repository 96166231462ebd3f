import { HeadersAction, HttpContext, RootContext, register, sharedData } from "as-proxy-wasm";

class Count extends RootContext {
  createHttpContext(): HttpContext {
    return new CountStream();
  }
}

class CountStream extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    const count = sharedData.add("bench.requests", 1);
    this.request.headers.set("x-count", count.toString());
    return HeadersAction.Continue;
  }
}

register("bench", () => new Count());
