import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Fields, type FieldsToSend, flat } from "./headers.js";

/** A request as the upstream saw it. */
export interface SeenRequest {
  method: string;
  path: string;
  /** Without pseudo headers; with HTTP/2 the authority is in `authority`. */
  headers: Fields;
  authority: string;
  body: Buffer;
  trailers: Fields;
}

export interface Reply {
  status?: number;
  headers?: FieldsToSend;
  body?: string | Uint8Array | (string | Uint8Array)[];
  trailers?: FieldsToSend;
  /** Milliseconds to wait before the headers, and between the pieces of a body that is a list. */
  delay?: number;
  /** Cuts the connection: before anything was said, or after the first piece of the body. */
  reset?: "at once" | "in the body";
}

export type Answer = (request: SeenRequest) => Reply | Promise<Reply>;

export interface UpstreamOptions {
  /** HTTP/2 with prior knowledge in place of HTTP/1.1. */
  http2?: boolean;
  /** A free port without it. */
  port?: number;
}

/** A scripted HTTP server on a port of the loopback that remembers what it was asked. */
export class Upstream {
  readonly requests: SeenRequest[] = [];

  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
    public answer: Answer,
  ) {}

  static async start(
    answer: Answer = () => ({ body: "ok" }),
    options: UpstreamOptions = {},
  ): Promise<Upstream> {
    const sockets = new Set<Socket>();
    const handle = (request: IncomingMessage | http2.Http2ServerRequest, response: Response) =>
      void upstream.serve(request, response).catch(() => response.destroy());
    const server: Server = options.http2
      ? http2.createServer({ settings: { maxHeaderListSize: maxHeaderSize } }, handle)
      : createServer({ maxHeaderSize, keepAliveTimeout: 60_000 }, handle);
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    const upstream = new Upstream(server, sockets, answer);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port ?? 0, "127.0.0.1", resolve);
    });
    return upstream;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The last request so far. Throws when nothing came. */
  get last(): SeenRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error("the upstream saw no request");
    return request;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(
    request: IncomingMessage | http2.Http2ServerRequest,
    response: Response,
  ): Promise<void> {
    const seen = await read(request);
    this.requests.push(seen);
    const reply = await this.answer(seen);
    if (reply.delay) await sleep(reply.delay);
    if (reply.reset === "at once") return cut(response);
    response.writeHead(reply.status ?? 200, ...([headersOf(reply, response)] as [never]));
    const pieces = Array.isArray(reply.body) ? reply.body : [reply.body ?? ""];
    for (const [index, piece] of pieces.entries()) {
      if (index > 0 && reply.delay) await sleep(reply.delay);
      if (piece.length > 0) await write(response, piece);
      if (reply.reset === "in the body") return cut(response);
    }
    if (reply.trailers) response.addTrailers(Object.fromEntries(pairsOf(flat(reply.trailers))));
    response.end();
  }
}

type Response = ServerResponse | http2.Http2ServerResponse;

const maxHeaderSize = 1024 * 1024;

async function read(request: IncomingMessage | http2.Http2ServerRequest): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const all = Fields.fromRaw(request.rawHeaders);
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    headers: new Fields([...all].filter(([name]) => !name.startsWith(":"))),
    authority: all.get(":authority") ?? all.get("host") ?? "",
    body: Buffer.concat(chunks),
    trailers: Fields.fromRaw(request.rawTrailers),
  };
}

/** The length of a body in one piece is known; that of one in several pieces is not said. */
function headersOf(reply: Reply, response: Response): unknown {
  const raw = flat(reply.headers);
  const named = pairsOf(raw).map(([name]) => name.toLowerCase());
  const whole = !Array.isArray(reply.body) && !reply.trailers && reply.reset === undefined;
  if (whole && !named.includes("content-length") && !named.includes("transfer-encoding")) {
    raw.push(
      "content-length",
      String(Buffer.byteLength((reply.body as string | Uint8Array | undefined) ?? "")),
    );
  }
  if (!("stream" in response)) return raw;
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of pairsOf(raw)) {
    const before = fields[name.toLowerCase()];
    fields[name.toLowerCase()] = before === undefined ? value : [before, value].flat();
  }
  return fields;
}

const pairsOf = (raw: string[]): [string, string][] => [...Fields.fromRaw(raw)];

function write(response: Response, piece: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    (response as ServerResponse).write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

function cut(response: Response): void {
  if ("stream" in response) response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  else response.socket?.destroy();
}
