import { type BodyBuffer } from "./body-buffer.js";
import { BufferType, DataStatus, HeaderMapType, HeadersStatus, Status, StreamType } from "./enums.js";
import { HeaderMap, type HeaderList } from "./header-map.js";
import { HostContext, type LocalReply, type Readable } from "./host-context.js";
import { HttpSide, type Waiting } from "./http-side.js";
import type { PropertyTree } from "./property-values.js";
import type { RootHost } from "./root-host.js";
import { concat, noBytes, toBytes, type TextOrBytes } from "./text.js";
import type { Vm } from "./vm.js";

/** What a message looked like after a step, and what came of the step. */
export interface StepResult {
  /** What the module answered; 0 when it has no such callback. */
  action: number;
  /** The headers as they now are. */
  headers: [name: string, value: string][];
  /** The part of the body that went on in this step. */
  body: Uint8Array;
  /** The trailers as they now are, once they have come. */
  trailers: [name: string, value: string][];
  /** Whether the message waits for the plugin. */
  paused: boolean;
  /** What the host answers in the place of the upstream, after the filter's own response callbacks. */
  localReply?: LocalReply;
  /** The stream was broken off. */
  reset?: true;
  /** The module trapped. */
  trap?: Error;
}

/** What has gone on since it was last asked for. */
export interface Released {
  /** The headers, in the step in which they went on. */
  headers?: HeaderMap;
  body: Uint8Array;
  /** The trailers, when they went on. */
  trailers?: HeaderMap;
  /** Whether nothing follows. */
  end: boolean;
}

/** What a proxy hears of a stream while it takes no step, and in the middle of one. */
export interface StreamListener {
  /** Something went on, or the stream was broken off: after a service's answer, or a tick. */
  onProgress(): void;
  /** The plugin answers in the place of the upstream; whoever listens plays that as a response, also to this stream. */
  onLocalReply(reply: LocalReply): void;
}

/** One HTTP stream of a host: the caller plays client and upstream, step by step. */
export class HttpStream extends HostContext {
  private readonly request = new HttpSide();
  private readonly response = new HttpSide();
  /** Who hears of what happens between steps, and plays local replies; without one the stream plays them by itself. */
  listener: StreamListener | undefined;
  private reply: LocalReply | undefined;
  private broken = false;
  private closed = false;

  constructor(
    vm: Vm,
    properties: PropertyTree,
    private readonly rootContext: RootHost,
    private readonly bufferLimit: number,
    private readonly stopIteration: boolean,
    /** What takes the place of the filter when its VM is dead; undefined lets messages pass. */
    private readonly failClosed: boolean,
  ) {
    super(vm, properties);
    vm.call(this, "proxy_on_context_create", this.id, rootContext.id);
  }

  override get root(): RootHost {
    return this.rootContext;
  }

  requestHeaders(headers: HeaderList, end = false): StepResult {
    return this.headersStep(this.request, "request", headers, end);
  }

  requestBody(bytes: TextOrBytes, end = false): StepResult {
    return this.bodyStep(this.request, "request", toBytes(bytes), end);
  }

  requestTrailers(trailers: HeaderList): StepResult {
    return this.trailersStep(this.request, "request", new HeaderMap(trailers));
  }

  responseHeaders(headers: HeaderList, end = false): StepResult {
    return this.headersStep(this.response, "response", headers, end);
  }

  responseBody(bytes: TextOrBytes, end = false): StepResult {
    return this.bodyStep(this.response, "response", toBytes(bytes), end);
  }

  responseTrailers(trailers: HeaderList): StepResult {
    return this.trailersStep(this.response, "response", new HeaderMap(trailers));
  }

  /** How the request stands: after an answer, say, that has let it go on. */
  get requestState(): StepResult {
    return this.result(this.request, 0);
  }

  /** How the response stands. */
  get responseState(): StepResult {
    return this.result(this.response, 0);
  }

  /** What has gone on in a direction since the last step began, or since this was called; each thing once. */
  take(direction: "request" | "response"): Released {
    const side = direction === "request" ? this.request : this.response;
    const { headers, body, end } = side.released;
    side.beginCall();
    const trailers = end && side.trailers !== undefined && side.trailers.length > 0;
    return {
      ...(headers && { headers: side.headers }),
      body: concat(body),
      ...(trailers && { trailers: side.trailers! }),
      end,
    };
  }

  /** Waits until no answer is under way any more. */
  settled(): Promise<void> {
    return this.rootContext.settled();
  }

