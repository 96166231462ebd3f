import { Slice, dataOf, sizeOf } from "../runtime/slice";

/**
 * Arithmetic modulo an odd number, for signatures: fast, and not in constant time, since all that goes into the check
 * of a signature is public.
 *
 * Numbers lie in memory as 32-bit limbs, the lowest first, `size` bytes each, and are smaller than the modulus unless
 * a comment says otherwise. Products are Montgomery's: `multiply` also divides by R = 2^(8 * size). So a number x is
 * kept as its image x * R, which `enter` makes and `leave` takes back; sums of images are images of sums.
 */
@final
export class Modulus {
  /** How many bytes a number has in memory: a multiple of 8. */
  readonly size: usize;
  /** How many bits the modulus has. */
  readonly bits: i32;
  /** The modulus, the image of 1, 1 itself, R² modulo the modulus, and room for a product. */
  private readonly room: StaticArray<u32>;
  /** What a lowest limb is multiplied with to find the multiple of the modulus that clears it. */
  private readonly inverse: u32;

  /** An odd modulus of some limbs at an address, an even number of them. The limbs are copied. */
  constructor(modulus: usize, limbs: i32) {
    const size = (<usize>limbs) << 2;
    this.size = size;
    this.bits = highestBit(modulus, size) + 1;
    this.room = new StaticArray<u32>(limbs * 5);
    memory.copy(this.value, modulus, size);
    // Newton's iteration doubles the bits that are right; an odd number is its own inverse modulo 8.
    const lowest = load<u32>(modulus);
    let inverse = lowest;
    for (let right = 3; right < 32; right <<= 1) inverse *= 2 - lowest * inverse;
    this.inverse = 0 - inverse;
    store<u32>(this.plainOne, 1);
    this.prepare();
  }

  /** The modulus itself. */
  get value(): usize {
    return changetype<usize>(this.room);
  }

  /** The image of 1. */
  get one(): usize {
    return changetype<usize>(this.room) + this.size;
  }

  private get plainOne(): usize {
    return changetype<usize>(this.room) + this.size * 2;
  }

  private get square(): usize {
    return changetype<usize>(this.room) + this.size * 3;
  }

  private get product(): usize {
    return changetype<usize>(this.room) + this.size * 4;
  }

  /** Finds R modulo the modulus by doubling 2^(bits - 1), and R² as the image of R by doubling and squaring. */
  private prepare(): void {
    const one = this.one;
    const highest = <u32>(this.bits - 1);
    store<u32>(one + ((highest >> 5) << 2), (<u32>1) << (highest & 31));
    const exponent = <u32>(this.size << 3);
    for (let bit = highest; bit < exponent; bit++) this.add(one, one, one);
    const square = this.square;
    memory.copy(square, one, this.size);
    for (let bit = 31 - <i32>clz<u32>(exponent); bit >= 0; bit--) {
      this.multiply(square, square, square);
      if (((exponent >> bit) & 1) != 0) this.add(square, square, square);
    }
  }

  /** Room for some numbers, all zero. */
  numbers(count: i32): StaticArray<u32> {
    return new StaticArray<u32>(<i32>(this.size >> 2) * count);
  }

  /** a * b / R. `a` may be any number below R. The target may be one of the two. */
  multiply(target: usize, a: usize, b: usize): void {
    const size = this.size;
    const modulus = this.value;
    const product = this.product;
    const inverse = this.inverse;
    for (let i: usize = 0; i < size; i += 8) store<u64>(product + i, 0);
    let highest: u64 = 0;
    for (const end = a + size; a < end; a += 4) {
      // Adds a limb of a times b, and the multiple of the modulus that clears the lowest limb, which then goes.
      const factor = <u64>load<u32>(a);
      let sum = factor * <u64>load<u32>(b) + <u64>load<u32>(product);
      const clearing = <u64>(<u32>sum * inverse);
      let cleared = clearing * <u64>load<u32>(modulus) + <u64>(<u32>sum);
      sum = factor * <u64>load<u32>(b, 4) + <u64>load<u32>(product, 4) + (sum >> 32);
      cleared = clearing * <u64>load<u32>(modulus, 4) + <u64>(<u32>sum) + (cleared >> 32);
      store<u32>(product, <u32>cleared);
      for (let i: usize = 8; i < size; i += 8) {
        sum = factor * <u64>load<u32>(b + i) + <u64>load<u32>(product + i) + (sum >> 32);
        cleared = clearing * <u64>load<u32>(modulus + i) + <u64>(<u32>sum) + (cleared >> 32);
        store<u32>(product + i - 4, <u32>cleared);
        sum = factor * <u64>load<u32>(b + i, 4) + <u64>load<u32>(product + i, 4) + (sum >> 32);
        cleared = clearing * <u64>load<u32>(modulus + i, 4) + <u64>(<u32>sum) + (cleared >> 32);
        store<u32>(product + i, <u32>cleared);
      }
      sum = highest + (sum >> 32) + (cleared >> 32);
      store<u32>(product + size - 4, <u32>sum);
      highest = sum >> 32;
    }
    if (highest != 0 || !this.contains(product)) {
      subtractLimbs(target, product, modulus, size);
    } else {
      for (let i: usize = 0; i < size; i += 8) store<u64>(target + i, load<u64>(product + i));
    }
  }

