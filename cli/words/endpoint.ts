import { WrongUse } from "../terminal.js";

/** Where a service is. */
export interface Endpoint {
  /** A name or an address; of IPv6 without its brackets. */
  host: string;
  port: number;
  tls: boolean;
  /** HTTP/2 alone, as gRPC wants it. */
  http2: boolean;
}

const schemes: Record<string, { tls: boolean; http2: boolean; port?: number }> = {
  "http:": { tls: false, http2: false, port: 80 },
  "https:": { tls: true, http2: false, port: 443 },
  "grpc:": { tls: false, http2: true },
  "grpcs:": { tls: true, http2: true, port: 443 },
  "tcp:": { tls: false, http2: false },
};

/** An endpoint as somebody writes it: a URL without a path, or `host:port`. `what` is the option it came with. */
export function readEndpoint(text: string, what: string): Endpoint {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const example = "write http://host:port, https://host, grpc://host:port, tcp://host:port or host:port";
  let url: URL;
  try {
    url = new URL(hasScheme ? text : `tcp://${text}`);
  } catch {
    throw new WrongUse(`${what} ${text} is no address of a service: ${example}`);
  }
  const scheme = schemes[url.protocol];
  if (scheme === undefined)
    throw new WrongUse(`${what} ${text}: ${url.protocol}// is not known here: ${example}`);
  if (url.username !== "" || url.password !== "")
    throw new WrongUse(`${what} holds a user name or a password, which would not be sent: leave it out`);
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "")
    throw new WrongUse(
      `${what} ${text} has a path, and requests keep their own: name the service alone, ${url.protocol}//${url.host}`,
    );
  const port = url.port === "" ? scheme.port : Number(url.port);
  if (url.hostname === "" || port === undefined || port === 0)
    throw new WrongUse(`${what} ${text} names no ${url.hostname === "" ? "host" : "port"}: ${example}`);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port, tls: scheme.tls, http2: scheme.http2 };
}

const defaultPort = ({ tls }: Endpoint) => (tls ? 443 : 80);

/** `host`, with the port where it is not the scheme's own. */
export function authorityOf(endpoint: Endpoint): string {
  const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
  return endpoint.port === defaultPort(endpoint) ? host : `${host}:${endpoint.port}`;
}

/** The URL of its scheme for HTTP. */
export const urlOf = (endpoint: Endpoint): URL =>
  new URL(`${endpoint.tls ? "https" : "http"}://${authorityOf(endpoint)}`);

export const isIpAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(":");

/**
 * What a service is told in `host`, where it is not what the client said: services beyond this machine are often told
 * apart by their names, and would not know `localhost`.
 */
export function rewrittenHost(endpoint: Endpoint): string | undefined {
  const { host, tls } = endpoint;
  if (host === "localhost" || host.endsWith(".localhost")) return undefined;
  return isIpAddress(host) && !tls ? undefined : authorityOf(endpoint);
}
