import { percentEncoded } from "./local-reply.js";

/** Of gRPC's statuses those that Envoy gives by itself. */
export enum GrpcStatus {
  Ok = 0,
  Unknown = 2,
  Internal = 13,
  Unavailable = 14,
}

/** How Envoy's own answers to calls that fail read: behind what a client would see stand the details of it. */
export const grpcFailures: Record<
  "timeout" | "refused" | "reset" | "no hosts",
  { status: number; message: string }
> = {
  "no hosts": { status: GrpcStatus.Unavailable, message: "no healthy upstream{no_healthy_upstream}" },
  timeout: { status: GrpcStatus.Unavailable, message: "upstream request timeout{response_timeout}" },
  refused: {
    status: GrpcStatus.Unavailable,
    message:
      "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure" +
      "{upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}}",
  },
  reset: {
    status: GrpcStatus.Unavailable,
    message:
      "upstream connect error or disconnect/reset before headers. reset reason: connection termination" +
      "{upstream_reset_before_response_started{connection_termination}}",
  },
};

/** A service's message as a plugin gets it: as it came, with the details of a response that an upstream gave. */
export const statusMessage = (message: string): string =>
  message === "" ? "via_upstream" : `${percentEncoded(message)}{via_upstream}`;
