import { entries, integer, nanoseconds, text } from "./read";

/** The response, once its headers have come. */

/** The status; -1 before there is one. */
export function code(): i64 {
  return integer("response\0code");
}

/** Why it has this status: `via_upstream`, or what a local reply said. */
export function codeDetails(): string | null {
  return text("response\0code_details");
}

/** What went wrong, as the bits that the access log shows as `UF`, `UH`, ...; -1 before the end. */
export function flags(): i64 {
  return integer("response\0flags");
}

/** The gRPC status, 0 to 16; -1 where there is none. */
export function grpcStatus(): i64 {
  return integer("response\0grpc_status");
}

/** The size of its body in bytes; -1 before the end. */
export function size(): i64 {
  return integer("response\0size");
}

/** The size of body, headers and framing in bytes; -1 before the end. */
export function totalSize(): i64 {
  return integer("response\0total_size");
}

/** The size of its headers in bytes; -1 where that is not known. */
export function headersBytes(): i64 {
  return integer("response\0headers_bytes");
}

/** From the last byte to the upstream to the first one from it, in nanoseconds; -1 where that is not known. */
export function backendLatency(): i64 {
  return nanoseconds("response\0backend_latency");
}

/** All headers as `[[name, value], ...]`, repeated ones joined by commas. */
export function headers(): string[][] | null {
  return entries("response\0headers");
}

/** All trailers, as `headers`. */
export function trailers(): string[][] | null {
  return entries("response\0trailers");
}

/** A header, repeated ones joined by commas: `Headers.get` gives the first alone. */
export function header(name: string): string | null {
  return text("response\0headers\0" + name);
}

/** A trailer, as `header`. */
export function trailer(name: string): string | null {
  return text("response\0trailers\0" + name);
}
