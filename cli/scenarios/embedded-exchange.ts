import type { IncomingMessage } from "node:http";
import { Fields, flat } from "../headers.js";
import type { Reply, SeenRequest } from "../upstream.js";
import type { HttpStream, LocalReply } from "../../host/index.js";
import { FilterChain } from "../../host/node/chain.js";
import type { MessageSink } from "../../host/node/direction.js";
import { failureReply } from "../../host/node/failures.js";
import {
  outgoingRequest,
  type OutgoingRequest,
  outgoingResponse,
  outgoingTrailers,
  requestFields,
  responseFields,
  trailerFields,
} from "../../host/node/fields.js";
import { bodyOf, onTheWire, pairsOf } from "./bytes.js";
import type { RequestToSend, RouteEntry } from "./scenario.js";
import type { Received } from "./stage.js";
import type { StageTime } from "./stage-time.js";

export interface ExchangeSurroundings {
  /** One stream of each plugin, in the order of the chain. */
  filters: readonly HttpStream[];
  /** Undefined where no route takes the request. */
  route: RouteEntry | undefined;
  time: StageTime;
  /** What the upstream answers; it has then seen the request. */
  ask(request: SeenRequest): Reply;
}

const nothing = Buffer.alloc(0);
/** How long a client waits, in milliseconds, as the one does that talks to Envoy. */
const patience = 15_000;

/**
 * A request's way from a client through a chain to the upstream and back, without a network: what the sockets and
 * parsers on both sides would do to the fields is done to them here.
 */
export class EmbeddedExchange {
  private readonly chain: FilterChain;
  private readonly received = { status: 0, headers: new Fields([]), trailers: new Fields([]) };
  private readonly body: Uint8Array[] = [];
  private outgoing: OutgoingRequest | undefined;
  private readonly outgoingBody: Uint8Array[] = [];
  private isAborted = false;
  private readonly method: string;
  private readonly forgetPatience: () => void;

  private constructor(
    private readonly asked: RequestToSend,
    private readonly around: ExchangeSurroundings,
    private readonly resolve: (received: Received) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.method = asked.method ?? (asked.body === undefined ? "GET" : "POST");
    this.chain = new FilterChain(around.filters, {
      upstream: this.toUpstream,
      client: this.toClient,
      onLocalReply: () => void (this.isAborted = true),
      onReset: () => this.end(new Error("the stream was reset")),
      onSettled: () => {},
    });
    const giveUp = () => this.end(new Error(`no answer within ${patience} ms`));
    this.forgetPatience = around.time.after(patience, giveUp);
  }

  static play(asked: RequestToSend, around: ExchangeSurroundings): Promise<Received> {
    return new Promise((resolve, reject) => new EmbeddedExchange(asked, around, resolve, reject).send());
  }

  private send(): void {
    const { body, trailers } = this.asked;
    const { fromClient } = this.chain;
    const pieces = body === undefined ? [] : [bodyOf(body)].flat();
    const isBodyless = this.isBodyless(pieces);
    fromClient.headers(this.requestHeaders(), isBodyless);
    if (isBodyless) return;
    for (const piece of pieces) if (piece.length > 0) fromClient.data(piece, false);
    if (trailers) fromClient.trailers(trailerFields(raw(pairsOf(trailers))));
    else fromClient.data(nothing, true);
  }

  /** Whether nothing follows the headers: as Node's clients have it, which leave other methods open for a body. */
  private isBodyless(pieces: readonly Buffer[]): boolean {
    const { body, trailers, http2 } = this.asked;
    if (trailers !== undefined || pieces.some(({ length }) => length > 0)) return false;
    const methods = ["GET", "HEAD", "DELETE"];
    if (http2) return methods.includes(this.method);
    if (body !== undefined) return !Array.isArray(body);
    return [...methods, "OPTIONS", "TRACE", "CONNECT"].includes(this.method);
  }

  private requestHeaders() {
    const { authority = "127.0.0.1:10000", headers, http2, path } = this.asked;
    const own = pairsOf(headers);
    const host = own.find(([name]) => name.toLowerCase() === "host")?.[1] ?? authority;
    const te = own.find(([name]) => name.toLowerCase() === "te")?.[1];
    const rawHeaders = raw(http2 ? withOneCookie(own) : [...own, ...framing(this.asked)]);
    // As Node's parser would give them; `requestFields` looks at nothing else.
    return requestFields({
      method: this.method,
      url: path === undefined ? "/" : onTheWire(path),
      headers: { host, ...(te !== undefined && { te }) },
      rawHeaders,
    } as IncomingMessage);
  }

  private readonly toUpstream: MessageSink = {
    headers: (headers, end) => {
      const { route } = this.around;
      if (route === undefined) return this.chain.localReply(ownReply(404, "", "route_not_found"));
      if (route.reply) {
        const { status, body = "" } = route.reply;
        return this.chain.localReply(ownReply(status, body, "direct_response"));
      }
      this.outgoing = outgoingRequest(headers, end, [["x-envoy-expected-rq-timeout-ms", "15000"]]);
      if (end) this.ask();
    },
    data: (bytes, end) => {
      this.outgoingBody.push(bytes);
      if (end) this.ask();
    },
    trailers: (trailers) => this.ask(outgoingTrailers(trailers)),
  };