  /** The stream is over: log, done, delete, in Envoy's order. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.request.visible = "headers";
    this.response.visible = "headers";
    this.vm.call(this, "proxy_on_log", this.id);
    this.request.visible = undefined;
    this.response.visible = undefined;
    this.vm.call(this, "proxy_on_done", this.id);
    this.delete();
  }

  override headerMap(type: HeaderMapType): HeaderMap | undefined {
    if (type === HeaderMapType.HttpRequestHeaders)
      return this.reachable(this.request) ? this.request.headers : undefined;
    if (type === HeaderMapType.HttpResponseHeaders) {
      return this.reachable(this.response) ? this.response.headers : undefined;
    }
    if (type === HeaderMapType.HttpRequestTrailers) return trailersOf(this.request);
    if (type === HeaderMapType.HttpResponseTrailers) return trailersOf(this.response);
    return this.rootContext.headerMap(type);
  }

  override buffer(type: BufferType): Readable | undefined {
    if (type === BufferType.HttpRequestBody) return this.bodyOf(this.request);
    if (type === BufferType.HttpResponseBody) return this.bodyOf(this.response);
    return this.rootContext.buffer(type);
  }

  override bufferChanged(type: BufferType): void {
    if (type === BufferType.HttpRequestBody) {
      if (this.overflows(this.request)) this.vm.afterCall(() => this.tooLarge());
    } else if (this.overflows(this.response)) {
      this.cutOff();
    }
  }

  override property(path: string): Uint8Array | undefined {
    return super.property(path) ?? this.ownProperty(path) ?? this.rootContext.property(path);
  }

  override setProperty(path: string, value: Uint8Array): Status {
    this.properties.set(path, value);
    this.properties.set(`filter_state.wasm.${path}`, value);
    return Status.Ok;
  }

  override continueStream(stream: StreamType): Status {
    if (stream > StreamType.HttpResponse) return Status.BadArgument;
    const [side, name] =
      stream === StreamType.HttpRequest
        ? ([this.request, "request"] as const)
        : ([this.response, "response"] as const);
    this.vm.afterCall(() => this.proceed(side, name));
    return Status.Ok;
  }

  override closeStream(stream: StreamType): Status {
    if (stream > StreamType.HttpResponse) return Status.BadArgument;
    this.vm.afterCall(() => this.breakOff());
    return Status.Ok;
  }

  override sendLocalReply(reply: LocalReply): void {
    this.vm.stopNextIteration();
    this.vm.afterCall(() => this.answer(reply, this.response.visible === undefined));
  }

  private headersStep(side: HttpSide, name: Name, headers: HeaderList, end: boolean): StepResult {
    side.beginCall();
    side.headers = new HeaderMap(headers);
    side.started = true;
    side.ended = end;
    return this.result(side, this.askHeaders(side, name, end));
  }

  private askHeaders(side: HttpSide, name: Name, end: boolean): number {
    if (this.isDead()) return this.pass(side, end);
    side.visible = "headers";
    const { value, stopped } = this.vm.call(
      this,
      `proxy_on_${name}_headers`,
      this.id,
      side.headers.length,
      end ? 1 : 0,
    );
    side.visible = undefined;
    if (this.vm.failure !== null) return this.pass(side, end);
    const status = this.headersStatus(value ?? 0, stopped);
    if (this.isAnswered(side)) return value ?? 0;
    if (status === HeadersStatus.Continue || status === HeadersStatus.ContinueAndEndStream)
      this.release(side, end);
    else side.waiting = status === HeadersStatus.StopIteration ? "headers" : "all";
    return value ?? 0;
  }

  /** Envoy takes what it does not know, and a plain pause, for the widest way to wait. (cpp-host, `context.cc`) */
  private headersStatus(value: number, stopped: boolean): HeadersStatus {
    const status: HeadersStatus | undefined = value in HeadersStatus ? value : undefined;
    if (stopped || status === undefined) return HeadersStatus.StopAllIterationAndWatermark;
    const narrow = status === HeadersStatus.StopIteration;
    return narrow && !this.stopIteration ? HeadersStatus.StopAllIterationAndWatermark : status;
  }

  private bodyStep(side: HttpSide, name: Name, bytes: Uint8Array, end: boolean): StepResult {
    side.beginCall();
    side.ended = end;
    if (this.reply !== undefined && name === "request") return this.result(side, 0);
    if (side.waiting === "all") {
      side.unseen.push({ bytes, end });
      return this.result(side, 0);
    }
    return this.result(side, this.askBody(side, name, bytes, end));
  }

