import { entries, integer, nanoseconds, text } from "./read";

/** The request. Most of it is there only while its headers are on their way, and again when it is logged. */

/** The path with its query. */
export function path(): string | null {
  return text("request\0path");
}

/** The path without its query. */
export function urlPath(): string | null {
  return text("request\0url_path");
}

/** The query without its `?`. */
export function query(): string | null {
  return text("request\0query");
}

/** The authority: `example.com:8080`. */
export function host(): string | null {
  return text("request\0host");
}

/** `http` or `https`. */
export function scheme(): string | null {
  return text("request\0scheme");
}

/** `GET`, `POST`, ... */
export function method(): string | null {
  return text("request\0method");
}

/** The header `referer`. */
export function referer(): string | null {
  return text("request\0referer");
}

/** The header `user-agent`. */
export function userAgent(): string | null {
  return text("request\0useragent");
}

/** The header `x-request-id`. */
export function requestId(): string | null {
  return text("request\0id");
}

/** `HTTP/1.0`, `HTTP/1.1`, `HTTP/2` or `HTTP/3`. */
export function protocol(): string | null {
  return text("request\0protocol");
}

/** When its first byte came, in nanoseconds since 1970; -1 where that is not known. */
export function time(): i64 {
  return nanoseconds("request\0time");
}

/** How long it has taken from first to last byte, in nanoseconds; -1 before the end. */
export function duration(): i64 {
  return nanoseconds("request\0duration");
}

/** The size of its body in bytes, or what `content-length` says; -1 where that is not known. */
export function size(): i64 {
  return integer("request\0size");
}

/** The size of body, headers and framing in bytes; -1 before the end. */
export function totalSize(): i64 {
  return integer("request\0total_size");
}

/** The size of its headers in bytes; -1 where that is not known. */
export function headersBytes(): i64 {
  return integer("request\0headers_bytes");
}

/** All headers as `[[name, value], ...]`, repeated ones joined by commas. */
export function headers(): string[][] | null {
  return entries("request\0headers");
}

/** A header, repeated ones joined by commas: `Headers.get` gives the first alone. */
export function header(name: string): string | null {
  return text("request\0headers\0" + name);
}
