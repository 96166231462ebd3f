import { HeaderMap } from "./header-map.js";
import { noBytes, toText } from "./text.js";

/** A local reply as a plugin asked for it. */
export interface LocalReply {
  status: number;
  headers: [name: string, value: string][];
  body: Uint8Array;
  details: string;
  /** Undefined when the plugin gave none. */
  grpcStatus?: number;
  /** It goes to the client at once, past all filters: the answer that it takes the place of had begun. */
  direct?: true;
}

/** What Envoy makes of a reply: headers and body of a response. */
export interface ReplyMessage {
  headers: HeaderMap;
  body: Uint8Array;
}

/** Envoy's gRPC status for an HTTP status. (Envoy, `Grpc::Utility::httpToGrpcStatus`) */
export function grpcStatusOf(status: number): number {
  const known: Record<number, number> = {
    400: 13,
    401: 16,
    403: 7,
    404: 12,
    429: 14,
    502: 14,
    503: 14,
    504: 14,
  };
  return known[status] ?? 2;
}

/**
 * A reply as a response: with lengths and types, in gRPC's way for a gRPC request, and without a body for a HEAD.
 * (Envoy, `Utility::prepareLocalReply`)
 */
export function replyMessage(reply: LocalReply, request: HeaderMap): ReplyMessage {
  const headers = new HeaderMap([[":status", String(reply.status)], ...reply.headers]);
  const isHead = request.text(":method") === "HEAD";
  if (isGrpc(request)) {
    headers.set(":status", "200");
    headers.set("content-type", "application/grpc");
    if (headers.get("grpc-status") === undefined) {
      headers.add("grpc-status", String(reply.grpcStatus ?? grpcStatusOf(reply.status)));
    }
    if (reply.body.length > 0 && !isHead) headers.set("grpc-message", percentEncoded(toText(reply.body)));
    headers.remove("content-length");
    return { headers, body: noBytes };
  }
  if (reply.body.length > 0) {
    headers.set("content-length", String(reply.body.length));
    if (headers.get("content-type") === undefined) headers.add("content-type", "text/plain");
  } else {
    headers.remove("content-length");
    headers.remove("content-type");
  }
  return { headers, body: isHead ? noBytes : reply.body };
}

/** Whether a request speaks gRPC. */
export function isGrpc(request: HeaderMap): boolean {
  return /^application\/grpc(\+|$)/.test(request.text("content-type") ?? "");
}

/** As gRPC writes messages in a header: control characters, `%` and what is not ASCII in hexadecimal. */
export function percentEncoded(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}