  private askBody(side: HttpSide, name: Name, bytes: Uint8Array, end: boolean): number {
    if (!side.buffering) side.body.take();
    side.body.append(bytes);
    if (this.isDead()) return this.pass(side, end);
    if (side.buffering && this.overflows(side)) {
      if (name === "request") this.tooLarge();
      else this.cutOff();
      return 0;
    }
    side.visible = "body";
    const size = side.body.bytes.length;
    const { value } = this.vm.call(this, `proxy_on_${name}_body`, this.id, size, end ? 1 : 0);
    side.visible = undefined;
    if (this.vm.failure !== null) return this.pass(side, end);
    if (this.isAnswered(side)) return value ?? 0;
    if (value === DataStatus.StopIterationAndBuffer || value === DataStatus.StopIterationAndWatermark) {
      side.buffering = true;
      side.waiting = "body";
    } else if (value === DataStatus.StopIterationNoBuffer) {
      side.body.take();
      side.waiting = "body";
    } else {
      this.release(side, end);
    }
    return value ?? 0;
  }

  private trailersStep(side: HttpSide, name: Name, trailers: HeaderMap): StepResult {
    side.beginCall();
    side.ended = true;
    if (side.waiting === "all") {
      side.unseenTrailers = trailers;
      return this.result(side, 0);
    }
    return this.result(side, this.askTrailers(side, name, trailers));
  }

  private askTrailers(side: HttpSide, name: Name, trailers: HeaderMap): number {
    side.trailers = trailers;
    if (this.isDead()) return this.pass(side, true);
    side.visible = "trailers";
    const { value } = this.vm.call(this, `proxy_on_${name}_trailers`, this.id, trailers.length);
    side.visible = undefined;
    if (this.vm.failure !== null) return this.pass(side, true);
    if (this.isAnswered(side)) return value ?? 0;
    if ((value ?? 0) !== 0) side.waiting = "trailers";
    else this.release(side, true);
    return value ?? 0;
  }

  /** Lets what waits go on: the headers, the body that was kept, and then what the filter has not seen. */
  private proceed(side: HttpSide, name: Name): void {
    const waited = side.waiting;
    if (waited === "no" || this.broken) return;
    this.goOn(side, name, waited);
    this.listener?.onProgress();
  }

  private goOn(side: HttpSide, name: Name, waited: Waiting): void {
    side.waiting = "no";
    if (waited !== "all") return this.release(side, side.ended);
    this.release(side, side.ended && side.unseen.length === 0 && side.unseenTrailers === undefined);
    const unseen = side.unseen.splice(0);
    for (const { bytes, end } of unseen) this.askBody(side, name, bytes, end);
    const trailers = side.unseenTrailers;
    side.unseenTrailers = undefined;
    if (trailers !== undefined && !this.isWaiting(side)) this.askTrailers(side, name, trailers);
    else side.unseenTrailers = trailers;
  }

  private release(side: HttpSide, end: boolean): void {
    side.waiting = "no";
    side.buffering = false;
    if (!side.headersSent) {
      side.headersSent = true;
      side.released.headers = true;
    }
    const body = side.body.take();
    if (body.length > 0) side.released.body.push(body);
    if (end) side.released.end = true;
  }

  private isWaiting(side: HttpSide): boolean {
    return side.waiting !== "no";
  }

  private overflows(side: HttpSide): boolean {
    return (side.buffering || side.waiting !== "no") && side.body.bytes.length > this.bufferLimit;
  }

  /** A request body over the limit: 413, and the response callbacks run for it. */
  private tooLarge(): void {
    if (this.reply !== undefined) return;
    this.answer(
      { status: 413, headers: [], body: toBytes("Payload Too Large"), details: "request_payload_too_large" },
      true,
    );
  }

  /** A response body over the limit: the stream ends at once, within the hostcall. */
  private cutOff(): void {
    if (!this.response.headersSent) {
      this.reply = {
        status: 500,
        headers: [],
        body: toBytes("Internal Server Error"),
        details: "response_payload_too_large",
      };
      this.listener?.onLocalReply(this.reply);
    } else {
      this.broken = true;
      this.listener?.onProgress();
    }
    this.close();
  }

  /** Answers in the place of the upstream; on the way to the client the filter's response callbacks see it. */
  private answer(reply: LocalReply, throughFilter: boolean): void {
    if (this.reply !== undefined) return;
    if (this.response.headersSent) return this.breakOff();
    this.reply = reply;
    if (this.listener !== undefined) return this.listener.onLocalReply(reply);
    if (!throughFilter || this.isDead()) return;
    const fields: [string, string][] = [[":status", String(reply.status)]];
    if (reply.body.length > 0) {
      fields.push(["content-length", String(reply.body.length)]);
      if (!reply.headers.some(([name]) => name === "content-type"))
        fields.push(["content-type", "text/plain"]);
    }
    const side = this.response;
    side.headers = new HeaderMap([...fields, ...reply.headers]);
    side.started = true;
    this.replyCallbacks(reply, side);
  }

