import type { IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap, type HttpStream } from "../index.js";
import { noBytes, toBytes } from "../text.js";
import { FilterChain } from "./chain.js";
import type { MessageSink } from "./direction.js";
import { failureReply } from "./failures.js";
import {
  hasBody,
  outgoingRequest,
  outgoingResponse,
  outgoingTrailers,
  requestFields,
  responseFields,
  trailerFields,
} from "./fields.js";
import type { StreamObserver } from "./options.js";
import type { ProxyStats } from "./stats.js";
import {
  type ConnectionPool,
  type Failure,
  UpstreamRequest,
  type UpstreamTimeouts,
} from "./upstream-request.js";

export interface ExchangeSettings {
  upstream: URL;
  pool: ConnectionPool;
  timeouts: UpstreamTimeouts;
  bufferLimit: number;
  http1Trailers: boolean;
  stats: ProxyStats;
  /** What the upstream is told in `host`, in the place of what the client said. */
  upstreamAuthority?: string | undefined;
}

/** How long a client that has its answer may go on sending before the connection is cut. (Envoy, `delayed_close_timeout`) */
const delayedCloseMs = 1000;

/** One request of a client, from its headers to the end of the response. */
export class Exchange {
  private readonly chain: FilterChain;
  private upstream: UpstreamRequest | undefined;
  private readonly bodyless: boolean;
  private requestEnded = false;
  private askedAt = 0;
  private status = 0;
  private failure: Failure | undefined;
  private over = false;

