import { lookup } from "node:dns/promises";
import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import type { Target } from "../../measure/load/connection.js";
import { requestBytes } from "../../measure/request-bytes.js";
import { WrongUse } from "../../terminal.js";
import { requested, type RequestOptions } from "../requested.js";

/** A service as a URL names it, with the request that is sent to it. */
export interface Service {
  url: URL;
  target: Target;
  /** `GET https://shop.example.com/items`. */
  description: string;
  /** On this machine. */
  isLocal: boolean;
  /** One request on a connection of its own: its status, and the names of its answer's headers. */
  probe(): Promise<{ status: number; headers: Map<string, string> }>;
}

export interface ServiceOptions extends RequestOptions {
  insecure?: boolean;
}

/** Reads a URL and what is to be sent there. Throws `WrongUse` for what is no URL of HTTP, or a name that nobody knows. */
export async function service(text: string, option: string, options: ServiceOptions): Promise<Service> {
  const url = readUrl(text, option);
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const request = await requested({ ...options, path: `${url.pathname}${url.search}` }, url.host);
  const isTls = url.protocol === "https:";
  const port = Number(url.port) || (isTls ? 443 : 80);
  const address = await addressOf(hostname, `${option} ${text}`);
  const insecure = options.insecure ?? false;
  // Node adds nothing to a list of headers, neither of which a request may lack.
  const named = (name: string) => request.headers.some(([given]) => given.toLowerCase() === name);
  const said: [string, string][] = [];
  if (!named("host")) said.push(["host", url.host]);
  if (request.body !== null && !named("content-length"))
    said.push(["content-length", String(request.body.length)]);
  const target: Target = {
    host: address,
    port,
    request: requestBytes(request),
    isHead: request.method === "HEAD",
    ...(isTls && { tls: { insecure, ...(isIP(hostname) === 0 && { serverName: hostname }) } }),
  };
  return {
    url,
    target,
    description: `${request.method} ${url.href}${request.body === null ? "" : ` with a body of ${request.body.length} bytes`}`,
    isLocal: /^(127\.|::1$|::ffff:127\.)/.test(address),
    probe: () =>
      new Promise((resolve, reject) => {
        const outgoing = (isTls ? https : http).request(
          url,
          {
            method: request.method,
            headers: [...said, ...request.headers].flat(),
            agent: false,
            timeout: 10_000,
            rejectUnauthorized: !insecure,
          } as https.RequestOptions, // Node takes the flat list, its types do not say so
          (answer) => {
            answer.resume();
            answer.on("end", () =>
              resolve({
                status: answer.statusCode ?? 0,
                headers: new Map(
                  Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
                ),
              }),
            );
            answer.on("error", reject);
          },
        );
        outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 10 s")));
        outgoing.on("error", reject);
        outgoing.end(request.body ?? undefined);
      }),
  };
}

function readUrl(text: string, option: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new WrongUse(`${option} ${text} is no URL: write it as https://shop.example.com/items`);
  }
  if (!["http:", "https:"].includes(url.protocol))
    throw new WrongUse(`${option} ${text}: ${url.protocol}// is not measured, http:// and https:// are`);
  if (url.username !== "" || url.password !== "")
    throw new WrongUse(
      `${option} holds a user name or a password, which would not be sent: use -H 'authorization: ...'`,
    );
  return url;
}

/** Looked up once, so that both sides meet the same address and no time goes into names. */
async function addressOf(hostname: string, what: string): Promise<string> {
  if (isIP(hostname) !== 0) return hostname;
  try {
    return (await lookup(hostname)).address;
  } catch (error) {
    throw new WrongUse(
      `${what}: nobody knows the name ${hostname} (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}
