import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import type { Emit } from "./events.js";

/** How much of a body is said again; the rest is counted only. */
const mostBody = 64 * 1024;

/** The upstream that is built in: it answers with what reached it, and `/status/404` with that status. */
export class Echo {
  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
  ) {}

  /** Answers HTTP with JSON: method, path, headers, body. */
  static http(emit: Emit): Promise<Echo> {
    return Echo.listen(
      createServer(
        { maxHeaderSize: 1024 * 1024, keepAliveTimeout: 0, requestTimeout: 0 },
        (request, response) => void answer(request, response, emit).catch(() => response.destroy()),
      ),
    );
  }

  /** Sends every byte back. */
  static tcp(emit: Emit): Promise<Echo> {
    return Echo.listen(
      createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.on("data", (bytes: Buffer) => {
          emit({ event: "upstream", method: "", path: "", headers: [], body: textOf(bytes) });
          socket.write(bytes);
        });
      }),
    );
  }

  private static async listen(server: Server): Promise<Echo> {
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return new Echo(server, sockets);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, emit: Emit): Promise<void> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (size < mostBody) kept.push(chunk.subarray(0, mostBody - size));
    size += chunk.length;
  }
  const { method = "", url: path = "", rawHeaders } = request;
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const value = Buffer.from(rawHeaders[i + 1]!, "latin1").toString("utf8");
    headers.push([rawHeaders[i]!.toLowerCase(), value]);
  }
  const body = textOf(Buffer.concat(kept));
  emit({ event: "upstream", method, path, headers, body });
  const said = {
    method,
    path,
    headers: asObject(headers),
    body,
    ...(size > mostBody && { bodyBytes: size }),
  };
  const text = Buffer.from(`${JSON.stringify(said, null, 2)}\n`);
  const [, wanted] = /^\/status\/([2-5]\d\d)(?:$|[/?])/.exec(path) ?? [];
  const status = Number(wanted ?? 200);
  const bodiless = status === 204 || status === 304;
  response.writeHead(status, {
    "content-type": "application/json",
    ...(!bodiless && { "content-length": text.length }),
  });
  response.end(bodiless ? undefined : text);
}

/** Repeated fields are a list. */
function asObject(fields: [string, string][]): Record<string, string | string[]> {
  const all = new Map<string, string | string[]>();
  for (const [name, value] of fields) {
    const before = all.get(name);
    all.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(all);
}

/** Bytes that are no text are shown in base64, and said to be so. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.includes("\ufffd") ? `base64:${bytes.toString("base64")}` : text;
}
