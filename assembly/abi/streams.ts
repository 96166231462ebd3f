import { StreamType } from "./enums";
import { Status } from "./status";

// @ts-ignore: decorator
@external("env", "proxy_continue_stream")
declare function proxy_continue_stream(stream: StreamType): Status;

/** Lets a stream go on that a callback has paused, once the callback has returned. */
// @ts-ignore: decorator
@inline
export function continueStream(stream: StreamType): Status {
  return proxy_continue_stream(stream);
}

// @ts-ignore: decorator
@external("env", "proxy_close_stream")
declare function proxy_close_stream(stream: StreamType): Status;

/** Resets an HTTP stream or closes a connection, once the callback has returned. */
// @ts-ignore: decorator
@inline
export function closeStream(stream: StreamType): Status {
  return proxy_close_stream(stream);
}

// @ts-ignore: decorator
@external("env", "proxy_send_local_response")
declare function proxy_send_local_response(
  statusCode: u32,
  details: usize,
  detailsSize: usize,
  body: usize,
  bodySize: usize,
  headers: usize,
  headersSize: usize,
  grpcStatus: i32,
): Status;

/**
 * Answers the request without the upstream, once the callback has returned. White space in `details` becomes `_`.
 * A gRPC status outside 0 to 16 means none. The host answers `Ok` and does nothing where there is no stream.
 */
// @ts-ignore: decorator
@inline
export function sendLocalResponse(
  statusCode: u32,
  details: usize,
  detailsSize: usize,
  body: usize,
  bodySize: usize,
  headers: usize,
  headersSize: usize,
  grpcStatus: i32,
): Status {
  return proxy_send_local_response(
    statusCode,
    details,
    detailsSize,
    body,
    bodySize,
    headers,
    headersSize,
    grpcStatus,
  );
}
