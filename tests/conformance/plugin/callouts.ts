import {
  BodyAction,
  CallFailure,
  HeadersAction,
  HttpCall,
  HttpCallHandler,
  HttpCallResponse,
  HttpContext,
  RootContext,
  TimerHandler,
  log,
} from "as-proxy-wasm";
import { OrderedStream } from "./orders";

/** Asks services over HTTP. */
export class Callouts extends RootContext {
  private waiting: CalloutStream[] = [];

  onVmStart(configuration: string): bool {
    this.every(20, new AskForAll(this));
    return true;
  }

  createHttpContext(): HttpContext {
    return new CalloutStream(this);
  }

  wait(stream: CalloutStream): void {
    this.waiting.push(stream);
  }

  /** Asks once on behalf of the root, for each stream that waits. */
  askForAll(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (let i = 0; i < waiting.length; i++) {
      const failure = this.dispatchHttpCall("service", callTo("/from-tick"), new TellStream(waiting[i]));
      if (failure != CallFailure.None) log.error("the root's call was not made: " + failure.toString());
    }
  }
}

class AskForAll extends TimerHandler {
  constructor(private readonly root: Callouts) {
    super();
  }

  onTimer(): void {
    this.root.askForAll();
  }
}

/** The root's call: the stream that it is told of is not the effective context. */
class TellStream extends HttpCallHandler {
  constructor(private readonly stream: CalloutStream) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    this.stream.request.headers.set("x-from-tick", response.body.text());
    this.stream.request.resume();
  }
}

function callTo(path: string): HttpCall {
  return {
    headers: [
      [":method", "GET"],
      [":path", path],
      [":authority", "service.test"],
    ],
    timeoutMs: 5000,
  };
}

function describe(response: HttpCallResponse): string {
  const field = response.headers.get("x-service");
  const trailer = response.trailers.get("x-trailer");
  return (
    "outcome=" +
    response.outcome.toString() +
    " status=" +
    response.status.toString() +
    " ok=" +
    response.ok.toString() +
    " header=" +
    (field === null ? "-" : field) +
    " trailer=" +
    (trailer === null ? "-" : trailer) +
    " fields=" +
    response.headers.entries().length.toString() +
    " size=" +
    response.body.size.toString() +
    " sum=" +
    sumOf(response.body.bytes()).toString()
  );
}

function sumOf(bytes: Uint8Array): u32 {
  let sum: u32 = 0;
  for (let i = 0; i < bytes.length; i++) sum = sum * 31 + unchecked(bytes[i]);
  return sum;
}

/** Answers the stream with what came. */
class ReplyWithIt extends HttpCallHandler {
  constructor(private readonly stream: CalloutStream) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    log.info("answered " + this.stream.path);
    this.stream.sendLocalReply(200, describe(response));
  }
}

/** One of several calls of a stream, each of which must get its own answer. */
class OneOfMany extends HttpCallHandler {
  constructor(
    private readonly stream: CalloutStream,
    private readonly path: string,
  ) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    this.stream.arrived(this.path, response.body.text());
  }
}

/** Asks again with what was answered, three times. */
class Chained extends HttpCallHandler {
  constructor(
    private readonly stream: CalloutStream,
    private readonly before: string,
    private readonly left: i32,
  ) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    const soFar = this.before + ">" + response.body.text();
    if (this.left == 0) {
      this.stream.request.headers.set("x-chain", soFar);
      this.stream.request.resume();
      return;
    }
    this.stream.dispatchHttpCall(
      "service",
      callTo("/chain/" + this.left.toString()),
      new Chained(this.stream, soFar, this.left - 1),
    );
  }
}

class ResumeResponse extends HttpCallHandler {
  constructor(private readonly stream: CalloutStream) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    this.stream.response.headers.set("x-asked", response.body.text());
    this.stream.response.resume();
  }
}

class ResumeBody extends HttpCallHandler {
  constructor(private readonly stream: CalloutStream) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    this.stream.request.resume();
  }
}

class CalloutStream extends OrderedStream {
  path: string = "";
  private what: string = "";
  private missing: i32 = 0;
  private mistaken: i32 = 0;
  private order_: string = "";

  constructor(private readonly root: Callouts) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.what = this.order("x-do");
    this.path = this.order(":path");
    if (this.what == "call" || this.what == "own") return this.call();
    if (this.what == "many") return this.callMany();
    if (this.what == "from-tick") {
      this.root.wait(this);
      return HeadersAction.Pause;
    }
    if (this.what == "chain") {
      this.dispatchHttpCall("service", callTo("/chain/start"), new Chained(this, "", 2));
      return HeadersAction.Pause;
    }
    return HeadersAction.Continue;
  }

  private call(): HeadersAction {
    const headers: string[][] = [
      [":method", this.order("x-method")],
      [":path", this.order("x-path")],
      [":authority", "service.test"],
      ["x-caller", this.path],
    ];
    const missing = this.order("x-missing");
    if (missing.length != 0) {
      for (let i = 0; i < headers.length; i++) {
        if (headers[i][0] == missing) headers.splice(i, 1);
      }
    }
    const size = this.orderedNumber("x-size");
    const body = new Uint8Array(size);
    for (let i: u32 = 0; i < size; i++) body[i] = <u8>i;
    const call: HttpCall = {
      headers,
      body: size == 0 ? this.order("x-body") : "",
      bodyBytes: size == 0 ? null : body,
      trailers: this.order("x-trailers") == "yes" ? [["x-call-trailer", "sent"]] : [],
      timeoutMs: this.orderedNumber("x-timeout"),
    };
    const handler: HttpCallHandler | null = this.what == "own" ? null : new ReplyWithIt(this);
    const failure = this.dispatchHttpCall(this.order("x-cluster"), call, handler);
    if (failure == CallFailure.None) return HeadersAction.Pause;
    this.sendLocalReply(500, "not made: " + failure.toString());
    return HeadersAction.Continue;
  }

  private callMany(): HeadersAction {
    const count = <i32>this.orderedNumber("x-count");
    for (let i = 0; i < count; i++) {
      // The first is answered last.
      const path = "/many/" + i.toString() + "/" + ((count - i) * 15).toString();
      if (this.dispatchHttpCall("service", callTo(path), new OneOfMany(this, path)) == CallFailure.None)
        this.missing += 1;
    }
    return HeadersAction.Pause;
  }

  arrived(path: string, body: string): void {
    if (body != path) this.mistaken += 1;
    this.order_ += path.split("/")[2] + " ";
    this.missing -= 1;
    if (this.missing == 0)
      this.sendLocalReply(200, "mistaken=" + this.mistaken.toString() + " order=" + this.order_.trimEnd());
  }

  onHttpCallResponse(response: HttpCallResponse): void {
    this.sendLocalReply(200, "own " + describe(response));
  }

  onRequestBody(size: u32, endOfStream: bool): BodyAction {
    if (this.what != "in-body") return BodyAction.Continue;
    if (endOfStream) this.dispatchHttpCall("service", callTo("/in-body"), new ResumeBody(this));
    return BodyAction.Pause;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    if (this.what != "in-response") return HeadersAction.Continue;
    this.dispatchHttpCall("service", callTo("/in-response"), new ResumeResponse(this));
    return HeadersAction.Pause;
  }
}
