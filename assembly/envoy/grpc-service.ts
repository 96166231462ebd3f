import { ProtobufWriter } from "./protobuf";

/**
 * A serialized `envoy.config.core.v3.GrpcService` for a cluster, with an authority that is valid: that of the bare
 * cluster name is the name itself, which in Istio has `|` in it.
 */
export function grpcService(cluster: string, authority: string): Uint8Array {
  const envoyGrpc = new ProtobufWriter().string(1, cluster).string(2, authority).finish();
  return new ProtobufWriter().bytes(1, envoyGrpc).finish();
}
