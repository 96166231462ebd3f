import { Slice, dataOf } from "../runtime/slice";
import { Group } from "./group";
import { Modulus, bitOf } from "./modulus";

const SIZE: usize = 32;
const LIMBS: i32 = 8;

/**
 * The curve of Ed25519: -x² + y² = 1 + dx²y² modulo 2^255 - 19 (RFC 8032, section 5.1). Points are in extended
 * coordinates: X / Z, Y / Z, and T = XY / Z.
 */
@final
export class EdwardsCurve extends Group {
  /** Numbers modulo the order of the base point. */
  readonly order: Modulus;
  /** d, 2d, and the square root of -1. */
  private readonly constants: StaticArray<u32> = new StaticArray<u32>(LIMBS * 3);
  private readonly base: StaticArray<u32> = new StaticArray<u32>(LIMBS * 4);
  private readonly room: StaticArray<u32> = new StaticArray<u32>(LIMBS * 6);

  constructor() {
    const numbers = memory.data<u32>([
      // the prime
      0xffffffed, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x7fffffff,
      // the order
      0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de, 0x00000000, 0x00000000, 0x00000000, 0x10000000,
      // d
      0x135978a3, 0x75eb4dca, 0x4141d8ab, 0x00700a4d, 0x7779e898, 0x8cc74079, 0x2b6ffe73, 0x52036cee,
      // the square root of -1
      0x4a0ea0b0, 0xc4ee1b27, 0xad2fe478, 0x2f431806, 0x3dfbd7a7, 0x2b4d0099, 0x4fc1df0b, 0x2b832480,
      // the base point's x
      0x8f25d51a, 0xc9562d60, 0x9525a7b2, 0x692cc760, 0xfdd6dc5c, 0xc0a4e231, 0xcd6e53fe, 0x216936d3,
      // its y
      0x66666658, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666,
    ]);
    super(new Modulus(numbers, LIMBS), 4);
    this.order = new Modulus(numbers + SIZE, LIMBS);
    const field = this.field;
    field.enter(this.d, numbers + SIZE * 2);
    field.add(this.twiceD, this.d, this.d);
    field.enter(this.root, numbers + SIZE * 3);
    const base = changetype<usize>(this.base);
    field.enter(base, numbers + SIZE * 4);
    field.enter(base + SIZE, numbers + SIZE * 5);
    memory.copy(base + SIZE * 2, field.one, SIZE);
    field.multiply(base + SIZE * 3, base, base + SIZE);
  }

  /** The base point. */
  get generator(): usize {
    return changetype<usize>(this.base);
  }

  private get d(): usize {
    return changetype<usize>(this.constants);
  }

  private get twiceD(): usize {
    return changetype<usize>(this.constants) + SIZE;
  }

  private get root(): usize {
    return changetype<usize>(this.constants) + SIZE * 2;
  }

  neutral(target: usize): void {
    memory.fill(target, 0, this.pointSize);
    memory.copy(target + SIZE, this.field.one, SIZE);
    memory.copy(target + SIZE * 2, this.field.one, SIZE);
  }

  /** Hisil, Wong, Carter and Dawson, "Twisted Edwards curves revisited" (2008), section 3.1, with a = -1. */
  add(target: usize, p: usize, q: usize): void {
    const f = this.field;
    const a = changetype<usize>(this.room);
    const b = a + SIZE;
    const c = b + SIZE;
    const d = c + SIZE;
    const e = d + SIZE;
    const h = e + SIZE;
    f.subtract(a, p + SIZE, p);
    f.subtract(b, q + SIZE, q);
    f.multiply(a, a, b);
    f.add(b, p + SIZE, p);
    f.add(c, q + SIZE, q);
    f.multiply(b, b, c);
    f.multiply(c, p + SIZE * 3, q + SIZE * 3);
    f.multiply(c, c, this.twiceD);
    f.multiply(d, p + SIZE * 2, q + SIZE * 2);
    f.add(d, d, d);
    f.subtract(e, b, a);
    f.add(h, b, a);
    f.subtract(a, d, c);
    f.add(b, d, c);
    f.multiply(target, e, a);
    f.multiply(target + SIZE, b, h);
    f.multiply(target + SIZE * 2, a, b);
    f.multiply(target + SIZE * 3, e, h);
  }

