import { Slice, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { Hash } from "./hash";
import { WeierstrassCurve } from "./weierstrass";

/** A public key for ECDSA on one of NIST's curves. (FIPS 186-5, section 6) */
@final
export class EcdsaKey {
  readonly curve: WeierstrassCurve;
  private readonly point: StaticArray<u32>;

  private constructor(curve: WeierstrassCurve, point: StaticArray<u32>) {
    this.curve = curve;
    this.point = point;
  }

  /** The key with a point's coordinates. Null where they are not of the curve, or not of its length. */
  static of(curve: WeierstrassCurve, x: Uint8Array, y: Uint8Array): EcdsaKey | null {
    const point = curve.point(sliceOf(x), sliceOf(y));
    return point == null ? null : new EcdsaKey(curve, point);
  }

  /**
   * Whether a signature is right, in the form that tokens have: r and s one after the other, each as long as the
   * curve's numbers (RFC 7518, section 3.4). The hash has nothing added to it yet, and is as long as those: SHA-256
   * with P-256, SHA-384 with P-384.
   */
  verify(hash: Hash, signature: Slice, text: Slice): bool {
    const curve = this.curve;
    const order = curve.order;
    const field = curve.field;
    const size = order.size;
    const half = <usize>curve.bytes;
    if (sizeOf(signature) != half * 2 || hash.size != curve.bytes) return false;
    const r = changetype<usize>(order.numbers(8));
    const s = r + size;
    const first = s + size;
    const second = first + size;
    const result = second + size;
    order.read(r, slice(dataOf(signature), half));
    order.read(s, slice(dataOf(signature) + half, half));
    if (order.isZero(r) || !order.contains(r) || order.isZero(s) || !order.contains(s)) return false;

    // The images of s and of 1 / s, then the numbers hash / s and r / s.
    order.enter(second, s);
    order.invert(s, second);
    order.read(first, sliceOf(hash.update(text).digest()));
    order.multiply(first, first, s);
    order.multiply(second, r, s);
    curve.addMultiples(result, first, curve.generator, second, changetype<usize>(this.point), order.bits);

    // x = X / Z is r, or r + order where that is smaller than the prime.
    const z = result + size * 2;
    if (field.isZero(z)) return false;
    field.enter(first, r);
    field.multiply(first, first, z);
    if (field.isEqual(first, result)) return true;
    field.add(r, r, order.value);
    if (order.contains(r)) return false;
    field.enter(first, r);
    field.multiply(first, first, z);
    return field.isEqual(first, result);
  }
}