  private ask(trailers: [string, string][] = []): void {
    if (this.outgoing === undefined || this.isAborted) return;
    const { method, path, fields } = this.outgoing;
    const headers = [...fields].flatMap(([name, values]) =>
      values.map((value): [string, string] => [name, trimmed(value)]),
    );
    const reply = this.around.ask({
      method,
      path,
      headers: new Fields(headers),
      authority: fields.get("host")?.[0] ?? "",
      body: Buffer.concat(this.outgoingBody),
      trailers: new Fields(trailers),
    });
    this.answer(reply).catch((error: unknown) => this.end(error as Error));
  }

  /** The upstream's side, as the scripted server of the other hosts does it. */
  private async answer({ status = 200, headers, body, trailers, delay, reset }: Reply): Promise<void> {
    const { chain, around } = this;
    const { fromUpstream } = chain;
    if (delay !== undefined) await around.time.sleep(delay);
    if (this.isAborted) return;
    if (reset === "at once") return chain.localReply(failureReply("reset"));
    const pieces = [body ?? []].flat().map((piece) => Buffer.from(piece as string));
    const isWhole = !Array.isArray(body) && !trailers && reset === undefined;
    const fields = [...Fields.fromRaw(flat(headers))];
    const named = new Fields(fields);
    if (isWhole && status !== 204 && !named.has("content-length") && !named.has("transfer-encoding"))
      fields.push(["content-length", String(Buffer.concat(pieces).length)]);
    if (!named.has("date")) fields.push(["date", new Date().toUTCString()]);
    if (!named.has("connection")) fields.push(["connection", "keep-alive"]);
    const isBodyless =
      this.outgoing?.method === "HEAD" ||
      status === 204 ||
      status === 304 ||
      new Fields(fields).get("content-length") === "0";
    if (!isBodyless && !new Fields(fields).has("content-length"))
      fields.push(["transfer-encoding", "chunked"]);
    const incoming = { statusCode: status, rawHeaders: raw(fields) } as IncomingMessage;
    fromUpstream.headers(responseFields(incoming, 0), isBodyless);
    if (isBodyless) return;
    for (const [index, piece] of pieces.entries()) {
      if (index > 0 && delay !== undefined) await around.time.sleep(delay);
      if (this.isAborted) return;
      if (piece.length > 0) fromUpstream.data(piece, false);
      if (reset === "in the body") return this.end(new Error("the upstream cut the connection"));
    }
    if (trailers) fromUpstream.trailers(trailerFields(flat(trailers)));
    else fromUpstream.data(nothing, true);
  }

  private readonly toClient: MessageSink = {
    headers: (headers, end) => {
      const toHead = this.method === "HEAD";
      const { status, raw } = outgoingResponse(headers, { end, close: true, toHead });
      const fields = [...Fields.fromRaw(raw)].map(([name, value]): [string, string] => [
        name,
        trimmed(value),
      ]);
      const isFraming = ([name]: [string, string]) =>
        name === "connection" ||
        name === "transfer-encoding" ||
        (name === "content-length" && headers.get("content-length") === undefined);
      // HTTP/2 frames bodies by itself.
      const seen = this.asked.http2 ? fields.filter((field) => !isFraming(field)) : fields;
      this.received.status = status;
      this.received.headers = new Fields(seen);
      if (end) this.end();
    },
    data: (bytes, end) => {
      this.body.push(bytes);
      if (end) this.end();
    },
    trailers: (trailers) => {
      this.received.trailers = new Fields(outgoingTrailers(trailers));
      this.end();
    },
  };

  /** Streams are closed when no step of theirs is under way. */
  private end(failure?: Error): void {
    this.isAborted = true;
    this.forgetPatience();
    queueMicrotask(() => {
      this.chain.close();
      if (failure) this.reject(failure);
      else this.resolve({ ...this.received, body: Buffer.concat(this.body) });
    });
  }
}

const raw = (pairs: [string, string][]): string[] => pairs.flatMap(([name, value]) => [name, trimmed(value)]);

/** A value as parsers give it, without the white space around it. */
const trimmed = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, "");

/** Over HTTP/2 a cookie comes in as many fields as one likes, and goes on in one. (RFC 9113, section 8.2.3) */
function withOneCookie(fields: [string, string][]): [string, string][] {
  const cookies = new Fields(fields).all("cookie");
  const others = fields.filter(([name]) => name.toLowerCase() !== "cookie");
  return cookies.length === 0 ? others : [...others, ["cookie", cookies.join("; ")]];
}

/** How a client says over HTTP/1.1 where the body ends. */
function framing({ body, headers, trailers }: RequestToSend): [string, string][] {
  const named = new Fields(pairsOf(headers));
  if (named.has("content-length") || named.has("transfer-encoding")) return [];
  if (trailers)
    return [
      ["transfer-encoding", "chunked"],
      ["trailer", Object.keys(trailers).join(", ")],
    ];
  if (Array.isArray(body)) return [["transfer-encoding", "chunked"]];
  return body === undefined ? [] : [["content-length", String([bodyOf(body)].flat()[0]!.length)]];
}

const ownReply = (status: number, body: string, details: string): LocalReply => ({
  status,
  headers: [],
  body: Buffer.from(body),
  details,
});
