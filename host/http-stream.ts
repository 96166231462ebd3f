import { BufferType, HeaderMapType, Status, StreamType } from "./enums.js";
import { HeaderMap, type HeaderList } from "./header-map.js";
import type { Readable } from "./host-context.js";
import { HttpFilter } from "./http-filter.js";
import { bodyOf, HttpSide } from "./http-side.js";
import { type LocalReply, type ReplyMessage, replyMessage } from "./local-reply.js";
import type { RootHost } from "./root-host.js";
import { StreamHost } from "./stream-host.js";
import { streamProperty } from "./stream-properties.js";
import type { HttpStreamOptions, Released, StepResult, StreamListener, StreamRules } from "./stream-steps.js";
import { concat, toBytes, type TextOrBytes } from "./text.js";
import type { Vm } from "./vm.js";

/** One HTTP stream of a host: the caller plays client and upstream, step by step. */
export class HttpStream extends StreamHost {
  /** Who hears of what happens between steps, and plays local replies; without one the stream plays them by itself. */
  listener: StreamListener | undefined;
  private readonly request: HttpSide;
  private readonly response: HttpSide;
  private readonly filter: HttpFilter;
  private readonly startTime: bigint;
  private action = 0;
  /** How many steps of the request are under way: a reply waits until they are through. */
  private requestSteps = 0;
  private reply: LocalReply | undefined;
  private isPlayed = false;
  /** What went to the client past all filters. */
  private directMessage: ReplyMessage | undefined;
  private broken = false;
  private closed = false;
  /** The request's headers as others saw them, for the log of a stream that this plugin never saw. */
  private unseenHeaders: HeaderMap | undefined;
  private logged = false;
  private isLogging = false;
  private details: string | undefined;
  private readonly waiting: (() => void)[] = [];

  constructor(
    vm: Vm,
    root: RootHost,
    rules: StreamRules,
    private readonly options: HttpStreamOptions,
    /** Waits until no answer of a service is under way. */
    readonly settled: () => Promise<void>,
  ) {
    super(vm, root, options);
    this.startTime = vm.settings.clock.now();
    this.filter = new HttpFilter(this, rules);
    this.request = new HttpSide(this.filter.side("request"), rules.bufferLimit);
    this.response = new HttpSide(this.filter.side("response"), rules.bufferLimit);
  }

  requestHeaders(headers: HeaderList, end = false): StepResult {
    return this.requestStep(() => this.request.receiveHeaders(new HeaderMap(headers), end));
  }

  requestBody(bytes: TextOrBytes, end = false): StepResult {
    return this.requestStep(() => this.request.receiveBody(toBytes(bytes), end));
  }

  requestTrailers(trailers: HeaderList): StepResult {
    return this.requestStep(() => this.request.receiveTrailers(new HeaderMap(trailers)));
  }

  responseHeaders(headers: HeaderList, end = false): StepResult {
    this.details ??= "via_upstream";
    return this.responseStep(() => this.response.receiveHeaders(new HeaderMap(headers), end));
  }

  responseBody(bytes: TextOrBytes, end = false): StepResult {
    return this.responseStep(() => this.response.receiveBody(toBytes(bytes), end));
  }

  responseTrailers(trailers: HeaderList): StepResult {
    return this.responseStep(() => this.response.receiveTrailers(new HeaderMap(trailers)));
  }

  /** HTTP/2's metadata of the request, which go on as they are. */
  requestMetadata(metadata: HeaderList): void {
    this.filter.metadata("request", metadata.length);
  }

  /** HTTP/2's metadata of the response. */
  responseMetadata(metadata: HeaderList): void {
    this.filter.metadata("response", metadata.length);
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
    const progress = side.takeProgress();
    return {
      ...(progress.headers && { headers: side.headers }),
      body: bodyOf(progress),
      ...(progress.trailers && side.trailers && { trailers: side.trailers }),
      end: progress.end,
    };
  }

