import { Slice, dataOf, equalBytes, sizeOf, slice, sliceOf } from "../runtime/slice";
import { EdwardsCurve } from "./edwards";
import { Sha512 } from "./sha512";

const SIZE: usize = 32;

// @ts-ignore: decorator
@lazy
let sharedCurve: EdwardsCurve | null = null;

function edwards25519(): EdwardsCurve {
  let curve = sharedCurve;
  if (curve == null) {
    curve = new EdwardsCurve();
    sharedCurve = curve;
  }
  return curve;
}

/** A public key for Ed25519. (RFC 8032) */
@final
export class Ed25519Key {
  private readonly bytes: Uint8Array;
  /** The opposite of the key's point. */
  private readonly opposite: StaticArray<u32>;

  private constructor(bytes: Uint8Array, opposite: StaticArray<u32>) {
    this.bytes = bytes;
    this.opposite = opposite;
  }

  /**
   * The key of 32 bytes. Null where they stand for no point of the curve, not in the one right way, or for one of the
   * eight points with which signatures of anything can be had without a secret.
   */
  static of(bytes: Uint8Array): Ed25519Key | null {
    if (bytes.length != <i32>SIZE) return null;
    const curve = edwards25519();
    const point = curve.point(sliceOf(bytes));
    if (point == null || curve.isOfSmallOrder(changetype<usize>(point))) return null;
    curve.negate(changetype<usize>(point));
    return new Ed25519Key(bytes.slice(), point);
  }

  /**
   * Whether a signature is right: R and S one after the other, 32 bytes each. S must be smaller than the order, and
   * R be what comes out, byte for byte: the equation without the cofactor. (RFC 8032, section 5.1.7)
   */
  verify(signature: Slice, text: Slice): bool {
    if (sizeOf(signature) != SIZE * 2) return false;
    const curve = edwards25519();
    const order = curve.order;
    const s = changetype<usize>(order.numbers(7));
    const low = s + SIZE;
    const high = low + SIZE;
    const result = high + SIZE;
    memory.copy(s, dataOf(signature) + SIZE, SIZE);
    if (!order.contains(s)) return false;

    // The hash of 64 bytes modulo the order: its upper half times 2^256, which is what `enter` makes, and its lower.
    const r = slice(dataOf(signature), SIZE);
    new Sha512().update(r).update(sliceOf(this.bytes)).update(text).digestTo(low);
    order.enter(high, high);
    order.enter(low, low);
    order.leave(low, low);
    order.add(high, high, low);

    curve.addMultiples(result, s, curve.generator, high, changetype<usize>(this.opposite), order.bits);
    curve.write(low, result);
    return equalBytes(slice(low, SIZE), r);
  }
}
