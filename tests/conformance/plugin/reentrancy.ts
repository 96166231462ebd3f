import {
  BodyAction,
  CallFailure,
  Config,
  GrpcCallHandler,
  GrpcStatus,
  GrpcStreamHandler,
  GrpcTarget,
  Body,
  HeadersAction,
  HttpCall,
  HttpCallHandler,
  HttpCallResponse,
  HttpContext,
  RootContext,
  SharedQueue,
  TrailersAction,
  lastGrpcFailure,
  log,
} from "as-proxy-wasm";
import { OrderedStream, utf8 } from "./orders";

/** Acts on streams where the host is in the middle of something. */
export class Reentrancy extends RootContext {
  private queue: SharedQueue | null = null;
  private waiting: ReentrantStream[] = [];
  private queued: ReentrantStream[] = [];

  onConfigure(config: Config): bool {
    this.setTickPeriod(20);
    this.queue = SharedQueue.register("reentrancy");
    return true;
  }

  waitForTick(stream: ReentrantStream): void {
    this.waiting.push(stream);
  }

  /** Has the host notify this root, which happens when the callback that runs is over. */
  notify(stream: ReentrantStream): void {
    this.queued.push(stream);
    const queue = this.queue;
    if (queue !== null) queue.enqueue(utf8("entry"));
  }

  onTick(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (let i = 0; i < waiting.length; i++) waiting[i].replyIn("tick");
  }

  onQueueReady(queueId: u32): void {
    const queue = this.queue;
    if (queue === null) return;
    while (queue.dequeue() !== null) {
      const stream = this.queued.shift();
      stream.request.headers.set("x-queue", "heard");
      if (!stream.replyIn("queue")) stream.request.resume();
    }
  }

  createHttpContext(): HttpContext {
    return new ReentrantStream(this);
  }
}

class AtOnce extends HttpCallHandler {
  constructor(private readonly stream: ReentrantStream) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    this.stream.heard("outcome " + response.outcome.toString());
  }
}

class CallAtOnce extends GrpcCallHandler {
  constructor(private readonly stream: ReentrantStream) {
    super();
  }

  onResponse(message: Body): void {
    this.stream.heard("a message");
  }

  onFailure(status: GrpcStatus, message: string): void {
    this.stream.heard("status " + status.toString());
  }
}

class StreamAtOnce extends GrpcStreamHandler {
  constructor(private readonly stream: ReentrantStream) {
    super();
  }

  onClose(status: GrpcStatus, message: string): void {
    this.stream.heard("close " + status.toString());
  }
}

class ReentrantStream extends OrderedStream {
  private what: string = "";
  private where: string = "";
  private then: string = "";
  private tag: string = "";
  private times: i32 = 0;

  constructor(private readonly root: Reentrancy) {
    super();
  }

  /** Answers if this is where it was asked to. */
  replyIn(callback: string): bool {
    if (this.where != callback) return false;
    const sent = this.sendLocalReply(403, "from " + callback, [["x-from", callback]]);
    log.info("reply in " + callback + " sent=" + sent.toString());
    return true;
  }

  /** The host answered a call. */
  heard(what: string): void {
    this.times += 1;
    this.sendLocalReply(200, what + " times=" + this.times.toString());
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.what = this.order("x-do");
    this.where = this.order("x-reply-in");
    this.then = this.order("x-then");
    this.tag = this.order("x-tag");
    if (this.where == "tick") {
      this.root.waitForTick(this);
      return HeadersAction.Pause;
    }
    if (this.what == "queue" || this.where == "queue") {
      this.root.notify(this);
      return HeadersAction.Pause;
    }
    if (this.what == "at-once") return this.askAtOnce();
    if (this.what == "grow-request") this.request.headers.remove("content-length");
    this.replyIn("request headers");
    return HeadersAction.Continue;
  }

  private askAtOnce(): HeadersAction {
    const kind = this.order("x-kind");
    const cluster = this.order("x-cluster");
    const target: GrpcTarget = {
      cluster,
      service: "conformance.Echo",
      method: "Unary",
    };
    let failure = "";
    if (kind == "unary") {
      if (this.dispatchGrpcCall(target, utf8("x"), 1000, new CallAtOnce(this)) === null)
        failure = lastGrpcFailure().toString();
    } else if (kind == "stream") {
      const stream = this.openGrpcStream(target, new StreamAtOnce(this));
      if (stream === null) failure = lastGrpcFailure().toString();
      else if (stream.isOpen) stream.send(utf8("x"), true);
    } else {
      const call: HttpCall = {
        headers: [
          [":method", "GET"],
          [":path", "/"],
          [":authority", "service.test"],
        ],
        timeoutMs: 1000,
      };
      const answer = this.dispatchHttpCall(cluster, call, new AtOnce(this));
      if (answer != CallFailure.None) failure = answer.toString();
    }
    if (failure.length == 0) return HeadersAction.Pause;
    this.sendLocalReply(200, "not made: " + failure + " times=" + this.times.toString());
    return HeadersAction.Continue;
  }

  onRequestBody(size: u32, endOfStream: bool): BodyAction {
    if (this.what == "grow-request" && size != 0) this.grow(this.request.body);
    if (this.what == "reset-in-body" && endOfStream) {
      this.reset();
      this.request.body.set("after the reset");
    }
    this.replyIn("request body");
    return BodyAction.Continue;
  }

  onRequestTrailers(): TrailersAction {
    this.replyIn("request trailers");
    return TrailersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    if (this.what == "grow-response") this.response.headers.remove("content-length");
    this.replyIn("response headers");
    return HeadersAction.Continue;
  }

  onResponseBody(size: u32, endOfStream: bool): BodyAction {
    if (this.what == "grow-response") {
      if (!endOfStream) return BodyAction.Pause;
      this.grow(this.response.body);
    }
    this.replyIn("response body");
    return BodyAction.Continue;
  }

  /** Makes a body larger than the host holds, then acts on the stream, which may have ended within the call. */
  private grow(body: Body): void {
    body.setBytes(new Uint8Array(200000));
    log.info("grown " + this.tag);
    if (this.then == "append") body.append("more");
    if (this.then == "reset") this.reset();
    if (this.then == "reply") {
      log.info("reply after growing sent=" + this.sendLocalReply(418, "after growing").toString());
    }
  }

  onResponseTrailers(): TrailersAction {
    this.replyIn("response trailers");
    return TrailersAction.Continue;
  }

  onLog(): void {
    this.replyIn("log");
    if (this.what == "grow-response") {
      this.response.body.set("from the log");
      this.reset();
      log.info("logged " + this.tag);
    }
  }

  onDone(): void {
    this.replyIn("done");
    if (this.what == "grow-response") this.response.body.set("from done");
  }

  onDelete(): void {
    this.replyIn("delete");
    log.info("deleted " + this.tag);
  }
}
