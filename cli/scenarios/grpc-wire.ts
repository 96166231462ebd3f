import type { Reply } from "../upstream.js";
import type { GrpcResult } from "./script.js";

const prefixSize = 5;

/** The first message in the body of a gRPC request; undefined where it has none. (gRPC over HTTP/2, "Length-Prefixed-Message") */
export function messageIn(body: Buffer): Buffer | undefined {
  if (body.length < prefixSize) return undefined;
  return body.subarray(prefixSize, prefixSize + body.readUInt32BE(1));
}

/** A gRPC answer as one of HTTP: its message in the body, its status in the trailers. */
export function grpcReply({ message, status, statusMessage, delay, reset }: GrpcResult): Reply {
  return {
    headers: { "content-type": "application/grpc" },
    body: message === undefined ? [] : [framed(message)],
    trailers: {
      "grpc-status": String(status),
      ...(statusMessage !== "" && { "grpc-message": encodeURIComponent(statusMessage) }),
    },
    ...(delay > 0 && { delay }),
    ...(reset && { reset: "at once" as const }),
  };
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixSize);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
