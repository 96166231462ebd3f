import { randomUUID } from "node:crypto";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import { type HeaderList, HeaderMap } from "../index.js";

/** What Node reads and writes: name, value, name, value; values are Latin-1, a character a byte. */
type Raw = string[];

const bytesOf = (value: string) => Buffer.from(value, "latin1");
const textOf = (value: Uint8Array) =>
  Buffer.from(value.buffer, value.byteOffset, value.length).toString("latin1");

function pairs(raw: readonly string[], left: readonly string[] = []): [string, Uint8Array][] {
  const found: [string, Uint8Array][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!left.includes(name)) found.push([name, bytesOf(raw[i + 1]!)]);
  }
  return found;
}

export const trailerFields = (raw: readonly string[]): HeaderMap => new HeaderMap(pairs(raw));

/** Fields that are about one connection: plugins do not see them in requests. (Envoy, `mutateRequestHeaders`) */
const hopByHop = [
  "host",
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "expect",
];

/** A request's headers as Envoy shows them to plugins. */
export function requestFields(request: IncomingMessage): HeaderMap {
  const left = request.headers["te"] === "trailers" ? hopByHop : [...hopByHop, "te"];
  const fields = new HeaderMap([
    [":authority", bytesOf(request.headers.host ?? "")],
    [":path", bytesOf(request.url ?? "/")],
    [":method", request.method ?? "GET"],
    [":scheme", "http"],
    ...pairs(request.rawHeaders, left),
  ]);
  if (fields.get("x-forwarded-proto") === undefined) fields.add("x-forwarded-proto", "http");
  if (fields.get("x-request-id") === undefined) fields.add("x-request-id", randomUUID());
  return fields;
}

/** Whether a message has a body or trailers, by its headers. (RFC 9112, section 6.3) */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** An answer's headers as Envoy shows them to plugins. */
export function responseFields(response: IncomingMessage, serviceTime: number): HeaderMap {
  return new HeaderMap([
    [":status", String(response.statusCode)],
    ...pairs(response.rawHeaders, ["keep-alive"]),
    ["x-envoy-upstream-service-time", String(serviceTime)],
  ]);
}

/** A request as it goes to the upstream: repeated names are together, as Node wants them. */
export interface OutgoingRequest {
  method: string;
  path: string;
  fields: Map<string, string[]>;
}

const withoutBody = ["GET", "HEAD", "DELETE", "TRACE", "CONNECT"];

/** What goes to the upstream, with how the body is delimited. `more` stands behind the plugins' own fields. */
export function outgoingRequest(headers: HeaderMap, end: boolean, more: HeaderList = []): OutgoingRequest {
  const method = headers.text(":method") ?? "GET";
  const fields = new Map<string, string[]>();
  const host = headers.get(":authority");
  if (host !== undefined) fields.set("host", [textOf(host)]);
  for (const [name, value] of [...headers.pairs, ...new HeaderMap(more).pairs]) {
    const key = textOf(name);
    if (key.startsWith(":") || key === "connection" || key === "transfer-encoding") continue;
    fields.set(key, [...(fields.get(key) ?? []), textOf(value)]);
  }
  if (!end && !fields.has("content-length")) fields.set("transfer-encoding", ["chunked"]);
  if (end && !fields.has("content-length") && !withoutBody.includes(method))
    fields.set("content-length", ["0"]);
  return { method, path: textOf(headers.get(":path") ?? bytesOf("/")), fields };
}

/** A response as it goes to the client. */
export interface OutgoingResponse {
  status: number;
  reason: string;
  raw: Raw;
}

export interface ResponseFraming {
  /** Whether no body follows. */
  end: boolean;
  /** Whether the connection ends with this response. */
  close: boolean;
  toHead: boolean;
}

/** What goes to the client: the plugins' fields, and what Envoy's connection manager adds to them. */
export function outgoingResponse(
  headers: HeaderMap,
  { end, close, toHead }: ResponseFraming,
): OutgoingResponse {
  const status = Number(headers.text(":status") ?? 200);
  const sent = new HeaderMap(headers.pairs);
  if (sent.get("date") === undefined) sent.add("date", new Date().toUTCString());
  sent.set("server", "envoy");
  sent.remove("connection");
  sent.remove("transfer-encoding");
  if (close) sent.add("connection", "close");
  const bodiless = status === 204 || status === 304;
  if (!bodiless && sent.get("content-length") === undefined) {
    if (end && !toHead) sent.add("content-length", "0");
    else sent.add("transfer-encoding", "chunked");
  }
  const raw = sent.pairs.flatMap(([name, value]) => (name[0] === colon ? [] : [textOf(name), textOf(value)]));
  return { status, reason: unknown.includes(status) ? "Unknown" : (STATUS_CODES[status] ?? "Unknown"), raw };
}

const colon = 0x3a;

/** What Envoy has no words for. (Envoy, `CodeUtility::toString`) */
const unknown = [418, 451, 509];

/** Trailers as Node wants them. */
export const outgoingTrailers = (trailers: HeaderMap): [string, string][] =>
  trailers.pairs.map(([name, value]) => [textOf(name), textOf(value)]);
