import type { HeaderMap, HttpStream, StepResult } from "../index.js";
import { DataStatus } from "../enums.js";
import type { StreamObserver } from "./options.js";

/** Who takes a message, part by part. */
export interface MessageSink {
  headers(headers: HeaderMap, end: boolean): void;
  data(bytes: Uint8Array, end: boolean): void;
  trailers(trailers: HeaderMap): void;
}

/** The way of a message through the filters of a chain: what one of them lets go on is the next one's step. */
export class Direction implements MessageSink {
  private stopped = false;
  /** Bytes that wait in each filter. */
  private readonly held: number[];

  constructor(
    private readonly name: "request" | "response",
    /** In the order in which the message meets them. */
    private readonly filters: readonly HttpStream[],
    private readonly sink: MessageSink,
    private readonly onReset: () => void,
    private readonly observer?: StreamObserver,
  ) {
    this.held = filters.map(() => 0);
  }

  headers(headers: HeaderMap, end: boolean): void {
    this.headersTo(0, headers, end);
  }

  data(bytes: Uint8Array, end: boolean): void {
    this.dataTo(0, bytes, end);
  }

  trailers(trailers: HeaderMap): void {
    this.trailersTo(0, trailers);
  }

  /** Nothing of this message goes on any more. */
  stop(): void {
    this.stopped = true;
  }

  /** Whether more than `limit` bytes wait in a filter. */
  holdsMoreThan(limit: number): boolean {
    return !this.stopped && this.held.some((bytes) => bytes > limit);
  }

  /** Takes what a filter has let go on between steps to those behind it. */
  progress(filter: HttpStream): void {
    const index = this.filters.indexOf(filter);
    const state = this.name === "request" ? filter.requestState : filter.responseState;
    this.passOn(index, state);
  }

  /** Counted from the client's side, whichever way the message goes. */
  private placeOf(index: number): number {
    return this.name === "request" ? index : this.filters.length - index;
  }

  private headersTo(index: number, headers: HeaderMap, end: boolean): void {
    if (this.stopped) return;
    this.observer?.passed(this.name, this.placeOf(index), { headers });
    const filter = this.filters[index];
    if (filter === undefined) return this.sink.headers(headers, end);
    const fields = headers.pairs;
    const result =
      this.name === "request" ? filter.requestHeaders(fields, end) : filter.responseHeaders(fields, end);
    this.passOn(index, result);
  }

  private dataTo(index: number, bytes: Uint8Array, end: boolean): void {
    if (this.stopped) return;
    this.observer?.passed(this.name, this.placeOf(index), { data: bytes });
    const filter = this.filters[index];
    if (filter === undefined) return this.sink.data(bytes, end);
    const result = this.name === "request" ? filter.requestBody(bytes, end) : filter.responseBody(bytes, end);
    if ((result.action as DataStatus) !== DataStatus.StopIterationNoBuffer) this.held[index]! += bytes.length;
    this.passOn(index, result);
  }

  private trailersTo(index: number, trailers: HeaderMap): void {
    if (this.stopped) return;
    this.observer?.passed(this.name, this.placeOf(index), { trailers });
    const filter = this.filters[index];
    if (filter === undefined) return this.sink.trailers(trailers);
    const fields = trailers.pairs;
    const result = this.name === "request" ? filter.requestTrailers(fields) : filter.responseTrailers(fields);
    this.passOn(index, result);
  }

  private passOn(index: number, result: StepResult): void {
    if (result.reset) return this.onReset();
    if (!result.paused) this.held[index] = 0;
    const { headers, body, trailers, end } = this.filters[index]!.take(this.name);
    const endsWithBody = end && trailers === undefined;
    if (headers !== undefined) this.headersTo(index + 1, headers, endsWithBody && body.length === 0);
    if (body.length > 0 || (endsWithBody && headers === undefined))
      this.dataTo(index + 1, body, endsWithBody);
    if (trailers !== undefined) this.trailersTo(index + 1, trailers);
  }
}
