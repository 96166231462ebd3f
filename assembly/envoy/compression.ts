import { callForeign } from "./foreign";

/** Bytes compressed in zlib's format (RFC 1950); null where the host cannot. (Envoy, `compress`) */
export function compress(bytes: Uint8Array): Uint8Array | null {
  const answer = callForeign("compress", bytes);
  return answer.ok ? answer.bytes : null;
}

/**
 * Bytes in zlib's format as they were before; null for what is not in that format, and where the host cannot. Nothing
 * bounds how much comes out: keep it from bytes that strangers send. (Envoy, `uncompress`)
 */
export function uncompress(bytes: Uint8Array): Uint8Array | null {
  const answer = callForeign("uncompress", bytes);
  return answer.ok ? answer.bytes : null;
}
