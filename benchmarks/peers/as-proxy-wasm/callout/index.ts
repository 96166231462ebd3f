import {
  CallFailure,
  HeadersAction,
  HttpCallHandler,
  HttpCallResponse,
  HttpContext,
  RootContext,
  register,
} from "as-proxy-wasm";

class Ask extends RootContext {
  createHttpContext(): HttpContext {
    return new AskStream();
  }
}

class AskStream extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    const failure = this.dispatchHttpCall(
      "service",
      {
        headers: [
          [":method", "GET"],
          [":path", "/check"],
          [":authority", "service"],
        ],
        timeoutMs: 1000,
      },
      new Answer(this),
    );
    if (failure == CallFailure.None) return HeadersAction.Pause;
    this.request.headers.set("x-call", "failed");
    return HeadersAction.Continue;
  }
}

class Answer extends HttpCallHandler {
  constructor(private stream: AskStream) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    const status = response.headers.get(":status");
    const request = this.stream.request;
    request.headers.set("x-call", status !== null ? status : "failed");
    request.resume();
  }
}

register("bench", () => new Ask());
