import { connect } from "node:net";

export interface LoadOptions {
  port: number;
  requests: number;
  /** Connections at the same time; 16 without it. */
  connections?: number;
  /** The whole request, to its empty line, or what makes each of them; a GET of / without it. */
  request?: string | (() => string);
}

export interface LoadResult {
  /** How many answers had which status. */
  statuses: Map<number, number>;
  seconds: number;
}

/**
 * Sends many requests over few connections and counts the answers by status. The answers must say their
 * content-length, and are awaited one by one on each connection. A connection that breaks off rejects: nothing is sent again.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const connections = Math.min(options.connections ?? 16, options.requests);
  const statuses = new Map<number, number>();
  const started = performance.now();
  const share = (index: number) =>
    Math.floor(options.requests / connections) + (index < options.requests % connections ? 1 : 0);
  await Promise.all(Array.from({ length: connections }, (_, index) => one(options, share(index), statuses)));
  return { statuses, seconds: (performance.now() - started) / 1000 };
}

function one(options: LoadOptions, requests: number, statuses: Map<number, number>): Promise<void> {
  const { request = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n" } = options;
  const next = typeof request === "string" ? () => request : request;
  return new Promise((resolve, reject) => {
    let answered = 0;
    let rest: Buffer = Buffer.alloc(0);
    const socket = connect(options.port, "127.0.0.1");
    socket.setNoDelay(true);
    socket.on("connect", () => socket.write(next(), "latin1"));
    socket.on("data", (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const length = answerLength(rest);
      if (length === null) return;
      const status = Number(rest.toString("latin1", 9, 12));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      rest = rest.subarray(length);
      if (++answered < requests) socket.write(next(), "latin1");
      else {
        resolve();
        socket.destroy();
      }
    });
    socket.on("error", reject);
    socket.on("close", () =>
      reject(new Error(`the connection closed after ${answered} of ${requests} answers`)),
    );
  });
}

/** The length of the answer with its body, null when it is not complete. */
function answerLength(bytes: Buffer): number | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const head = bytes.toString("latin1", 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined && !/^HTTP\/1.1 (204|304)/.test(head)) {
    throw new Error(`an answer without content-length:\n${head}`);
  }
  const total = end + 4 + Number(length ?? 0);
  return total <= bytes.length ? total : null;
}
