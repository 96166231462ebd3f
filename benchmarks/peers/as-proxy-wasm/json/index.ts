import {
  BodyAction,
  HeadersAction,
  HttpContext,
  JsonType,
  RootContext,
  parseJson,
  register,
} from "as-proxy-wasm";

class UserName extends RootContext {
  createHttpContext(): HttpContext {
    return new UserNameStream();
  }
}

class UserNameStream extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    if (!endOfStream) return HeadersAction.Pause;
    this.request.headers.set("x-user-name", "invalid");
    return HeadersAction.Continue;
  }

  onRequestBody(size: u32, endOfStream: bool): BodyAction {
    if (!endOfStream) return BodyAction.Pause;
    const document = parseJson(this.request.body.view());
    const name = document.member(document.member(document.root, "user"), "name");
    const isText = document.type(name) == JsonType.String;
    this.request.headers.set("x-user-name", isText ? document.asString(name) : "invalid");
    return BodyAction.Continue;
  }
}

register("bench", () => new UserName());