  private replyCallbacks(reply: LocalReply, side: HttpSide): void {
    const held = this.reply;
    this.reply = undefined;
    this.askHeaders(side, "response", reply.body.length === 0);
    if (reply.body.length > 0 && !this.isWaiting(side)) this.askBody(side, "response", reply.body, true);
    const body = side.released.body.length > 0 ? concat(side.released.body) : noBytes;
    this.reply = this.reply ?? held;
    if (this.reply === held) {
      const list = side.headers.list.filter(([name]) => name !== ":status");
      const status = Number(side.headers.text(":status") ?? reply.status);
      this.reply = { ...reply, status, headers: list, body: body.length > 0 ? body : reply.body };
    }
  }

  private breakOff(): void {
    this.broken = true;
    this.listener?.onProgress();
    this.close();
  }

  /** Whether there is nothing to let go on in a direction, because the stream was answered or broken off. */
  private isAnswered(side: HttpSide): boolean {
    if (this.listener !== undefined && side === this.response) return this.broken;
    return this.reply !== undefined || this.broken;
  }

  /** Whether the filter is out of service: its VM has trapped, or the stream is over. */
  private isDead(): boolean {
    return this.vm.failure !== null || this.closed;
  }

  /** What comes of a message whose filter has trapped: 503, or that it passes untouched. */
  private pass(side: HttpSide, end: boolean): number {
    if (this.closed && this.vm.failure === null) return 0;
    // An answer that a listener plays passes the filter that it takes the place of.
    if (
      this.failClosed &&
      (this.reply === undefined || this.listener === undefined || side === this.request)
    ) {
      this.failStream();
      return 0;
    }
    this.release(side, end);
    return 0;
  }

  private failStream(): void {
    if (this.response.headersSent) this.broken = true;
    if (this.broken || this.reply !== undefined) return;
    this.reply = { status: 503, headers: [], body: noBytes, details: "wasm_fail_stream" };
    this.listener?.onLocalReply(this.reply);
  }

  private bodyOf(side: HttpSide): BodyBuffer | undefined {
    return side.visible === "body" || (side.buffering && side.waiting === "body") ? side.body : undefined;
  }

  /** Headers can be reached in their callback and while they wait; when the stream is logged, all can. */
  private reachable(side: HttpSide): boolean {
    return side.started && (side.visible !== undefined || !side.headersSent);
  }

  private ownProperty(path: string): Uint8Array | undefined {
    const [group, name, field] = path.split("\0");
    if (group === "request" && this.request.started)
      return requestProperty(this.request.headers, name, field);
    if (group === "response" && this.response.started)
      return responseProperty(this.response.headers, name, field);
    return undefined;
  }

  private result(side: HttpSide, action: number): StepResult {
    return {
      action,
      headers: side.headers.list,
      body: concat(side.released.body),
      trailers: side.trailers?.list ?? [],
      paused: this.isWaiting(side),
      ...(this.reply !== undefined && { localReply: this.reply }),
      ...(this.broken && { reset: true as const }),
      ...(this.vm.failure !== null && { trap: this.vm.failure }),
    };
  }
}

type Name = "request" | "response";

/** Trailers can be reached in their callback, and added in the body callback at the end. */
function trailersOf(side: HttpSide): HeaderMap | undefined {
  if (side.visible === "body" && side.ended) return (side.trailers ??= new HeaderMap());
  return side.visible === "trailers" ? side.trailers : undefined;
}

function requestProperty(headers: HeaderMap, name = "", field = ""): Uint8Array | undefined {
  const path = headers.text(":path") ?? "";
  const [urlPath = "", query = ""] = path.split(/\?(.*)/s);
  if (name === "headers") return headers.joined(field);
  if (name === "url_path") return toBytes(urlPath);
  if (name === "query") return toBytes(query);
  const fields: Record<string, string> = {
    path: ":path",
    host: ":authority",
    method: ":method",
    scheme: ":scheme",
    referer: "referer",
    useragent: "user-agent",
    id: "x-request-id",
  };
  const header = fields[name];
  return header === undefined ? undefined : headers.get(header);
}

function responseProperty(headers: HeaderMap, name = "", field = ""): Uint8Array | undefined {
  if (name === "headers") return headers.joined(field);
  if (name !== "code") return undefined;
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigInt64(0, BigInt(headers.text(":status") ?? 0), true);
  return new Uint8Array(bytes.buffer);
}
