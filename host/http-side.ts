import { BodyBuffer, noBody } from "./body-buffer.js";
import { DataStatus, HeadersStatus } from "./enums.js";
import { HeaderMap } from "./header-map.js";
import { concat } from "./text.js";

/** What the filter does with one direction of a stream. */
export interface SideCallbacks {
  onHeaders(count: number, end: boolean): HeadersStatus;
  onBody(size: number, end: boolean): DataStatus;
  /** Whether the trailers go on. */
  onTrailers(count: number): boolean;
  /** More is held than may be. */
  onOverflow(): void;
  /** Whether the stream has ended. */
  isOver(): boolean;
}

/**
 * Whether parts of a message pass: they all do; the filter sees what comes while it is held; or it sees nothing of it,
 * and more than the limit is either refused or just not read from the sender.
 */
type Iteration = "passing" | "held" | "held unseen" | "held unseen and unread";

/** What went on since it was last looked at. */
export interface Progress {
  headers: boolean;
  body: Uint8Array[];
  trailers: boolean;
  end: boolean;
}

const noProgress = (): Progress => ({ headers: false, body: [], trailers: false, end: false });

/**
 * One direction of an HTTP stream at a filter: what came, what is held, what went on.
 * (Envoy, `ActiveStreamFilterBase::commonContinue` and its siblings; `Context::decodeData`)
 */
export class HttpSide {
  headers = new HeaderMap();
  /** Whether there are headers. */
  started = false;
  headersSent = false;
  /** How many bytes of the body came, and went on. */
  received = 0;
  sent = 0;
  progress = noProgress();
  /** All of the body that went on, where somebody wants to know. */
  collected: Uint8Array[] | undefined;
  /** Whether hostcalls reach the headers, the trailers. */
  headersVisible = false;
  trailersVisible = false;
  private ownTrailers: HeaderMap | undefined;
  private trailersSent = false;
  private iteration: Iteration = "passing";
  /** Whether the sender has sent all. */
  private complete = false;
  private aborted = false;
  /** What is held of the body; what a callback sees is that, while all of it is kept, or what just came. */
  private held: BodyBuffer | undefined;
  private view: BodyBuffer | undefined;
  private keepsAll = false;
  private endInView = false;
  /** Whether too much only keeps the sender waiting, and whether there is too much. */
  private slowsSender = false;
  private isAboveLimit = false;

  constructor(
    private readonly callbacks: SideCallbacks,
    private readonly limit: number,
  ) {}

  get paused(): boolean {
    return this.iteration !== "passing" && !this.aborted;
  }

  /** The body as hostcalls reach it. */
  get body(): BodyBuffer {
    return (this.keepsAll ? this.held : this.view) ?? noBody;
  }

  get trailers(): HeaderMap | undefined {
    return this.ownTrailers;
  }

  /** The trailers, which are made when a body callback at the end asks for them. */
  get trailersToChange(): HeaderMap | undefined {
    if (!this.trailersVisible && this.view !== undefined && this.endInView) {
      this.ownTrailers ??= new HeaderMap();
      this.trailersVisible = true;
    }
    return this.trailersVisible ? this.ownTrailers : undefined;
  }

  /** Nothing more is asked of the filter, and nothing goes on. */
  abort(): void {
    this.aborted = true;
  }

  /** Hostcalls reach nothing any more of what was held. */
  hide(): void {
    this.headersVisible = false;
    this.trailersVisible = false;
    this.forgetBody();
  }

  /** Hostcalls reach no body any more. Headers and trailers that did not go on by a callback's answer stay, as in Envoy. */
  forgetBody(): void {
    this.view = undefined;
  }

  receiveHeaders(headers: HeaderMap, end: boolean): void {
    this.headers = headers;
    this.started = true;
    this.complete = end;
    if (this.aborted) return;
    this.headersVisible = true;
    const status = this.callbacks.onHeaders(headers.length, end);
    switch (status) {
      case HeadersStatus.StopIteration:
        this.iteration = "held";
        break;
      case HeadersStatus.StopAllIterationAndBuffer:
        this.iteration = "held unseen";
        break;
      case HeadersStatus.StopAllIterationAndWatermark:
        this.iteration = "held unseen and unread";
        break;
      case HeadersStatus.Continue:
      case HeadersStatus.ContinueAndEndStream:
        this.headersVisible = false;
        this.releaseHeaders(end);
        break;
    }
  }

