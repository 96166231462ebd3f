import { Slice, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { Modulus } from "./modulus";

const SMALLEST_MODULUS: i32 = 2048;
const LARGEST_MODULUS: i32 = 8192;

/** A public RSA key (RFC 8017). */
@final
export class RsaKey {
  /** How many bits the modulus has: from 2,048, which JWTs ask for (RFC 7518, section 3.3), to 8,192. */
  readonly bits: i32;
  private readonly modulus: Modulus;
  private readonly exponent: u32;
  /** A signature's number, its image, and the result. */
  private readonly room: StaticArray<u32>;

  private constructor(modulus: Modulus, exponent: u32) {
    this.bits = modulus.bits;
    this.modulus = modulus;
    this.exponent = exponent;
    this.room = modulus.numbers(3);
  }

  /**
   * The key with these numbers, highest bytes first; zeros before them do not matter. Null for a modulus that is even
   * or not of 2,048 to 8,192 bits, and for an exponent that is even, below 3, or of more than 32 bits.
   */
  static of(modulus: Uint8Array, exponent: Uint8Array): RsaKey | null {
    const n = withoutZeros(sliceOf(modulus));
    const e = withoutZeros(sliceOf(exponent));
    if (sizeOf(n) < <usize>(SMALLEST_MODULUS >> 3) || sizeOf(n) > <usize>(LARGEST_MODULUS >> 3)) return null;
    if (sizeOf(e) == 0 || sizeOf(e) > 4) return null;
    let power: u32 = 0;
    for (let i: usize = 0; i < sizeOf(e); i++) power = (power << 8) | load<u8>(dataOf(e) + i);
    const last = dataOf(n) + sizeOf(n) - 1;
    if ((power & 1) == 0 || power < 3 || (load<u8>(last) & 1) == 0) return null;
    const limbs = new StaticArray<u32>((<i32>((sizeOf(n) + 7) >> 3)) << 1);
    for (let i: usize = 0; i < sizeOf(n); i++) store<u8>(changetype<usize>(limbs) + i, load<u8>(last - i));
    const key = new RsaKey(new Modulus(changetype<usize>(limbs), limbs.length), power);
    return key.bits < SMALLEST_MODULUS ? null : key;
  }

  /** How many bytes a signature has. */
  get size(): i32 {
    return (this.bits + 7) >> 3;
  }

  /**
   * What a signature was made from: its number to the power of the exponent, in as many bytes as the modulus has,
   * highest first. Null where it has another number of bytes, or is not smaller than the modulus.
   */
  open(signature: Slice): Uint8Array | null {
    const modulus = this.modulus;
    const number = changetype<usize>(this.room);
    const image = number + modulus.size;
    const result = image + modulus.size;
    if (sizeOf(signature) != this.size) return null;
    if (!modulus.read(number, signature) || !modulus.contains(number)) return null;
    modulus.enter(image, number);
    memory.copy(result, image, modulus.size);
    for (let bit = 30 - <i32>clz<u32>(this.exponent); bit >= 0; bit--) {
      modulus.multiply(result, result, result);
      if (((this.exponent >> bit) & 1) != 0) modulus.multiply(result, result, image);
    }
    modulus.leave(result, result);
    const bytes = new Uint8Array(this.size);
    const last = bytes.dataStart + <usize>bytes.length - 1;
    for (let i: usize = 0; i < <usize>bytes.length; i++) store<u8>(last - i, load<u8>(result + i));
    return bytes;
  }
}

function withoutZeros(bytes: Slice): Slice {
  let at = dataOf(bytes);
  const end = at + sizeOf(bytes);
  while (at < end && load<u8>(at) == 0) at += 1;
  return slice(at, end - at);
}
