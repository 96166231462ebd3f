import { grpcService } from "../envoy/grpc-service";
import { Slice, dataOf, sizeOf, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";

/** That a target names no upstream. */
export const NO_UPSTREAM: Slice = 0;

/** What Envoy finds when it reads bytes as an `envoy.config.core.v3.GrpcService`. */
enum Reading {
  /** They are no protobuf message. */
  Nothing,
  /** A message, or perhaps one, that names no service. */
  Other,
  /** A message with `envoy_grpc` or `google_grpc` in it. */
  Service,
}

/**
 * What the host is asked with. Envoy takes the upstream for a `GrpcService` if it can be read as one, and for a cluster's
 * name if not; a message that names no service ends the whole process (1.40: "panic: unset oneof"), and names such as
 * `users` or `email` are one. Those go as a `GrpcService`, and what is none does not go at all.
 */
export function upstreamBytes(cluster: string, serviceBytes: Uint8Array | null): Slice {
  if (serviceBytes !== null) {
    const service = sliceOf(serviceBytes);
    return read(service) == Reading.Service ? service : NO_UPSTREAM;
  }
  const name = encode(cluster);
  if (sizeOf(name) == 0) return NO_UPSTREAM;
  return read(name) == Reading.Nothing ? name : sliceOf(grpcService(cluster, ""));
}

function read(bytes: Slice): Reading {
  const end = dataOf(bytes) + sizeOf(bytes);
  let at = dataOf(bytes);
  let found = Reading.Other;
  while (at < end) {
    const tag = varintAt(at, end);
    at += varintSize(at, end);
    const kind = (<u32>tag) & 7;
    if (at > end || tag < 8 || kind > 5) return Reading.Nothing;
    let size: u64 = 0;
    if (kind == 0) {
      size = varintSize(at, end);
    } else if (kind == 1) {
      size = 8;
    } else if (kind == 2) {
      const length = varintAt(at, end);
      at += varintSize(at, end);
      if (at > end) return Reading.Nothing;
      size = length;
      if (tag >> 3 <= 2 && found == Reading.Other) found = Reading.Service;
    } else if (kind == 5) {
      size = 4;
    }
    if (size > <u64>(end - at)) return Reading.Nothing;
    at += <usize>size;
  }
  return found;
}

/** The number that begins at an address. */
function varintAt(at: usize, end: usize): u64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; at < end && shift < 70; shift += 7, at++) {
    const byte = <u64>load<u8>(at);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

/** How many bytes the number at an address takes; more than there are when it does not end. */
function varintSize(at: usize, end: usize): usize {
  const begin = at;
  while (at < end && at - begin < 10) {
    if (load<u8>(at++) < 0x80) return at - begin;
  }
  return end - begin + 1;
}
