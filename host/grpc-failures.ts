/** Of gRPC's statuses those that Envoy gives by itself. */
export enum GrpcStatus {
  Ok = 0,
  Unknown = 2,
  Internal = 13,
  Unavailable = 14,
}

/** How Envoy's own answers to calls that fail read. */
export const grpcFailures: Record<
  "timeout" | "refused" | "reset" | "no hosts",
  { status: number; message: string }
> = {
  "no hosts": { status: GrpcStatus.Unavailable, message: "no healthy upstream" },
  timeout: { status: GrpcStatus.Unavailable, message: "upstream request timeout" },
  refused: {
    status: GrpcStatus.Unavailable,
    message:
      "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
  },
  reset: {
    status: GrpcStatus.Unavailable,
    message:
      "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
  },
};
