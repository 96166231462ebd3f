import { Slice, dataOf, sizeOf, sliceOf } from "../runtime/slice";
import { Hash } from "./hash";
import { Sha256 } from "./sha256";
import { Sha384, Sha512 } from "./sha512";

const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

/** The HMAC of bytes with SHA-256: 32 bytes. Compare it with `equalInConstantTime`. (RFC 2104) */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hmac(new Sha256(), sliceOf(key), sliceOf(bytes));
}

/** The HMAC of bytes with SHA-384: 48 bytes. Compare it with `equalInConstantTime`. (RFC 2104) */
export function hmacSha384(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hmac(new Sha384(), sliceOf(key), sliceOf(bytes));
}

/** The HMAC of bytes with SHA-512: 64 bytes. Compare it with `equalInConstantTime`. (RFC 2104) */
export function hmacSha512(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hmac(new Sha512(), sliceOf(key), sliceOf(bytes));
}

/** The HMAC of bytes with a hash that nothing was added to yet. A key of any length will do. (RFC 2104) */
export function hmac(hash: Hash, key: Slice, bytes: Slice): Uint8Array {
  const pad = new Uint8Array(hash.blockSize);
  if (<i32>sizeOf(key) > hash.blockSize) hash.update(key).digestTo(pad.dataStart);
  else memory.copy(pad.dataStart, dataOf(key), sizeOf(key));
  mask(pad, INNER);
  const inner = hash.update(sliceOf(pad)).update(bytes).digest();
  mask(pad, INNER ^ OUTER);
  return hash.update(sliceOf(pad)).update(sliceOf(inner)).digest();
}

function mask(pad: Uint8Array, byte: u8): void {
  const end = pad.dataStart + <usize>pad.length;
  for (let at = pad.dataStart; at < end; at++) store<u8>(at, load<u8>(at) ^ byte);
}
