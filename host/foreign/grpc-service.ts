import { toText } from "../text.js";
import { readMessage } from "./protobuf.js";

/** The cluster of a gRPC upstream, and whether it was named alone. */
export interface GrpcTarget {
  cluster: string;
  named: boolean;
}

/** The cluster that a module names, or a serialized `GrpcService` of it; undefined for a service without a cluster. */
export function grpcTarget(upstream: Uint8Array): GrpcTarget | undefined {
  const service = readMessage(upstream);
  if (service === undefined) return { cluster: toText(upstream), named: true };
  const envoyGrpc = service.get(1);
  const fields = envoyGrpc instanceof Uint8Array ? readMessage(envoyGrpc) : undefined;
  const cluster = fields?.get(1);
  return cluster instanceof Uint8Array ? { cluster: toText(cluster), named: false } : undefined;
}
