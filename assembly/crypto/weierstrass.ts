import { Slice, sizeOf } from "../runtime/slice";
import { Group } from "./group";
import { Modulus } from "./modulus";

/**
 * A curve of NIST's: y² = x³ - 3x + b modulo a prime, with a prime number of points (SP 800-186). Points are in
 * projective coordinates: X / Z and Y / Z; Z is zero for the neutral point.
 */
@final
export class WeierstrassCurve extends Group {
  /** Numbers modulo how many points there are. */
  readonly order: Modulus;
  /** How many bytes a number has in a key or a signature. */
  readonly bytes: i32;
  private readonly b: StaticArray<u32>;
  private readonly base: StaticArray<u32>;
  private readonly room: StaticArray<u32>;

  /** The prime, the order, b, and the base point's x and y, one after the other in so many limbs each. */
  constructor(constants: usize, limbs: i32) {
    const size = (<usize>limbs) << 2;
    super(new Modulus(constants, limbs), 3);
    this.order = new Modulus(constants + size, limbs);
    this.bytes = <i32>size;
    this.b = new StaticArray<u32>(limbs);
    this.base = new StaticArray<u32>(limbs * 3);
    this.room = new StaticArray<u32>(limbs * 8);
    this.field.enter(changetype<usize>(this.b), constants + size * 2);
    const base = changetype<usize>(this.base);
    this.field.enter(base, constants + size * 3);
    this.field.enter(base + size, constants + size * 4);
    memory.copy(base + size * 2, this.field.one, size);
  }

  /** The base point. */
  get generator(): usize {
    return changetype<usize>(this.base);
  }

  neutral(target: usize): void {
    memory.fill(target, 0, this.pointSize);
    memory.copy(target + this.field.size, this.field.one, this.field.size);
  }

  /**
   * The point with these coordinates, each in `bytes` bytes, highest first. Null where they have another length, are
   * not smaller than the prime, or are of no point of the curve.
   */
  point(x: Slice, y: Slice): StaticArray<u32> | null {
    if (sizeOf(x) != this.bytes || sizeOf(y) != this.bytes) return null;
    const field = this.field;
    const size = field.size;
    const result = field.numbers(3);
    const point = changetype<usize>(result);
    if (!field.read(point, x) || !field.read(point + size, y)) return null;
    if (!field.contains(point) || !field.contains(point + size)) return null;
    field.enter(point, point);
    field.enter(point + size, point + size);
    memory.copy(point + size * 2, field.one, size);
    // y² = (x² - 3) x + b
    const left = changetype<usize>(this.room);
    const right = left + size;
    field.multiply(left, point + size, point + size);
    field.multiply(right, point, point);
    for (let i = 0; i < 3; i++) field.subtract(right, right, field.one);
    field.multiply(right, right, point);
    field.add(right, right, changetype<usize>(this.b));
    return field.isEqual(left, right) ? result : null;
  }

  /** Renes, Costello and Batina, "Complete addition formulas for prime order elliptic curves" (2015), algorithm 4. */
  add(target: usize, p: usize, q: usize): void {
    const f = this.field;
    const size = f.size;
    const b = changetype<usize>(this.b);
    const t0 = changetype<usize>(this.room);
    const t1 = t0 + size;
    const t2 = t1 + size;
    const t3 = t2 + size;
    const t4 = t3 + size;
    const x3 = t4 + size;
    const y3 = x3 + size;
    const z3 = y3 + size;
    const y1 = p + size;
    const z1 = y1 + size;
    const y2 = q + size;
    const z2 = y2 + size;
    f.multiply(t0, p, q);
    f.multiply(t1, y1, y2);
    f.multiply(t2, z1, z2);
    f.add(t3, p, y1);
    f.add(t4, q, y2);
    f.multiply(t3, t3, t4);
    f.add(t4, t0, t1);
    f.subtract(t3, t3, t4);
    f.add(t4, y1, z1);
    f.add(x3, y2, z2);
    f.multiply(t4, t4, x3);
    f.add(x3, t1, t2);
    f.subtract(t4, t4, x3);
    f.add(x3, p, z1);
    f.add(y3, q, z2);
    f.multiply(x3, x3, y3);
    f.add(y3, t0, t2);
    f.subtract(y3, x3, y3);
    f.multiply(z3, b, t2);
    f.subtract(x3, y3, z3);
    f.add(z3, x3, x3);
    f.add(x3, x3, z3);
    f.subtract(z3, t1, x3);
    f.add(x3, t1, x3);
    f.multiply(y3, b, y3);
    f.add(t1, t2, t2);
    f.add(t2, t1, t2);
    f.subtract(y3, y3, t2);
    f.subtract(y3, y3, t0);
    f.add(t1, y3, y3);
    f.add(y3, t1, y3);
    f.add(t1, t0, t0);
    f.add(t0, t1, t0);
    f.subtract(t0, t0, t2);
    f.multiply(t1, t4, y3);
    f.multiply(t2, t0, y3);
    f.multiply(y3, x3, z3);
    f.add(y3, y3, t2);
    f.multiply(x3, t3, x3);
    f.subtract(x3, x3, t1);
    f.multiply(z3, t4, z3);
    f.multiply(t1, t3, t0);
    f.add(z3, z3, t1);
    memory.copy(target, x3, size * 3);
  }
}

