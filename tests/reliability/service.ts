import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface Told {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string;
  delay?: number;
  /** Breaks the connection off when half of the body is out. */
  cut?: boolean;
}

/** What it says, or that it breaks the connection off. */
export type Say = (asked: Asked) => Told | "reset";

/** An HTTP server that keeps nothing of what it was asked, and that can be killed and started again on its port. */
export class Service {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  asked = 0;
  /** Requests under way. */
  open = 0;

  private constructor(
    public say: Say,
    public port: number,
  ) {}

  static async start(say: Say): Promise<Service> {
    const service = new Service(say, 0);
    await service.restart();
    return service;
  }

  /** Breaks all connections off at once, and listens no more. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.sockets) socket.resetAndDestroy();
    await closed;
  }

  async restart(): Promise<void> {
    const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      this.asked += 1;
      this.open += 1;
      response.once("close", () => (this.open -= 1));
      this.serve(request, response).catch(() => response.destroy());
    });
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", 4096, resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = "", url: path = "", headers } = request;
    const told = this.say({ method, path, headers, body: Buffer.concat(chunks).toString() });
    if (told === "reset") return void request.socket.resetAndDestroy();
    if (told.delay) await sleep(told.delay);
    const body = told.body ?? "";
    response.writeHead(told.status ?? 200, { "content-length": Buffer.byteLength(body), ...told.headers });
    if (!told.cut) return void response.end(body);
    response.write(body.slice(0, body.length / 2), () => request.socket.resetAndDestroy());
  }
}
