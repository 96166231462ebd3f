import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  /** How much of a body arrived. */
  bytes: number;
}

/** Answers a request in place of the registry: true when it did. `body` reads what the client sends. */
export type Script = (
  request: IncomingMessage,
  response: ServerResponse,
  seen: Seen,
) => boolean | Promise<boolean>;

/** A registry in memory that does what it is told before it does what is right. */
export class ScriptedRegistry {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, { body: Buffer; type: string }>();
  readonly uploads = new Map<string, Buffer>();
  readonly seen: Seen[] = [];
  script: Script = () => false;

  private constructor(private readonly server: Server) {}

  /** Over TLS where there is a certificate. */
  static async start(script?: Script, tls?: { key: Buffer; cert: Buffer }): Promise<ScriptedRegistry> {
    const server = tls === undefined ? createServer() : createSecureServer(tls);
    const registry = new ScriptedRegistry(server);
    if (script !== undefined) registry.script = script;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      registry.handle(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  requests(method: string): Seen[] {
    return this.seen.filter((one) => one.method === method);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const seen: Seen = { method, path: url, headers, bytes: 0 };
    this.seen.push(seen);
    if (await this.script(request, response, seen)) return;
    const body = await readBody(request, seen);
    const { pathname, searchParams } = new URL(url, "http://registry");
    const manifest = /\/manifests\/([^/]+)$/.exec(pathname);
    const blob = /\/blobs\/(sha256:[0-9a-f]+)$/.exec(pathname);
    const upload = /\/blobs\/uploads\/([^/]*)$/.exec(pathname);
    if (upload !== null)
      return this.upload(method, upload[1]!, body, searchParams.get("digest"), headers, response);
    if (blob !== null) return give(response, this.blobs.get(blob[1]!));
    if (manifest === null) return void response.writeHead(404).end();
    if (method === "PUT") {
      const digest = digestOf(body);
      const kept = { body, type: headers["content-type"] ?? "" };
      this.manifests.set(manifest[1]!, kept).set(digest, kept);
      return void response.writeHead(201, { "docker-content-digest": digest }).end();
    }
    const kept = this.manifests.get(manifest[1]!);
    give(
      response,
      kept?.body,
      kept && { "content-type": kept.type, "docker-content-digest": digestOf(kept.body) },
    );
  }

  private upload(
    method: string,
    id: string,
    body: Buffer,
    digest: string | null,
    headers: IncomingMessage["headers"],
    response: ServerResponse,
  ): void {
    if (method === "POST") {
      const name = randomUUID();
      this.uploads.set(name, Buffer.alloc(0));
      response.writeHead(202, { location: `${response.req.url!}${name}` }).end();
      return;
    }
    const before = this.uploads.get(id);
    if (before === undefined) return void response.writeHead(404).end();
    const range = /^(\d+)-(\d+)$/.exec(headers["content-range"] ?? "");
    if (method === "PATCH" && Number(range?.[1] ?? 0) !== before.length) {
      response.writeHead(416, { range: `0-${Math.max(before.length - 1, 0)}` }).end();
      return;
    }
    const now = Buffer.concat([before, body]);
    this.uploads.set(id, now);
    const path = response.req.url!.split("?")[0]!;
    const state = { location: path, range: `0-${Math.max(now.length - 1, 0)}` };
    if (method === "GET") return void response.writeHead(204, state).end();
    if (method === "PATCH") return void response.writeHead(202, state).end();
    if (digestOf(now) !== digest) {
      const errors = [{ code: "DIGEST_INVALID", message: "provided digest did not match uploaded content" }];
      return void response.writeHead(400).end(JSON.stringify({ errors }));
    }
    this.blobs.set(digest, now);
    response.writeHead(201, { "docker-content-digest": digest }).end();
  }
}

export async function readBody(request: IncomingMessage, seen: Seen): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) {
    pieces.push(piece);
    seen.bytes += piece.length;
  }
  return Buffer.concat(pieces);
}

function give(
  response: ServerResponse,
  body: Buffer | undefined,
  headers: Record<string, string> = {},
): void {
  if (body === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { ...headers, "content-length": body.length });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
