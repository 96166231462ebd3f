import { once } from "node:events";
import { constants, createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";

/** How a call ends: well, or in one of the ways in which a service can break off. */
export type Ending =
  | "well"
  | "connection lost before anything"
  | "connection lost in the message"
  | "stream reset before anything"
  | "stream reset in the message"
  | "no trailers"
  | "trailers without a status"
  | "message cut, status fine"
  | "message without end"
  | "message that claims 4 GiB"
  | "compressed message nobody asked for"
  | "status that is none"
  | "HTTP error"
  | "other content type";

export const breaks: Ending[] = [
  "connection lost before anything",
  "connection lost in the message",
  "stream reset before anything",
  "stream reset in the message",
  "no trailers",
  "trailers without a status",
  "message cut, status fine",
  "message without end",
  "message that claims 4 GiB",
  "compressed message nobody asked for",
  "status that is none",
  "HTTP error",
  "other content type",
];

/** A message with the five bytes before it that gRPC has. */
function framed(message: Buffer, claimed = message.length, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(claimed, 1);
  return Buffer.concat([head, message]);
}

/** A gRPC server, by HTTP/2 alone, that answers each call with the same message, whole or not. It can be killed and come back. */
export class GrpcBreaker {
  private server: Http2Server | undefined;
  private readonly sockets = new Set<Socket>();
  ending: Ending = "well";
  calls = 0;

  private constructor(
    private readonly message: Buffer,
    public port: number,
  ) {}

  static async start(message: Buffer): Promise<GrpcBreaker> {
    const breaker = new GrpcBreaker(message, 0);
    await breaker.restart();
    return breaker;
  }

  async restart(): Promise<void> {
    const server = createServer();
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("error", () => {});
    });
    server.on("sessionError", () => {});
    server.on("stream", (stream) => {
      this.calls += 1;
      stream.on("error", () => {});
      // The first message is all that is waited for: a client of a stream may not have ended its side.
      stream.once("data", () => this.answer(stream));
    });
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Breaks all connections off at once, and listens no more. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = once(server, "close");
    server.close();
    this.loseConnections();
    await closed;
  }

  private loseConnections(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  private answer(stream: ServerHttp2Stream): void {
    const { ending } = this;
    if (ending === "connection lost before anything") return this.loseConnections();
    if (ending === "stream reset before anything") return stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    if (ending === "HTTP error") return void (stream.respond({ ":status": 502 }), stream.end("bad gateway"));
    const contentType = ending === "other content type" ? "text/html" : "application/grpc";
    const headers = { ":status": 200, "content-type": contentType };
    const whole = framed(this.message);
    if (ending === "no trailers") return void (stream.respond(headers), stream.end(whole));
    const trailers: Record<string, string> = { "grpc-status": "0" };
    if (ending === "trailers without a status") delete trailers["grpc-status"];
    if (ending === "trailers without a status") trailers["x-other"] = "1";
    if (ending === "status that is none") trailers["grpc-status"] = "fine";
    stream.respond(headers, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    const part = whole.subarray(0, whole.length - 1);
    if (ending === "connection lost in the message")
      stream.write(part, () => setImmediate(() => this.loseConnections()));
    else if (ending === "stream reset in the message")
      stream.write(part, () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    else if (ending === "message without end") stream.write(part);
    else if (ending === "message cut, status fine") stream.end(part);
    else if (ending === "message that claims 4 GiB") stream.end(framed(this.message, 0xffffffff));
    else if (ending === "compressed message nobody asked for")
      stream.end(framed(this.message, this.message.length, 1));
    else stream.end(ending === "other content type" ? "<html>" : whole);
  }
}
