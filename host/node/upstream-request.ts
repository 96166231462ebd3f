import * as http from "node:http";
import * as https from "node:https";
import type { OutgoingRequest } from "./fields.js";

/** How a request to an upstream can fail. */
export type Failure = "refused" | "connect timeout" | "timeout" | "reset" | "malformed";

export interface UpstreamListener {
  onResponse(response: http.IncomingMessage): void;
  onData(bytes: Uint8Array): void;
  onEnd(response: http.IncomingMessage): void;
  /** Before the response, or in the middle of it. */
  onFailure(failure: Failure, before: "headers" | "end"): void;
  /** What was written has gone: there is room for more. */
  onDrain(): void;
}

export interface UpstreamTimeouts {
  /** Milliseconds until a connection must be there; 0 for ever. */
  connect: number;
  /** Milliseconds from the end of the request to the end of the answer; 0 for ever. */
  answer: number;
}

/** Connections to upstreams, kept for the next request. */
export class ConnectionPool {
  private readonly http = new http.Agent({ keepAlive: true });
  private readonly https = new https.Agent({ keepAlive: true });

  request(target: URL, options: http.RequestOptions): http.ClientRequest {
    return target.protocol === "https:"
      ? https.request(target, { ...options, agent: this.https })
      : http.request(target, { ...options, agent: this.http });
  }

  destroy(): void {
    this.http.destroy();
    this.https.destroy();
  }
}

/** One request to an upstream, and its answer; ends in exactly one of `onEnd` and `onFailure`, or with `abort`. */
export class UpstreamRequest {
  private readonly outgoing: http.ClientRequest;
  private response: http.IncomingMessage | undefined;
  private connected = false;
  private over = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    pool: ConnectionPool,
    target: URL,
    { method, path, fields }: OutgoingRequest,
    private readonly timeouts: UpstreamTimeouts,
    private readonly listener: UpstreamListener,
  ) {
    this.outgoing = pool.request(target, { method, path, setHost: false });
    for (const [name, values] of fields) this.outgoing.setHeader(name, values);
    this.outgoing.removeHeader("connection");
    this.outgoing.on("socket", (socket) => {
      if (!socket.connecting) this.onConnect();
      else socket.once("connect", () => this.onConnect());
    });
    this.startTimer(timeouts.connect, "connect timeout");
    this.outgoing.on("response", (response) => this.onResponse(response));
    this.outgoing.on("error", (error: NodeJS.ErrnoException) => this.fail(this.reasonOf(error)));
    this.outgoing.on("close", () => this.fail("reset"));
    this.outgoing.on("drain", () => listener.onDrain());
  }

  write(bytes: Uint8Array): void {
    if (!this.over) this.outgoing.write(bytes);
  }

  /** The request is complete, and the time for the answer runs. */
  end(trailers: [string, string][] = []): void {
    if (this.over) return;
    if (trailers.length > 0) this.outgoing.addTrailers(trailers);
    this.outgoing.end();
    if (this.connected) this.startTimer(this.timeouts.answer, "timeout");
  }

  /** Whether as much is written as should wait. */
  get isFull(): boolean {
    return !this.over && this.outgoing.writableNeedDrain;
  }

  /** Has the answer wait, or go on. */
  hold(held: boolean): void {
    if (held) this.response?.pause();
    else this.response?.resume();
  }

  /** Nobody wants the answer any more. */
  abort(): void {
    if (this.over) return;
    this.finish();
    this.outgoing.destroy();
  }

  private onConnect(): void {
    this.connected = true;
    clearTimeout(this.timer);
    if (this.outgoing.writableEnded && !this.over) this.startTimer(this.timeouts.answer, "timeout");
  }

  private onResponse(response: http.IncomingMessage): void {
    if (this.over) return void response.resume();
    this.response = response;
    response.on("data", (bytes: Uint8Array) => {
      if (!this.over) this.listener.onData(bytes);
    });
    response.on("end", () => {
      if (this.over) return;
      this.finish();
      this.listener.onEnd(response);
    });
    response.on("error", () => this.fail("reset"));
    this.listener.onResponse(response);
  }

  private startTimer(milliseconds: number, failure: Failure): void {
    clearTimeout(this.timer);
    if (milliseconds > 0) this.timer = setTimeout(() => this.fail(failure), milliseconds);
  }

  private fail(failure: Failure): void {
    if (this.over) return;
    this.finish();
    this.outgoing.destroy();
    this.listener.onFailure(failure, this.response === undefined ? "headers" : "end");
  }

  private finish(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private reasonOf(error: NodeJS.ErrnoException): Failure {
    if (error.code?.startsWith("HPE_")) return "malformed";
    return this.connected ? "reset" : "refused";
  }
}