  /** Waits until something goes on, a reply is played or the stream ends: after a service's answer, or a tick. */
  progress(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The request's headers, once the plugin was asked about them. */
  get requestHeadersSeen(): HeaderMap | undefined {
    return this.request.started ? this.request.headers : undefined;
  }

  /**
   * The stream is over: log, done, delete, in Envoy's order. `details` says why it ended before its time,
   * `requestHeaders` what can be read then where the request was answered before it came to this plugin.
   */
  close(details?: string, requestHeaders?: HeaderMap): void {
    if (this.closed) return;
    this.closed = true;
    this.unseenHeaders = requestHeaders;
    this.details = details ?? this.details;
    this.request.abort();
    this.response.abort();
    this.logged = true;
    this.isLogging = true;
    this.filter.log();
    this.isLogging = false;
    this.request.forgetBody();
    this.response.forgetBody();
    this.filter.done();
    this.delete();
    this.request.hide();
    this.response.hide();
    this.tellProgress();
  }

  override headerMap(type: HeaderMapType): HeaderMap | undefined {
    const { request, response } = this;
    if (type === HeaderMapType.HttpRequestHeaders)
      return request.headersVisible ? request.headers : undefined;
    if (type === HeaderMapType.HttpResponseHeaders) {
      return response.headersVisible ? response.headers : undefined;
    }
    if (type === HeaderMapType.HttpRequestTrailers) return request.trailersToChange;
    if (type === HeaderMapType.HttpResponseTrailers) return response.trailersToChange;
    return undefined;
  }

  override readableMap(type: HeaderMapType): HeaderMap | Status.NotFound | undefined {
    // What is not there when a stream is logged might have been.
    if (this.isLogging) return this.loggedMap(type) ?? super.readableMap(type) ?? Status.NotFound;
    if (type > HeaderMapType.HttpResponseTrailers) return super.readableMap(type);
    if (type === HeaderMapType.HttpRequestTrailers) return visibleTrailers(this.request);
    if (type === HeaderMapType.HttpResponseTrailers) return visibleTrailers(this.response);
    return this.headerMap(type);
  }

  override buffer(type: BufferType): Readable | undefined {
    if (type === BufferType.HttpRequestBody) return this.request.body;
    if (type === BufferType.HttpResponseBody) return this.response.body;
    return super.buffer(type);
  }

  override bufferChanged(type: BufferType): void {
    if (type === BufferType.HttpRequestBody) this.request.bodyChanged();
    if (type === BufferType.HttpResponseBody) this.response.bodyChanged();
  }

  override continueStream(stream: StreamType): Status {
    if (stream === StreamType.Upstream) return Status.Unimplemented;
    if (stream === StreamType.Downstream) return Status.Ok;
    const side = stream === StreamType.HttpRequest ? this.request : this.response;
    this.vm.afterCall(() => {
      if (this.closed) return;
      side.proceed();
      this.tellProgress();
    });
    // Whichever side goes on, Envoy forgets the request's.
    this.request.hide();
    return Status.Ok;
  }

  override closeStream(stream: StreamType): Status {
    if (stream > StreamType.HttpResponse) return Status.Ok;
    this.details ??= "wasm_close_stream";
    this.vm.afterCall(() => this.breakOff());
    return Status.Ok;
  }

  override sendLocalReply(reply: LocalReply): void {
    this.vm.afterCall(() => this.answer(reply));
  }

  /**
   * Answers in the place of the upstream: through the filters while there is no response; past them when there is one
   * whose headers have not gone on; after that nothing is left but to break the stream off.
   * (Envoy, `FilterManager::sendLocalReply`)
   */
  answer(reply: LocalReply): void {
    if (this.closed) return;
    if (this.response.started) {
      this.details = reply.details;
      if (this.response.headersSent) this.breakOff();
      else this.answerDirectly(reply);
      return;
    }
    this.request.abort();
    if (this.reply !== undefined) return;
    this.details = reply.details;
    this.reply = reply;
    this.play(reply);
  }

  /** The response that comes next is no upstream's: `details` say whose it is, and why. */
  tellOfLocalReply(details: string): void {
    this.details = details;
  }

  /** Tells the module of the stream. */
  createInModule(): void {
    this.create(this.root.id);
  }

  get isKnownToModule(): boolean {
    return this.isCreated;
  }

  get isOver(): boolean {
    return this.closed;
  }

  /** What the module answered last. */
  answered(action: number): void {
    this.action = action;
  }

  protected override ownProperty(segments: readonly string[]): Uint8Array | undefined {
    const { request, response, details } = this;
    const status = (this.directMessage?.headers ?? response.headers).text(":status");
    const facts = {
      ...((request.headersVisible || this.isLogging) && { request: request.headers }),
      ...((response.headersVisible || this.isLogging) && { response: response.headers }),
      ...((response.trailersVisible || this.isLogging) &&
        response.trailers && { responseTrailers: response.trailers }),
      hasUpstream: response.started && this.reply === undefined,
      received: request.received,
      sent: response.sent,
      startTime: this.startTime,
      ...(this.logged && { duration: this.vm.settings.clock.now() - this.startTime }),
      protocol: this.options.protocol ?? "HTTP/1.1",
      ...(status !== undefined && { code: Number(status) }),
      ...(details !== undefined && { details }),
    };
    return streamProperty(facts, segments);
  }

  private requestStep(step: () => void): StepResult {
    this.request.takeProgress();
    this.action = 0;
    this.requestSteps++;
    step();
    this.requestSteps--;
    const { action } = this;
    if (this.reply !== undefined) this.play(this.reply);
    return this.result(this.request, action);
  }

  private responseStep(step: () => void): StepResult {
    this.response.takeProgress();
    this.action = 0;
    step();
    return this.result(this.response, this.action);
  }

  private play(reply: LocalReply): void {
    if (this.isPlayed || this.requestSteps > 0 || this.closed) return;
    this.isPlayed = true;
    if (this.listener !== undefined) {
      this.listener.onLocalReply(reply);
      return;
    }
    const { headers, body } = replyMessage(reply, this.request.headers);
    this.response.collected = [];
    this.response.receiveHeaders(headers, body.length === 0);
    if (body.length > 0) this.response.receiveBody(body, true);
    this.tellProgress();
  }

  private answerDirectly(reply: LocalReply): void {
    this.reply = { ...reply, direct: true };
    this.directMessage = replyMessage(reply, this.request.headers);
    this.listener?.onLocalReply(this.reply);
    this.close();
  }

  private breakOff(): void {
    if (this.closed) return;
    this.broken = true;
    this.tellProgress();
    this.close();
  }

  private tellProgress(): void {
    this.listener?.onProgress();
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private loggedMap(type: HeaderMapType): HeaderMap | undefined {
    const { request, response } = this;
    if (type === HeaderMapType.HttpRequestHeaders)
      return request.started ? request.headers : this.unseenHeaders;
    if (type === HeaderMapType.HttpResponseTrailers) return response.trailers;
    if (type !== HeaderMapType.HttpResponseHeaders) return undefined;
    return this.directMessage?.headers ?? (response.started ? response.headers : undefined);
  }

  /** The reply as the client gets it. */
  private sentReply(reply: LocalReply): LocalReply {
    const headers = this.directMessage?.headers ?? this.response.headers;
    const body = this.directMessage?.body ?? concat(this.response.collected ?? []);
    const fields = headers.list.filter(([name]) => name !== ":status");
    return { ...reply, status: Number(headers.text(":status") ?? reply.status), headers: fields, body };
  }

  private result(side: HttpSide, action: number): StepResult {
    const { reply } = this;
    return {
      action,
      headers: side.headers.list,
      body: bodyOf(side.progress),
      trailers: side.trailers?.list ?? [],
      paused: side.paused,
      headersSent: side.headersSent,
      end: side.progress.end,
      ...(reply !== undefined && {
        localReply: this.listener === undefined ? this.sentReply(reply) : reply,
      }),
      ...(this.broken && { reset: true as const }),
      ...(this.vm.failure !== null && !this.filter.isSkipped && { trap: this.vm.failure }),
    };
  }
}

function visibleTrailers(side: HttpSide): HeaderMap | undefined {
  return side.trailersVisible ? side.trailers : undefined;
}
