import {
  BodyAction,
  Config,
  HeadersAction,
  HttpContext,
  LogLevel,
  RootContext,
  TrailersAction,
  hostTime,
  log,
  monotonicNow,
  now,
} from "as-proxy-wasm";
import { OrderedStream, ResumeLater } from "./orders";

/** Reads and changes every part of requests and responses. */
export class Messages extends RootContext {
  onVmStart(configuration: string): bool {
    log.info("vm starts with <" + configuration + ">");
    return true;
  }

  onConfigure(config: Config): bool {
    log.info("configured for " + config.string("who", "nobody"));
    return true;
  }

  onValidateConfiguration(config: Config): bool {
    log.info("judges a configuration");
    return true;
  }

  /** Envoy hands its figures to the plugin that its `stats_sinks` name. */
  onStatsUpdate(size: u32): void {
    log.info("figures of " + size.toString() + " bytes");
  }

  onForeignFunction(functionId: u32, args: Uint8Array): void {
    log.info("foreign function " + functionId.toString());
  }

  onLog(): void {
    log.info("root logged");
  }

  onDelete(): void {
    log.info("root deleted");
  }

  createHttpContext(): HttpContext {
    return new MessageStream(this);
  }
}

class MessageStream extends OrderedStream {
  private what: string = "";

  constructor(private readonly root: Messages) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.what = this.order("x-do");
    if (this.what == "headers") this.changeRequestHeaders();
    if (this.what == "body") this.request.headers.remove("content-length");
    if (this.what == "levels") this.logAtEachLevel();
    if (this.what == "times") this.tellTimes();
    if (this.what == "environment") this.tellEnvironment();
    if (this.what == "reset") this.reset();
    if (this.what == "reply") this.sendLocalReply(418, "short", [["x-why", "asked"]], "because it was asked");
    if (this.what == "wait") {
      this.root.after(100, new ResumeLater(this));
      return HeadersAction.Pause;
    }
    return HeadersAction.Continue;
  }

  private changeRequestHeaders(): void {
    const headers = this.request.headers;
    const size = headers.byteSize;
    const secret = headers.get("x-secret");
    const fields = headers.entries();
    const kept: string[][] = [];
    for (let i = 0; i < fields.length; i++) {
      if (!fields[i][0].startsWith("x-drop")) kept.push(fields[i]);
    }
    headers.replaceAll(kept);
    headers.add("x-twice", "a");
    headers.add("x-twice", "b");
    headers.set("x-set", "new");
    headers.remove("x-secret");
    headers.set("x-size", size.toString());
    headers.set("x-told", secret === null ? "(null)" : secret);
  }

  private logAtEachLevel(): void {
    log.trace("at trace");
    log.debug("at debug");
    log.info("at info");
    log.warn("at warn");
    log.error("at error");
    console.log("at console.log");
    this.request.headers.set("x-debug-is-on", log.has(LogLevel.Debug).toString());
  }

  private tellTimes(): void {
    const before = monotonicNow();
    this.request.headers.set("x-now", now().toString());
    this.request.headers.set("x-host-time", hostTime().toString());
    this.request.headers.set("x-date", Date.now().toString());
    this.request.headers.set("x-monotonic", (monotonicNow() >= before).toString());
  }

  private tellEnvironment(): void {
    const value = process.env.has("CONFORMANCE") ? process.env.get("CONFORMANCE") : "(null)";
    this.request.headers.set("x-environment", value);
    this.request.headers.set("x-random", Math.random().toString());
  }

  onRequestBody(size: u32, endOfStream: bool): BodyAction {
    if (this.what == "trailers" && endOfStream) this.request.trailers.add("x-added", "in the body");
    if (this.what != "body") return BodyAction.Continue;
    if (!endOfStream) return BodyAction.Pause;
    const body = this.request.body;
    body.set("<" + body.size.toString() + "," + size.toString() + ":" + body.text(0, 5).toUpperCase() + ">");
    body.append("behind");
    body.prepend("before");
    return BodyAction.Continue;
  }

  onRequestTrailers(): TrailersAction {
    if (this.what == "trailers") {
      const trailers = this.request.trailers;
      const seen = trailers.get("x-trailer");
      trailers.set("x-seen", seen === null ? "(null)" : seen);
      trailers.add("x-count", trailers.entries().length.toString());
      trailers.remove("x-trailer");
    }
    return TrailersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    if (this.what == "headers") {
      const upstream = this.response.headers.get("x-upstream");
      this.response.headers.replaceAll([
        [":status", "201"],
        ["x-only", upstream === null ? "(null)" : upstream],
      ]);
    }
    if (this.what == "body") this.response.headers.remove("content-length");
    return HeadersAction.Continue;
  }

  onResponseBody(size: u32, endOfStream: bool): BodyAction {
    if (this.what != "body") return BodyAction.Continue;
    if (!endOfStream) return BodyAction.Pause;
    const body = this.response.body;
    const text = body.text();
    body.drain(4);
    body.append("<" + text + "," + size.toString() + ">");
    return BodyAction.Continue;
  }

  onResponseTrailers(): TrailersAction {
    if (this.what == "trailers") {
      const seen = this.response.trailers.get("x-trailer");
      this.response.trailers.set("x-seen", seen === null ? "(null)" : seen);
      this.response.trailers.remove("x-trailer");
    }
    return TrailersAction.Continue;
  }

  onRequestMetadata(elements: u32): void {
    log.info("request metadata " + elements.toString());
  }

  onResponseMetadata(elements: u32): void {
    log.info("response metadata " + elements.toString());
  }

  onLog(): void {
    const status = this.response.headers.get(":status");
    log.info("logged " + this.what + " " + (status === null ? "(null)" : status));
  }

  onDone(): void {
    log.info("done " + this.what);
  }

  onDelete(): void {
    log.info("deleted " + this.what);
  }
}
