import { type HeaderList, HeaderMap } from "./header-map.js";
import type { HttpStream } from "./http-stream.js";
import type { HttpStreamOptions, Released } from "./stream-steps.js";
import type { HttpAnswer } from "./services.js";
import { concat, noBytes, toBytes, type TextOrBytes, toText } from "./text.js";

/** A request as a client sends it. A body of several pieces comes piece by piece. */
export interface FetchRequest extends HttpStreamOptions {
  /** GET without it, or POST with a body. */
  method?: string;
  path?: string;
  authority?: string;
  scheme?: string;
  headers?: HeaderList;
  body?: TextOrBytes | TextOrBytes[];
  trailers?: HeaderList;
}

/** A request as the upstream sees it. */
export interface UpstreamRequest {
  headers: [name: string, value: string][];
  body: Uint8Array;
  trailers: [name: string, value: string][];
}

/** What the upstream answers; a body of several pieces comes piece by piece. */
export interface UpstreamReply extends Omit<HttpAnswer, "body"> {
  body?: TextOrBytes | TextOrBytes[];
}

export type UpstreamAnswer =
  UpstreamReply | ((request: UpstreamRequest) => UpstreamReply | Promise<UpstreamReply>);

/** What came of an exchange. */
export interface Exchange {
  /** What the client gets; 0 when the stream was broken off before the headers. */
  status: number;
  headers: [name: string, value: string][];
  body: Uint8Array;
  /** The body as text. */
  text: string;
  trailers: [name: string, value: string][];
  /** What the upstream saw; undefined when the request did not reach it. */
  upstream?: UpstreamRequest;
  /** Whether the host answered in the place of the upstream, and `%RESPONSE_CODE_DETAILS%` of that. */
  localReply: boolean;
  details?: string;
  /** Whether the stream was broken off. */
  reset: boolean;
  /** The module trapped. */
  trap?: Error;
}

type Direction = "request" | "response";

/** What of a message has gone on so far. */
class Message {
  headers: [string, string][] = [];
  readonly body: Uint8Array[] = [];
  trailers: [string, string][] = [];
  end = false;

  add(released: Released): void {
    if (released.headers) this.headers = released.headers.list;
    this.body.push(released.body);
    if (released.trailers) this.trailers = released.trailers.list;
    this.end ||= released.end;
  }

  get whole(): UpstreamRequest {
    return { headers: this.headers, body: concat(this.body), trailers: this.trailers };
  }
}

/** Plays a whole exchange on a stream. While the plugin has it wait, it waits for answers and ticks. */
export async function playExchange(
  stream: HttpStream,
  request: FetchRequest,
  upstream: UpstreamAnswer,
): Promise<Exchange> {
  const sides = { request: new Message(), response: new Message() };
  /** Waits until a message has gone on to its end, or will not any more. */
  const gone = async (direction: Direction): Promise<boolean> => {
    for (;;) {
      const state = direction === "request" ? stream.requestState : stream.responseState;
      sides[direction].add(stream.take(direction));
      if (state.reset || (direction === "request" && state.localReply)) return false;
      if (sides[direction].end || state.localReply?.direct) return sides[direction].end;
      await stream.progress();
    }
  };
  send(
    stream,
    "request",
    requestHeaders(request),
    piecesOf(request.body),
    request.trailers ?? [],
    sides.request,
  );
  let seen: UpstreamRequest | undefined;
  if (await gone("request")) {
    seen = sides.request.whole;
    const reply = typeof upstream === "function" ? await upstream(seen) : upstream;
    const headers: HeaderList = [[":status", String(reply.status ?? 200)], ...(reply.headers ?? [])];
    send(stream, "response", headers, piecesOf(reply.body), reply.trailers ?? [], sides.response);
  }
  const { reset, trap } = stream.requestState;
  if (!reset) await gone("response");
  stream.close();
  return exchangeOf(stream, sides.response.whole, seen, trap);
}

function exchangeOf(
  stream: HttpStream,
  response: UpstreamRequest,
  seen: UpstreamRequest | undefined,
  trap: Error | undefined,
): Exchange {
  const { localReply, reset } = stream.responseState;
  const direct = localReply?.direct ? localReply : undefined;
  const headers = new HeaderMap(response.headers);
  const body = direct?.body ?? response.body;
  return {
    status: direct?.status ?? Number(headers.text(":status") ?? 0),
    headers: direct?.headers ?? response.headers.filter(([name]) => name !== ":status"),
    body,
    text: toText(body),
    trailers: response.trailers,
    ...(seen && { upstream: seen }),
    localReply: localReply !== undefined,
    ...(localReply && { details: localReply.details }),
    reset: reset ?? false,
    ...(trap && { trap }),
  };
}

/** Plays a message step by step. */
function send(
  stream: HttpStream,
  direction: Direction,
  headers: HeaderList,
  pieces: Uint8Array[],
  trailers: HeaderList,
  into: Message,
): void {
  const [sendHeaders, sendBody, sendTrailers] =
    direction === "request"
      ? [stream.requestHeaders, stream.requestBody, stream.requestTrailers]
      : [stream.responseHeaders, stream.responseBody, stream.responseTrailers];
  const more = trailers.length > 0;
  sendHeaders.call(stream, headers, pieces.length === 0 && !more);
  into.add(stream.take(direction));
  pieces.forEach((piece, i) => {
    sendBody.call(stream, piece, i === pieces.length - 1 && !more);
    into.add(stream.take(direction));
  });
  if (more) sendTrailers.call(stream, trailers);
  into.add(stream.take(direction));
}

function requestHeaders(request: FetchRequest): HeaderList {
  const { method, path = "/", authority = "localhost", scheme = "http", headers = [], body } = request;
  return [
    [":authority", authority],
    [":path", path],
    [":method", method ?? (body === undefined ? "GET" : "POST")],
    [":scheme", scheme],
    ...headers,
  ];
}

function piecesOf(body: TextOrBytes | TextOrBytes[] | undefined): Uint8Array[] {
  if (body === undefined) return [];
  const pieces = Array.isArray(body) ? body : [body];
  return pieces.length === 0 ? [noBytes] : pieces.map(toBytes);
}