  /** The opposite of a point, in its place. */
  negate(point: usize): void {
    const zero = changetype<usize>(this.room);
    memory.fill(zero, 0, SIZE);
    this.field.subtract(point, zero, point);
    this.field.subtract(point + SIZE * 3, zero, point + SIZE * 3);
  }

  /** Whether eight times a point is the neutral one, which nothing can be signed with. */
  isOfSmallOrder(point: usize): bool {
    const multiple = changetype<usize>(this.field.numbers(4));
    this.add(multiple, point, point);
    this.add(multiple, multiple, multiple);
    this.add(multiple, multiple, multiple);
    return this.field.isZero(multiple);
  }

  /**
   * The point that 32 bytes stand for: y with its lowest byte first, and whether x is odd in the highest bit. Null
   * where they stand for none, or are not the only way to write it. (RFC 8032, section 5.1.3)
   */
  point(bytes: Slice): StaticArray<u32> | null {
    const f = this.field;
    const result = f.numbers(4);
    const x = changetype<usize>(result);
    const y = x + SIZE;
    memory.copy(y, dataOf(bytes), SIZE);
    const odd = bitOf(y, 255);
    store<u8>(y, load<u8>(y, 31) & 0x7f, 31);
    if (!f.contains(y)) return null;
    f.enter(y, y);
    if (!this.findX(x, y)) return null;
    const plain = changetype<usize>(this.room);
    f.leave(plain, x);
    if (f.isZero(plain) && odd != 0) return null;
    memory.copy(y + SIZE, f.one, SIZE);
    f.multiply(x + SIZE * 3, x, y);
    if (bitOf(plain, 0) != odd) this.negate(x);
    return result;
  }

  /** Finds one of the two x for a y: the square root of (y² - 1) / (dy² + 1), where it has one. */
  private findX(x: usize, y: usize): bool {
    const f = this.field;
    const u = changetype<usize>(this.room);
    const v = u + SIZE;
    const v3 = v + SIZE;
    const t = v3 + SIZE;
    const power = t + SIZE;
    f.multiply(u, y, y);
    f.multiply(v, u, this.d);
    f.subtract(u, u, f.one);
    f.add(v, v, f.one);
    f.multiply(v3, v, v);
    f.multiply(v3, v3, v);
    // x = u v³ (u v⁷)^((p - 5) / 8)
    f.multiply(t, v3, v3);
    f.multiply(t, t, v);
    f.multiply(t, t, u);
    const exponent = memory.data<u32>([
      0xfffffffd, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x0fffffff,
    ]);
    f.power(power, t, exponent);
    f.multiply(x, u, v3);
    f.multiply(x, x, power);
    // v x² is u where x is right, -u where x times the root of -1 is, and something else where there is no root.
    f.multiply(t, x, x);
    f.multiply(t, t, v);
    if (f.isEqual(t, u)) return true;
    f.multiply(x, x, this.root);
    f.add(t, t, u);
    return f.isZero(t);
  }

  /** Writes the 32 bytes that stand for a point. (RFC 8032, section 5.1.2) */
  write(target: usize, point: usize): void {
    const f = this.field;
    const inverse = changetype<usize>(this.room);
    const x = inverse + SIZE;
    f.invert(inverse, point + SIZE * 2);
    f.multiply(x, point, inverse);
    f.leave(x, x);
    f.multiply(inverse, point + SIZE, inverse);
    f.leave(target, inverse);
    store<u8>(target, load<u8>(target, 31) | (bitOf(x, 0) << 7), 31);
  }
}
