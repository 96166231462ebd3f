import { outData } from "./out";
import { Status } from "./status";

// @ts-ignore: decorator
@external("env", "proxy_http_call")
declare function proxy_http_call(
  cluster: usize,
  clusterSize: usize,
  headers: usize,
  headersSize: usize,
  body: usize,
  bodySize: usize,
  trailers: usize,
  trailersSize: usize,
  timeoutMilliseconds: u32,
  tokenOut: usize,
): Status;

/**
 * Sends a request to a cluster; `hostU32()` is then the number that `proxy_on_http_call_response` will name. A timeout
 * of 0 is none. The call is the root context's, whoever makes it. `BadArgument` for an unknown cluster or without
 * `:method`, `:path` and `:authority`; `InternalFailure` when it cannot be sent.
 */
// @ts-ignore: decorator
@inline
export function httpCall(
  cluster: usize,
  clusterSize: usize,
  headers: usize,
  headersSize: usize,
  body: usize,
  bodySize: usize,
  trailers: usize,
  trailersSize: usize,
  timeoutMilliseconds: u32,
): Status {
  return proxy_http_call(
    cluster,
    clusterSize,
    headers,
    headersSize,
    body,
    bodySize,
    trailers,
    trailersSize,
    timeoutMilliseconds,
    outData(),
  );
}

// @ts-ignore: decorator
@external("env", "proxy_grpc_call")
declare function proxy_grpc_call(
  upstream: usize,
  upstreamSize: usize,
  service: usize,
  serviceSize: usize,
  method: usize,
  methodSize: usize,
  metadata: usize,
  metadataSize: usize,
  message: usize,
  messageSize: usize,
  timeoutMilliseconds: u32,
  tokenOut: usize,
): Status;

/**
 * Makes a unary gRPC call; `hostU32()` is then its number. The upstream is a cluster's name or a serialized Envoy
 * `GrpcService`. `ParseFailure` for an upstream that is neither.
 */
// @ts-ignore: decorator
@inline
export function grpcCall(
  upstream: usize,
  upstreamSize: usize,
  service: usize,
  serviceSize: usize,
  method: usize,
  methodSize: usize,
  metadata: usize,
  metadataSize: usize,
  message: usize,
  messageSize: usize,
  timeoutMilliseconds: u32,
): Status {
  return proxy_grpc_call(
    upstream,
    upstreamSize,
    service,
    serviceSize,
    method,
    methodSize,
    metadata,
    metadataSize,
    message,
    messageSize,
    timeoutMilliseconds,
    outData(),
  );
}

// @ts-ignore: decorator
@external("env", "proxy_grpc_stream")
declare function proxy_grpc_stream(
  upstream: usize,
  upstreamSize: usize,
  service: usize,
  serviceSize: usize,
  method: usize,
  methodSize: usize,
  metadata: usize,
  metadataSize: usize,
  tokenOut: usize,
): Status;

/** Opens a gRPC stream; as `grpcCall`. */
// @ts-ignore: decorator
@inline
export function grpcStream(
  upstream: usize,
  upstreamSize: usize,
  service: usize,
  serviceSize: usize,
  method: usize,
  methodSize: usize,
  metadata: usize,
  metadataSize: usize,
): Status {
  return proxy_grpc_stream(
    upstream,
    upstreamSize,
    service,
    serviceSize,
    method,
    methodSize,
    metadata,
    metadataSize,
    outData(),
  );
}

// @ts-ignore: decorator
@external("env", "proxy_grpc_send")
declare function proxy_grpc_send(token: u32, message: usize, messageSize: usize, endOfStream: i32): Status;

/** Sends a message on a gRPC stream. `BadArgument` for a number that is no stream's, `NotFound` when it is over. */
// @ts-ignore: decorator
@inline
export function grpcSend(token: u32, message: usize, messageSize: usize, endOfStream: bool): Status {
  return proxy_grpc_send(token, message, messageSize, endOfStream);
}

// @ts-ignore: decorator
@external("env", "proxy_grpc_cancel")
declare function proxy_grpc_cancel(token: u32): Status;

/** Cancels a gRPC call or resets a stream: nothing more is heard of it. `NotFound` when it is over. */
// @ts-ignore: decorator
@inline
export function grpcCancel(token: u32): Status {
  return proxy_grpc_cancel(token);
}

// @ts-ignore: decorator
@external("env", "proxy_grpc_close")
declare function proxy_grpc_close(token: u32): Status;

/** Ends the sending side of a gRPC stream, and cancels a call. `NotFound` when it is over. */
// @ts-ignore: decorator
@inline
export function grpcClose(token: u32): Status {
  return proxy_grpc_close(token);
}
