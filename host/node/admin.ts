import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A page's type and text. */
export interface Page {
  status?: number;
  type: "text/plain" | "application/json";
  text: string;
}

/** What the admin interface shows, by path. */
export type Pages = Record<string, (query: URLSearchParams) => Page>;

/** A server of pages on the loopback, as Envoy's admin interface. */
export class AdminServer {
  private constructor(private readonly server: Server) {}

  static async start(port: number, pages: Pages): Promise<AdminServer> {
    const server = createServer((request, response) => serve(pages, request, response));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return new AdminServer(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

function serve(pages: Pages, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://admin");
  const page = pages[pathname] ?? (() => index(pathname, Object.keys(pages)));
  const { status = 200, type, text } = show(page, searchParams);
  response.writeHead(status, {
    "content-type": type === "text/plain" ? "text/plain; charset=UTF-8" : type,
    "cache-control": "no-cache, max-age=0",
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? "" : text);
}

function show(page: Pages[string], query: URLSearchParams): Page {
  try {
    return page(query);
  } catch (error) {
    return { status: 400, type: "text/plain", text: `${(error as Error).message}\n` };
  }
}

function index(path: string, known: string[]): Page {
  const list = `admin commands are:\n${known.map((name) => `  ${name}\n`).join("")}`;
  if (path === "/" || path === "/help") return { type: "text/plain", text: list };
  return { status: 404, type: "text/plain", text: `invalid path. ${list}` };
}
