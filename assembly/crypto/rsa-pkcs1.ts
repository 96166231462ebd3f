import { Slice, equalBytes, sliceOf } from "../runtime/slice";
import { Hash } from "./hash";
import { RsaKey } from "./rsa";

/** The lengths of the hashes' names in DER, which differ in their last byte only. */
const PREFIX: usize = 19;

/**
 * Whether a signature of the kind RSASSA-PKCS1-v1_5 is right: `RS256` and its like. The hash is SHA-256, 384 or 512,
 * with nothing added to it yet. (RFC 8017, section 8.2.2)
 *
 * The block that must come out is made and compared as a whole. It is never parsed, which is where forgeries got in.
 */
export function verifyRsaPkcs1(key: RsaKey, hash: Hash, signature: Slice, text: Slice): bool {
  const block = key.open(signature);
  if (block == null) return false;
  const size = <usize>key.size;
  const expected = new Uint8Array(<i32>size);
  const start = expected.dataStart;
  const digest = start + size - <usize>hash.size;
  // 00 01 ff ... ff 00, the hash's name, the hash: the keys that `RsaKey` takes have room for all of them.
  memory.fill(start, 0xff, size);
  store<u16>(start, 0x0100);
  nameHash(digest - PREFIX, hash.size);
  store<u8>(digest - PREFIX - 1, 0);
  hash.update(text).digestTo(digest);
  return equalBytes(sliceOf(block), sliceOf(expected));
}

/** Writes the head of a DigestInfo: SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, NULL }, OCTET STRING }. */
function nameHash(target: usize, size: i32): void {
  const head = memory.data<u8>([
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
  ]);
  memory.copy(target, head, PREFIX);
  store<u8>(target, 0x11 + size, 1);
  // 2.16.840.1.101.3.4.2: 1 is SHA-256, 2 is SHA-384, 3 is SHA-512.
  store<u8>(target, (size >> 4) - 1, 14);
  store<u8>(target, size, 18);
}