  /** `onOver` is called once, when the response is complete or the connection gone. */
  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    filters: readonly HttpStream[],
    private readonly settings: ExchangeSettings,
    private readonly onOver: () => void,
    private readonly observer?: StreamObserver,
  ) {
    this.bodyless = !hasBody(request);
    const around = {
      upstream: this.toUpstream,
      client: this.toClient,
      onLocalReply: () => this.upstream?.abort(),
      onReset: () => this.cut(),
      onSettled: () => this.regulate(),
    };
    this.chain = new FilterChain(filters, around, observer);
    response.on("close", () => this.finish());
    response.on("drain", () => this.regulate());
    response.on("error", () => {});
  }

  start(): void {
    const { request, chain } = this;
    const refused = refusal(request);
    if (refused !== undefined) return this.answerWithoutPlugins(refused);
    this.requestEnded = this.bodyless;
    chain.fromClient.headers(requestFields(request), this.bodyless);
    request.on("error", () => {});
    request.on("data", (bytes: Uint8Array) => {
      if (!this.over && !this.bodyless) chain.fromClient.data(bytes, false);
    });
    request.on("end", () => {
      if (this.over || this.bodyless) return;
      this.requestEnded = true;
      const trailers = trailerFields(request.rawTrailers);
      if (this.settings.http1Trailers && trailers.length > 0) chain.fromClient.trailers(trailers);
      else chain.fromClient.data(noBytes, true);
    });
    this.regulate();
  }

  private readonly toUpstream: MessageSink = {
    headers: (headers, end) => {
      const { pool, upstream, timeouts, stats } = this.settings;
      stats.upstreamRequest();
      this.askedAt = performance.now();
      const answer =
        timeouts.answer > 0 ? [["x-envoy-expected-rq-timeout-ms", String(timeouts.answer)] as const] : [];
      const outgoing = outgoingRequest(headers, end, answer);
      const { upstreamAuthority } = this.settings;
      if (upstreamAuthority !== undefined) outgoing.fields.set("host", [upstreamAuthority]);
      this.upstream = new UpstreamRequest(pool, upstream, outgoing, timeouts, {
        onResponse: (incoming) => this.onUpstreamHeaders(incoming),
        onData: (bytes) => this.chain.fromUpstream.data(bytes, false),
        onEnd: (incoming) => this.onUpstreamEnd(incoming),
        onFailure: (failure, before) => {
          this.failure = failure;
          stats.upstreamFailure(failure);
          if (before === "headers") this.chain.localReply(failureReply(failure));
          else this.cut();
        },
        onDrain: () => this.regulate(),
      });
      if (end) this.upstream.end();
    },
    data: (bytes, end) => {
      if (bytes.length > 0) this.upstream?.write(bytes);
      if (end) this.upstream?.end();
    },
    trailers: (trailers) => this.upstream?.end(outgoingTrailers(trailers)),
  };

  private readonly toClient: MessageSink = {
    headers: (headers, end) => {
      const { request, response, settings } = this;
      if (response.headersSent) return this.cut();
      const close = !response.shouldKeepAlive || !this.requestEnded;
      const toHead = request.method === "HEAD";
      const { status, reason, raw } = outgoingResponse(headers, { end, close, toHead });
      this.status = status;
      settings.stats.answered(status);
      response.removeHeader("connection");
      response.sendDate = false;
      response.writeHead(status, reason, raw as never);
      // Node's flushHeaders would write them as UTF-8, in which a byte above 0x7f becomes two.
      response.write(noBytes);
      if (end) this.endResponse();
    },
    data: (bytes, end) => {
      if (bytes.length > 0) this.response.write(bytes);
      if (end) this.endResponse();
    },
    trailers: (trailers) => {
      this.response.addTrailers(outgoingTrailers(trailers));
      this.endResponse();
    },
  };

  private onUpstreamHeaders(incoming: IncomingMessage): void {
    const status = incoming.statusCode ?? 200;
    this.settings.stats.upstreamAnswered(status);
    const serviceTime = Math.floor(performance.now() - this.askedAt);
    this.chain.fromUpstream.headers(responseFields(incoming, serviceTime), this.isBodyless(incoming));
  }

  private onUpstreamEnd(incoming: IncomingMessage): void {
    if (this.isBodyless(incoming)) return;
    const trailers = trailerFields(incoming.rawTrailers);
    if (this.settings.http1Trailers && trailers.length > 0) this.chain.fromUpstream.trailers(trailers);
    else this.chain.fromUpstream.data(noBytes, true);
  }

  private isBodyless(incoming: IncomingMessage): boolean {
    const { statusCode, headers } = incoming;
    return (
      this.request.method === "HEAD" ||
      statusCode === 204 ||
      statusCode === 304 ||
      headers["content-length"] === "0"
    );
  }

  /** Answers what no plugin is asked about; they hear only that there was a stream. */
  private answerWithoutPlugins([status, body]: [status: number, body: string]): void {
    const bytes = toBytes(body);
    const headers = new HeaderMap([[":status", String(status)]]);
    if (bytes.length > 0) {
      headers.add("content-length", String(bytes.length));
      headers.add("content-type", "text/plain");
    }
    this.toClient.headers(headers, bytes.length === 0);
    if (bytes.length > 0) this.toClient.data(bytes, true);
  }

  /** Reads on where there is room for what comes. */
  private regulate(): void {
    if (this.over) return;
    const { bufferLimit } = this.settings;
    if (this.chain.isFull("request", bufferLimit) || this.upstream?.isFull) this.request.pause();
    else this.request.resume();
    this.upstream?.hold(this.chain.isFull("response", bufferLimit) || this.response.writableNeedDrain);
  }

  /** A client that is still sending does not see its connection cut before it has read the answer. */
  private endResponse(): void {
    if (this.requestEnded) return void this.response.end();
    const end = () => {
      clearTimeout(timer);
      this.response.end();
    };
    const timer = setTimeout(end, delayedCloseMs);
    this.request.once("end", end);
    this.request.once("close", end);
    this.request.resume();
  }

  /** The client sees that something went wrong in the middle. */
  private cut(): void {
    this.request.socket.destroy();
    this.finish();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.settings.stats.over(this.response.writableFinished);
    this.upstream?.abort();
    this.chain.close();
    const { status, failure } = this;
    this.observer?.over({ status, ...(failure !== undefined && { failure }) });
    this.onOver();
  }
}

/** What is answered before plugins are asked. (Seen on Envoy 1.40) */
function refusal(request: IncomingMessage): [status: number, body: string] | undefined {
  if (request.httpVersion === "1.0") return [426, "Upgrade Required"];
  const { connection = "", host, upgrade } = request.headers;
  if (host === undefined || request.url?.includes("#")) return [400, ""];
  if (upgrade !== undefined && /\bupgrade\b/i.test(connection) && upgrade !== "h2c") return [403, ""];
  return undefined;
}
