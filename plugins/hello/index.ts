import { HeadersAction, HttpContext, RootContext, register } from "as-proxy-wasm";
class Hello extends RootContext {
  createHttpContext(): HttpContext {
    return new HelloStream();
  }
}
class HelloStream extends HttpContext {
  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.set("hello", "world");
    return HeadersAction.Continue;
  }
}
register("hello", () => new Hello());
