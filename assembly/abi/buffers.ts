import { BufferType } from "./enums";
import { outData, outSize } from "./out";
import { Status } from "./status";

// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
declare function proxy_get_buffer_bytes(
  buffer: BufferType,
  start: usize,
  maximum: usize,
  dataOut: usize,
  sizeOut: usize,
): Status;

/**
 * At most `maximum` bytes of a buffer from `start` on, in host memory (`hostData()`, `hostSize()`).
 * `NotFound` when the buffer does not exist in this callback, `BadArgument` when the range wraps round.
 */
// @ts-ignore: decorator
@inline
export function getBufferBytes(buffer: BufferType, start: usize, maximum: usize): Status {
  return proxy_get_buffer_bytes(buffer, start, maximum, outData(), outSize());
}

// @ts-ignore: decorator
@external("env", "proxy_set_buffer_bytes")
declare function proxy_set_buffer_bytes(
  buffer: BufferType,
  start: usize,
  size: usize,
  data: usize,
  dataSize: usize,
): Status;

/**
 * Puts bytes in the place of `size` bytes from `start` on. Envoy takes a `start` of 0 (drop `size` bytes, put these
 * in front) or one past the end (append); anything else is `BadArgument`, and so is any use in a headers callback.
 *
 * Callbacks of the same context can run inside the call, its end included: a body that outgrows the buffer limit
 * is answered for by the host at once.
 */
// @ts-ignore: decorator
@inline
export function setBufferBytes(
  buffer: BufferType,
  start: usize,
  size: usize,
  data: usize,
  dataSize: usize,
): Status {
  return proxy_set_buffer_bytes(buffer, start, size, data, dataSize);
}

// @ts-ignore: decorator
@external("env", "proxy_get_buffer_status")
declare function proxy_get_buffer_status(buffer: BufferType, sizeOut: usize, flagsOut: usize): Status;

/** A buffer's size in bytes (`hostU32()`). `NotFound` or `BadArgument` when it does not exist in this callback. */
// @ts-ignore: decorator
@inline
export function getBufferStatus(buffer: BufferType): Status {
  return proxy_get_buffer_status(buffer, outData(), outSize());
}
