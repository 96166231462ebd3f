import { Slice, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { WeierstrassCurve } from "./weierstrass";

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/**
 * An RSA key as a SubjectPublicKeyInfo in DER, which hosts take. The numbers have their highest bytes first. (RFC 3279,
 * section 2.3.1)
 */
export function rsaKeyDer(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  // SEQUENCE { OBJECT IDENTIFIER 1.2.840.113549.1.1.1, NULL }
  const algorithm = memory.data<u8>([
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
  ]);
  const numbers = joined(sliceOf(integer(sliceOf(modulus))), sliceOf(integer(sliceOf(exponent))));
  return keyInfo(slice(algorithm, 15), tagged(SEQUENCE, sliceOf(numbers)));
}

/**
 * A point of P-256 or P-384 as a SubjectPublicKeyInfo in DER, its coordinates as long as the curve's numbers. (RFC
 * 5480, section 2)
 */
export function ecKeyDer(curve: WeierstrassCurve, x: Uint8Array, y: Uint8Array): Uint8Array {
  // SEQUENCE { OBJECT IDENTIFIER 1.2.840.10045.2.1, OBJECT IDENTIFIER of the curve }
  const p256 = memory.data<u8>([
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07,
  ]);
  const p384 = memory.data<u8>([
    0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
    0x22,
  ]);
  const uncompressed = joined(slice(memory.data<u8>([0x04]), 1), sliceOf(joined(sliceOf(x), sliceOf(y))));
  return keyInfo(curve.bytes == 32 ? slice(p256, 21) : slice(p384, 18), uncompressed);
}

/**
 * An ECDSA signature in DER: SEQUENCE { INTEGER r, INTEGER s }, from r and s one after the other in the same number of
 * bytes. (RFC 3279, section 2.2.3)
 */
export function ecdsaSignatureDer(signature: Slice): Uint8Array {
  const half = sizeOf(signature) >> 1;
  const r = integer(slice(dataOf(signature), half));
  const s = integer(slice(dataOf(signature) + half, half));
  return tagged(SEQUENCE, sliceOf(joined(sliceOf(r), sliceOf(s))));
}

function keyInfo(algorithm: Slice, key: Uint8Array): Uint8Array {
  // A bit string says first how many bits of its last byte are unused.
  const bits = joined(slice(memory.data<u8>([0x00]), 1), sliceOf(key));
  return tagged(SEQUENCE, sliceOf(joined(algorithm, sliceOf(tagged(BIT_STRING, sliceOf(bits))))));
}

/** A number that is not negative in as few bytes as it takes: its first bit is a sign. */
function integer(bytes: Slice): Uint8Array {
  let at = dataOf(bytes);
  const end = at + sizeOf(bytes);
  while (at < end && load<u8>(at) == 0) at += 1;
  const zero = at == end || load<u8>(at) >= 0x80;
  const sign = slice(memory.data<u8>([0x00]), zero ? 1 : 0);
  return tagged(INTEGER, sliceOf(joined(sign, slice(at, end - at))));
}

function tagged(tag: u8, content: Slice): Uint8Array {
  const size = sizeOf(content);
  const lengthSize: usize = size < 0x80 ? 0 : size < 0x100 ? 1 : 2;
  const bytes = new Uint8Array(2 + <i32>lengthSize + <i32>size);
  const target = bytes.dataStart;
  store<u8>(target, tag);
  if (lengthSize == 0) {
    store<u8>(target, <u8>size, 1);
  } else {
    store<u8>(target, <u8>(0x80 | lengthSize), 1);
    if (lengthSize == 1) store<u8>(target, <u8>size, 2);
    else store<u16>(target, bswap<u16>(<u16>size), 2);
  }
  memory.copy(target + 2 + lengthSize, dataOf(content), size);
  return bytes;
}

function joined(a: Slice, b: Slice): Uint8Array {
  const bytes = new Uint8Array(<i32>(sizeOf(a) + sizeOf(b)));
  memory.copy(bytes.dataStart, dataOf(a), sizeOf(a));
  memory.copy(bytes.dataStart + sizeOf(a), dataOf(b), sizeOf(b));
  return bytes;
}