// @ts-ignore: decorator
@lazy
let first: WeierstrassCurve | null = null;
// @ts-ignore: decorator
@lazy
let second: WeierstrassCurve | null = null;

/** P-256, also called secp256r1 and prime256v1. */
export function p256(): WeierstrassCurve {
  let curve = first;
  if (curve == null) {
    const constants = memory.data<u32>([
      // the prime
      0xffffffff, 0xffffffff, 0xffffffff, 0x00000000, 0x00000000, 0x00000000, 0x00000001, 0xffffffff,
      // the order
      0xfc632551, 0xf3b9cac2, 0xa7179e84, 0xbce6faad, 0xffffffff, 0xffffffff, 0x00000000, 0xffffffff,
      // b
      0x27d2604b, 0x3bce3c3e, 0xcc53b0f6, 0x651d06b0, 0x769886bc, 0xb3ebbd55, 0xaa3a93e7, 0x5ac635d8,
      // the base point's x
      0xd898c296, 0xf4a13945, 0x2deb33a0, 0x77037d81, 0x63a440f2, 0xf8bce6e5, 0xe12c4247, 0x6b17d1f2,
      // its y
      0x37bf51f5, 0xcbb64068, 0x6b315ece, 0x2bce3357, 0x7c0f9e16, 0x8ee7eb4a, 0xfe1a7f9b, 0x4fe342e2,
    ]);
    curve = new WeierstrassCurve(constants, 8);
    first = curve;
  }
  return curve;
}

/** P-384, also called secp384r1. */
export function p384(): WeierstrassCurve {
  let curve = second;
  if (curve == null) {
    const constants = memory.data<u32>([
      // the prime
      0xffffffff, 0x00000000, 0x00000000, 0xffffffff, 0xfffffffe, 0xffffffff, 0xffffffff, 0xffffffff,
      0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
      // the order
      0xccc52973, 0xecec196a, 0x48b0a77a, 0x581a0db2, 0xf4372ddf, 0xc7634d81, 0xffffffff, 0xffffffff,
      0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
      // b
      0xd3ec2aef, 0x2a85c8ed, 0x8a2ed19d, 0xc656398d, 0x5013875a, 0x0314088f, 0xfe814112, 0x181d9c6e,
      0xe3f82d19, 0x988e056b, 0xe23ee7e4, 0xb3312fa7,
      // the base point's x
      0x72760ab7, 0x3a545e38, 0xbf55296c, 0x5502f25d, 0x82542a38, 0x59f741e0, 0x8ba79b98, 0x6e1d3b62,
      0xf320ad74, 0x8eb1c71e, 0xbe8b0537, 0xaa87ca22,
      // its y
      0x90ea0e5f, 0x7a431d7c, 0x1d7e819d, 0x0a60b1ce, 0xb5f0b8c0, 0xe9da3113, 0x289a147c, 0xf8f41dbd,
      0x9292dc29, 0x5d9e98bf, 0x96262c6f, 0x3617de4a,
    ]);
    curve = new WeierstrassCurve(constants, 12);
    second = curve;
  }
  return curve;
}
