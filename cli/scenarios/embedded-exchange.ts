import { type IncomingMessage, METHODS } from "node:http";
import { Fields, flat } from "../headers.js";
import type { Reply, SeenRequest } from "../upstream.js";
import { HeaderMap, type HttpStream, type LocalReply, replyMessage } from "../../host/index.js";
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
import { type ClientSettings, identifyClient, type Peer } from "../../host/node/forwarded.js";
import { contentOf, jsonFields, onTheWire, pairsOf } from "./bytes.js";
import type { RequestToSend, RouteEntry } from "./scenario.js";
import type { Received } from "./stage.js";
import type { StageTime } from "./stage-time.js";
import { answerHead, piecesOf, rawFields, seenRequest, trimmed } from "./upstream-fields.js";

export interface ExchangeSurroundings {
  /** One stream of each plugin, in the order of the chain, for a client at this address. */
  open(client: Peer): readonly HttpStream[];
  /** Whom the listener takes for the client. */
  clients: ClientSettings;
  /** Which route takes a request with this path, as plugins leave it; undefined where none does. */
  routeFor(path: string): RouteEntry | undefined;
  time: StageTime;
  /** What the upstream answers; it has then seen the request. */
  ask(request: SeenRequest): Reply | "unreachable";
}

const nothing = Buffer.alloc(0);
const peer: Peer = { address: "127.0.0.1", port: 50000 };
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
  /** Whether the upstream's answer is of no use any more. */
  private isAborted = false;
  private isOver = false;
  private readonly method: string;
  private readonly headers: HeaderMap;
  private readonly content: Buffer | Buffer[] | undefined;
  private readonly forget: (() => void)[];

  private constructor(
    private readonly asked: RequestToSend,
    private readonly around: ExchangeSurroundings,
    private readonly resolve: (received: Received) => void,
  ) {
    this.content = contentOf(asked);
    this.method = asked.method ?? (this.content === undefined ? "GET" : "POST");
    this.headers = this.requestHeaders();
    const client = identifyClient(this.headers, peer, around.clients);
    this.chain = new FilterChain(around.open(client), {
      upstream: this.toUpstream,
      client: this.toClient,
      onLocalReply: () => void (this.isAborted = true),
      onReset: () => this.end("the stream was reset"),
      onSettled: () => {},
    });
    const { leaves_after_ms: stay = Infinity } = asked;
    this.forget = [
      around.time.after(patience, () => this.end(`no answer within ${patience} ms`)),
      around.time.after(stay, () =>
        this.end(`the client left after ${stay} ms`, "downstream_remote_disconnect"),
      ),
    ];
  }

  static play(asked: RequestToSend, around: ExchangeSurroundings): Promise<Received> {
    return new Promise((resolve, reject) => {
      new EmbeddedExchange(asked, around, resolve).send().catch(reject);
    });
  }

  private async send(): Promise<void> {
    const { trailers, body_delay_ms: delay } = this.asked;
    const { fromClient } = this.chain;
    const pieces = [this.content ?? []].flat();
    const isBodyless = this.isBodyless(pieces);
    const refused = this.refusal();
    if (refused !== undefined) return this.answerWithoutPlugins(refused);
    fromClient.headers(this.headers, isBodyless);
    if (isBodyless) return;
    for (const [index, piece] of pieces.entries()) {
      if (index > 0 && delay !== undefined) await this.around.time.sleep(delay);
      if (this.isOver) return;
      if (piece.length > 0) fromClient.data(piece, false);
    }
    if (trailers) fromClient.trailers(trailerFields(rawFields(pairsOf(trailers))));
    else fromClient.data(nothing, true);
  }

  /** What is answered before plugins are asked: the body of a 400. */
  private refusal(): string | undefined {
    if (!this.asked.http2 && !METHODS.includes(this.method)) return "Bad Request";
    return this.headers.text(":path")?.includes("#") ? "" : undefined;
  }

  private answerWithoutPlugins(text: string): void {
    const { headers, body } = replyMessage(ownReply(400, text, ""), new HeaderMap());
    this.toClient.headers(headers, body.length === 0);
    if (body.length > 0) this.toClient.data(body, true);
  }

  /** Whether nothing follows the headers: as Node's clients have it, which leave other methods open for a body. */
  private isBodyless(pieces: readonly Buffer[]): boolean {
    const { trailers, http2 } = this.asked;
    if (trailers !== undefined || pieces.some(({ length }) => length > 0)) return false;
    const methods = ["GET", "HEAD", "DELETE"];
    if (http2) return methods.includes(this.method);
    if (this.content !== undefined) return !Array.isArray(this.content);
    return [...methods, "OPTIONS", "TRACE", "CONNECT"].includes(this.method);
  }

  private requestHeaders(): HeaderMap {
    const { authority = "127.0.0.1:10000", headers, http2, path } = this.asked;
    const own = [...pairsOf(headers), ...jsonFields(this.asked)];
    const host = own.find(([name]) => name.toLowerCase() === "host")?.[1] ?? authority;
    const te = own.find(([name]) => name.toLowerCase() === "te")?.[1];
    const rawHeaders = rawFields(http2 ? withOneCookie(own) : [...own, ...this.framing(own)]);
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
      const route = this.around.routeFor(headers.text(":path") ?? "");
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
    const reply = this.around.ask(seenRequest(this.outgoing, this.outgoingBody, trailers));
    if (reply === "unreachable") return this.chain.localReply(failureReply("refused"));
    void this.answer(reply);
  }

  /** The upstream's side, as the scripted server of the other hosts does it. */
  private async answer(reply: Reply): Promise<void> {
    const { trailers, delay, reset } = reply;
    const { chain, around } = this;
    const { fromUpstream } = chain;
    if (delay !== undefined) await around.time.sleep(delay);
    if (this.isAborted) return;
    if (reset === "at once") return chain.localReply(failureReply("reset"));
    const { head, isBodyless } = answerHead(reply, this.outgoing!.method);
    fromUpstream.headers(responseFields(head, 0), isBodyless);
    if (isBodyless) return;
    for (const [index, piece] of piecesOf(reply).entries()) {
      if (index > 0 && delay !== undefined) await around.time.sleep(delay);
      if (this.isAborted) return;
      if (piece.length > 0) fromUpstream.data(piece, false);
      if (reset === "in the body") return this.end("the upstream cut the connection");
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

  /** How a client says over HTTP/1.1 where the body ends. */
  private framing(own: [string, string][]): [string, string][] {
    const named = new Fields(own);
    const { content } = this;
    const { trailers } = this.asked;
    if (named.has("content-length") || named.has("transfer-encoding")) return [];
    if (trailers)
      return [
        ["transfer-encoding", "chunked"],
        ["trailer", Object.keys(trailers).join(", ")],
      ];
    if (Array.isArray(content)) return [["transfer-encoding", "chunked"]];
    return content === undefined ? [] : [["content-length", String(content.length)]];
  }

  /** Streams are closed when no step of theirs is under way. */
  private end(incomplete?: string, details?: string): void {
    if (this.isOver) return;
    this.isAborted = true;
    this.isOver = true;
    for (const forget of this.forget) forget();
    queueMicrotask(() => {
      this.chain.close(details);
      this.resolve({
        ...this.received,
        body: Buffer.concat(this.body),
        ...(incomplete !== undefined && { incomplete }),
      });
    });
  }
}

/** Over HTTP/2 a cookie comes in as many fields as one likes, and goes on in one. (RFC 9113, section 8.2.3) */
function withOneCookie(fields: [string, string][]): [string, string][] {
  const cookies = new Fields(fields).all("cookie");
  const others = fields.filter(([name]) => name.toLowerCase() !== "cookie");
  return cookies.length === 0 ? others : [...others, ["cookie", cookies.join("; ")]];
}

const ownReply = (status: number, body: string, details: string): LocalReply => ({
  status,
  headers: [],
  body: Buffer.from(body),
  details,
});