  receiveBody(bytes: Uint8Array, end: boolean): void {
    this.complete = end;
    this.received += bytes.length;
    if (this.aborted) return;
    const data = new BodyBuffer(bytes);
    if (!this.iteration.startsWith("held unseen")) {
      this.ask(data, end);
      return;
    }
    this.slowsSender = this.iteration === "held unseen and unread";
    this.hold(data);
  }

  receiveTrailers(trailers: HeaderMap): void {
    this.ownTrailers = trailers;
    this.complete = true;
    if (!this.aborted && !this.iteration.startsWith("held unseen")) this.askTrailers(trailers);
  }

  /** What is held goes on; the filter first sees what it has not seen yet, all of the body at once. */
  proceed(): void {
    if (this.aborted || !this.started) return;
    const unseen = this.iteration.startsWith("held unseen");
    this.iteration = "passing";
    const trailers = this.trailersSent ? undefined : this.ownTrailers;
    this.releaseHeaders(this.complete && this.held === undefined && trailers === undefined);
    if (this.held !== undefined) {
      const end = this.complete && trailers === undefined;
      if (unseen) this.ask(this.held, end);
      else this.releaseBody(this.held, end);
    }
    if (trailers === undefined) return;
    if (unseen) this.askTrailers(trailers);
    else this.releaseTrailers();
  }

  /** A callback changed the body. */
  bodyChanged(): void {
    this.checkLimit();
  }

  /** What went on, which is then forgotten. */
  takeProgress(): Progress {
    const { progress } = this;
    this.progress = noProgress();
    return progress;
  }

  private ask(data: BodyBuffer, end: boolean): void {
    if (this.keepsAll) {
      this.slowsSender = false;
      this.hold(data);
      // Too much of a request is answered when the callback has returned, too much of a response at once.
      if (this.callbacks.isOver()) return;
    }
    this.view = data;
    this.endInView = end;
    const status = this.callbacks.onBody(this.body.length, end);
    this.keepsAll = status === DataStatus.StopIterationAndBuffer;
    if (status === DataStatus.Continue) this.view = undefined;
    if (this.aborted) return;
    if (status === DataStatus.Continue) this.pass(data, end);
    else this.stop(data, status);
  }

  private pass(data: BodyBuffer, end: boolean): void {
    if (this.iteration === "held") {
      this.hold(data);
      this.proceed();
      return;
    }
    const added = end && this.ownTrailers !== undefined;
    this.releaseBody(data, end && !added);
    if (added) this.releaseTrailers();
  }

  private stop(data: BodyBuffer, status: DataStatus): void {
    this.iteration = "held";
    if (status === DataStatus.StopIterationNoBuffer) {
      data.take();
      // When it goes on, its end must.
      if (this.complete && this.ownTrailers === undefined) this.held ??= new BodyBuffer();
      return;
    }
    this.slowsSender = status === DataStatus.StopIterationAndWatermark;
    this.hold(data);
  }

  private askTrailers(trailers: HeaderMap): void {
    if (this.aborted) return;
    this.trailersVisible = true;
    const goOn = this.callbacks.onTrailers(trailers.length);
    if (goOn) this.trailersVisible = false;
    if (this.aborted) return;
    if (!goOn) this.iteration = "held";
    else if (this.iteration === "held") this.proceed();
    else this.releaseTrailers();
  }

  private hold(data: BodyBuffer): void {
    this.held ??= new BodyBuffer();
    if (data !== this.held) this.held.append(data.take());
    this.checkLimit();
  }

  private checkLimit(): void {
    if (this.held === undefined || this.held.length <= this.limit || this.isAboveLimit) return;
    this.isAboveLimit = true;
    if (!this.slowsSender) this.callbacks.onOverflow();
  }

  private releaseHeaders(end: boolean): void {
    if (this.aborted || this.headersSent) return;
    this.headersSent = true;
    this.progress.headers = true;
    this.progress.end = end;
  }

  private releaseBody(data: BodyBuffer, end: boolean): void {
    if (this.aborted) return;
    const bytes = data.take();
    if (data === this.held) {
      this.held = undefined;
      this.isAboveLimit = false;
    }
    this.sent += bytes.length;
    if (bytes.length > 0) {
      this.progress.body.push(bytes);
      this.collected?.push(bytes);
    }
    this.progress.end ||= end;
  }

  private releaseTrailers(): void {
    if (this.aborted || this.trailersSent) return;
    this.trailersSent = true;
    this.progress.trailers = true;
    this.progress.end = true;
  }
}

/** The part of a body that went on. */
export const bodyOf = (progress: Progress): Uint8Array => concat(progress.body);
