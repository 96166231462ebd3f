import { Fields } from "../headers.js";
import { type Answer, type Reply, type SeenRequest, Upstream } from "../upstream.js";

/** Fields that are about a connection, and not about what is sent over it. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "proxy-connection",
  "te",
]);

/** An upstream that answers as it is told. */
export const scripted =
  (reply: Reply): Answer =>
  () =>
    reply;

/** An upstream that asks another service, so that what the plugin sent there is seen. */
export function forwardedTo(origin: URL): Answer {
  return async (seen) => {
    try {
      return await forward(origin, seen);
    } catch (error) {
      const { cause } = error as Error & { cause?: Error };
      return {
        status: 503,
        body: Buffer.from(`${origin.origin} does not answer: ${(cause ?? (error as Error)).message}\n`),
      };
    }
  };
}

async function forward(origin: URL, { method, path, headers, authority, body }: SeenRequest): Promise<Reply> {
  const { request } = origin.protocol === "https:" ? await import("node:https") : await import("node:http");
  const fields = [...headers].filter(
    ([name]) => !hopByHop.has(name.toLowerCase()) && name.toLowerCase() !== "host",
  );
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname: origin.hostname,
        port: origin.port || undefined,
        method,
        path,
        headers: [...fields.flat(), "host", hostFor(origin, authority)],
        timeout: 15_000,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 502,
            headers: [...Fields.fromRaw(answer.rawHeaders)].filter(
              ([name]) => !hopByHop.has(name.toLowerCase()),
            ),
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("no answer within 15 s")));
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Services elsewhere are told apart by their names, and would not know this machine's. */
const hostFor = (origin: URL, asked: string): string =>
  /^(localhost|127\.|\[::1\])/.test(asked) ? origin.host : asked;

/** A service of the loopback in the place of another. */
export const startForwarder = (origin: URL): Promise<Upstream> => Upstream.start(forwardedTo(origin));