  /** The image of any number below R. */
  enter(target: usize, number: usize): void {
    this.multiply(target, number, this.square);
  }

  /** The number that an image is of; also for images that are not smaller than the modulus. */
  leave(target: usize, image: usize): void {
    this.multiply(target, image, this.plainOne);
  }

  /** a + b. The target may be one of the two. */
  add(target: usize, a: usize, b: usize): void {
    const carry = addLimbs(target, a, b, this.size);
    if (carry != 0 || !this.contains(target)) subtractLimbs(target, target, this.value, this.size);
  }

  /** a - b. The target may be one of the two. */
  subtract(target: usize, a: usize, b: usize): void {
    if (subtractLimbs(target, a, b, this.size) != 0) addLimbs(target, target, this.value, this.size);
  }

  /**
   * An image to the power of a number of `size` bytes at an address that is not zero. The target is neither of the two.
   */
  power(target: usize, image: usize, exponent: usize): void {
    memory.copy(target, this.one, this.size);
    for (let bit = highestBit(exponent, this.size); bit >= 0; bit--) {
      this.multiply(target, target, target);
      if (bitOf(exponent, bit) != 0) this.multiply(target, target, image);
    }
  }

  /** 1 / image, for a prime modulus; 0 for 0. The target is not the image. */
  invert(target: usize, image: usize): void {
    const exponent = this.numbers(1);
    const two = this.numbers(1);
    two[0] = 2;
    subtractLimbs(changetype<usize>(exponent), this.value, changetype<usize>(two), this.size);
    this.power(target, image, changetype<usize>(exponent));
  }

  /** Whether a number is smaller than the modulus. */
  contains(number: usize): bool {
    const modulus = this.value;
    for (let i = this.size; i > 0;) {
      i -= 4;
      const mine = load<u32>(modulus + i);
      const other = load<u32>(number + i);
      if (mine != other) return other < mine;
    }
    return false;
  }

  isZero(number: usize): bool {
    let bits: u32 = 0;
    for (const end = number + this.size; number < end; number += 4) bits |= load<u32>(number);
    return bits == 0;
  }

  isEqual(a: usize, b: usize): bool {
    return memory.compare(a, b, this.size) == 0;
  }

  /** Reads a number that is written with its highest byte first; false where it has more than `size` bytes. */
  read(target: usize, bytes: Slice): bool {
    if (sizeOf(bytes) > this.size) return false;
    memory.fill(target, 0, this.size);
    const last = dataOf(bytes) + sizeOf(bytes) - 1;
    for (let i: usize = 0; i < sizeOf(bytes); i++) store<u8>(target + i, load<u8>(last - i));
    return true;
  }
}

/** One bit of a number of limbs. */
// @ts-ignore: decorator
@inline
export function bitOf(number: usize, bit: i32): u32 {
  return (load<u32>(number + (((<usize>bit) >> 5) << 2)) >> (bit & 31)) & 1;
}

/** The highest bit of a number that is set; -1 for zero. */
function highestBit(number: usize, size: usize): i32 {
  for (let i = size; i > 0;) {
    i -= 4;
    const limb = load<u32>(number + i);
    if (limb != 0) return ((<i32>i) << 3) + 31 - <i32>clz<u32>(limb);
  }
  return -1;
}

function addLimbs(target: usize, a: usize, b: usize, size: usize): u64 {
  let sum: u64 = 0;
  for (let i: usize = 0; i < size; i += 4) {
    sum = <u64>load<u32>(a + i) + <u64>load<u32>(b + i) + (sum >> 32);
    store<u32>(target + i, <u32>sum);
  }
  return sum >> 32;
}

/** a - b modulo 2^(8 * size); what is borrowed from above, 1 or 0. */
function subtractLimbs(target: usize, a: usize, b: usize, size: usize): u64 {
  let difference: u64 = 0;
  for (let i: usize = 0; i < size; i += 4) {
    difference = <u64>load<u32>(a + i) - <u64>load<u32>(b + i) - (difference >> 63);
    store<u32>(target + i, <u32>difference);
  }
  return difference >> 63;
}
