import { HeaderMap } from "../header-map.js";
import type { LocalReply } from "../index.js";
import { toText } from "../text.js";

/** A response that the proxy makes itself. */
export interface ReplyMessage {
  headers: HeaderMap;
  body: Uint8Array;
}

/** gRPC's status for an HTTP status. (Envoy, `Grpc::Utility::httpToGrpcStatus`) */
const grpcStatuses = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);

/** A local reply as a response: for gRPC clients it is a status in the headers. (Envoy, `Utility::sendLocalReply`) */
export function replyMessage(reply: LocalReply, request: HeaderMap): ReplyMessage {
  if (isGrpc(request)) return grpcReply(reply);
  const headers = new HeaderMap([[":status", String(reply.status)], ...reply.headers]);
  if (reply.body.length === 0) {
    headers.remove("content-length");
    headers.remove("content-type");
    return { headers, body: reply.body };
  }
  headers.set("content-length", String(reply.body.length));
  if (headers.get("content-type") === undefined) headers.add("content-type", "text/plain");
  return { headers, body: reply.body };
}

function isGrpc(request: HeaderMap): boolean {
  return /^application\/grpc($|[+;])/.test(request.text("content-type") ?? "");
}

function grpcReply(reply: LocalReply): ReplyMessage {
  const headers = new HeaderMap([[":status", "200"], ...reply.headers]);
  headers.set("content-type", "application/grpc");
  headers.set("grpc-status", String(reply.grpcStatus ?? grpcStatuses.get(reply.status) ?? 2));
  if (reply.body.length > 0) headers.set("grpc-message", percentEncoded(toText(reply.body)));
  return { headers, body: new Uint8Array(0) };
}

/** What is not printable ASCII, and the percent sign, byte by byte. (gRPC over HTTP/2, "Responses") */
function percentEncoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .join("");
}
