import type { IncomingMessage } from "node:http";
import { Fields, flat } from "../headers.js";
import type { Reply, SeenRequest } from "../upstream.js";
import type { OutgoingRequest } from "../../host/node/fields.js";

/** A value as parsers give it, without the white space around it. */
export const trimmed = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, "");

/** Fields as Node's parsers give them. */
export const rawFields = (pairs: Iterable<[string, string]>): string[] =>
  [...pairs].flatMap(([name, value]) => [name, trimmed(value)]);

/** What a service sees of a request that goes to it over HTTP/1.1. */
export function seenRequest(
  { method, path, fields }: OutgoingRequest,
  body: Uint8Array[],
  trailers: [string, string][],
): SeenRequest {
  const headers = [...fields].flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, trimmed(value)]),
  );
  return {
    method,
    path,
    headers: new Fields(headers),
    authority: fields.get("host")?.[0] ?? "",
    body: Buffer.concat(body),
    trailers: new Fields(trailers),
  };
}

/** The pieces of an answer's body. */
export const piecesOf = ({ body }: Reply): Buffer[] =>
  [body ?? []].flat().map((piece) => Buffer.from(piece as string));

/** An answer as it comes from the scripted server of the other hosts: what that and Node add to its fields. */
export function answerHead(
  { status = 200, headers, body, trailers, reset }: Reply,
  method: string,
): { head: IncomingMessage; isBodyless: boolean } {
  const fields = [...Fields.fromRaw(flat(headers))];
  const has = (name: string) => new Fields(fields).has(name);
  const isWhole = !Array.isArray(body) && !trailers && reset === undefined;
  if (isWhole && status !== 204 && !has("content-length") && !has("transfer-encoding")) {
    const length = Buffer.concat(piecesOf({ ...(body !== undefined && { body }) })).length;
    fields.push(["content-length", String(length)]);
  }
  if (!has("date")) fields.push(["date", new Date().toUTCString()]);
  if (!has("connection")) fields.push(["connection", "keep-alive"]);
  const isBodyless =
    method === "HEAD" || status === 204 || status === 304 || new Fields(fields).get("content-length") === "0";
  if (!isBodyless && !has("content-length")) fields.push(["transfer-encoding", "chunked"]);
  return { head: { statusCode: status, rawHeaders: rawFields(fields) } as IncomingMessage, isBodyless };
}
