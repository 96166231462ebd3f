import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import type { GrpcAnswer } from "../../../host/index.js";
import { percentEncoded } from "../../../host/local-reply.js";
import type { HeaderList } from "../../../host/header-map.js";

/** What a service's end of a stream can do and hear, on any host. */
export interface ScriptedStream {
  onMessage: (message: Uint8Array, end: boolean) => void;
  onEnd: () => void;
  sendMetadata(metadata: HeaderList): void;
  send(message: Uint8Array): void;
  close(status?: number, message?: string, trailers?: HeaderList): void;
}

const says = (message: Uint8Array, word: string) => Buffer.from(message).includes(word);

/** A unary call is answered with what was asked, or as it says; undefined never. */
export function unary(message: Uint8Array): GrpcAnswer | undefined {
  if (says(message, "wait")) return undefined;
  if (says(message, "fail")) return { status: 5, statusMessage: "no such thing: 50% ü" };
  return { message };
}

/** Echoes each message, and closes when it is told to, or when the other side has ended. */
export function talk(stream: ScriptedStream): void {
  stream.sendMetadata([
    ["x-initial", "first"],
    ["x-many", "a"],
    ["x-many", "b"],
  ]);
  stream.onMessage = (message, end) => {
    stream.send(message);
    if (says(message, "server-close")) stream.close(8, "that will do", [["x-trailing", "with the status"]]);
    else if (end) stream.onEnd();
  };
  stream.onEnd = () => {
    stream.send(Buffer.from("\n\x03bye"));
    stream.close(0, "", [["x-trailing", "last"]]);
  };
}

/** gRPC by hand, so that no field is there but those of the script. */
class Http2Stream implements ScriptedStream {
  onMessage: ScriptedStream["onMessage"] = () => {};
  onEnd: ScriptedStream["onEnd"] = () => {};
  private trailers: Record<string, string> = {};
  private closed = false;
  private pending = Buffer.alloc(0);

  constructor(private readonly stream: ServerHttp2Stream) {
    stream.on("error", () => {});
    stream.on("wantTrailers", () => stream.sendTrailers(this.trailers));
    stream.on("data", (bytes: Buffer) => this.read(bytes));
    stream.on("end", () => {
      if (!this.closed && !stream.destroyed) this.onEnd();
    });
  }

  sendMetadata(metadata: HeaderList): void {
    const headers: Record<string, string | string[]> = {
      ":status": "200",
      "content-type": "application/grpc",
    };
    for (const [name, value] of metadata as [string, string][]) {
      const before = headers[name];
      headers[name] = before === undefined ? value : [before, value].flat();
    }
    this.stream.respond(headers, { waitForTrailers: true, sendDate: false } as object);
  }

  send(message: Uint8Array): void {
    if (this.closed) return;
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    this.stream.write(Buffer.concat([head, message]));
  }

  close(status = 0, message = "", trailers: HeaderList = []): void {
    if (this.closed) return;
    this.closed = true;
    this.trailers = {
      "grpc-status": String(status),
      ...(message !== "" && { "grpc-message": percentEncoded(message) }),
      ...Object.fromEntries(trailers as [string, string][]),
    };
    this.stream.end();
  }

  private read(bytes: Buffer): void {
    this.pending = Buffer.concat([this.pending, bytes]);
    while (this.pending.length >= 5) {
      const size = this.pending.readUInt32BE(1);
      if (this.pending.length < 5 + size) return;
      const message = this.pending.subarray(5, 5 + size);
      this.pending = this.pending.subarray(5 + size);
      this.onMessage(message, false);
    }
  }
}

/** The scripted service on a free port of the loopback. */
export async function startGrpcServer(): Promise<{ port: number; stop: () => void }> {
  const server: Http2Server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (raw, headers) => {
    const stream = new Http2Stream(raw);
    if (headers[":path"] === "/conformance.Echo/Talk") return talk(stream);
    stream.onMessage = (message) => {
      const answer = unary(message);
      if (answer === undefined) return;
      stream.sendMetadata([]);
      if (answer.message !== undefined) stream.send(answer.message as Uint8Array);
      stream.close(answer.status, answer.statusMessage);
    };
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}
