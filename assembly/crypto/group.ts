import { Modulus, bitOf } from "./modulus";

/**
 * The points of an elliptic curve, whose one addition holds for all of them: for a point and itself, its opposite and
 * the neutral point too. So nothing here asks which case it is, and no input meets one that was forgotten.
 *
 * A point is its coordinates one after the other in memory, as images of the field's numbers (see `Modulus`).
 */
export abstract class Group {
  readonly field: Modulus;
  /** How many bytes a point has in memory. */
  readonly pointSize: usize;
  private readonly sum: StaticArray<u32>;

  constructor(field: Modulus, coordinates: i32) {
    this.field = field;
    this.pointSize = field.size * coordinates;
    this.sum = field.numbers(coordinates);
  }

  /** p + q. The target may be one of the two. */
  abstract add(target: usize, p: usize, q: usize): void;

  /** Writes the point that changes nothing when it is added. */
  abstract neutral(target: usize): void;

  /** a * p + b * q, where the numbers have at most `bits` bits. The target is neither of the points. */
  addMultiples(target: usize, a: usize, p: usize, b: usize, q: usize, bits: i32): void {
    const sum = changetype<usize>(this.sum);
    this.add(sum, p, q);
    this.neutral(target);
    for (let bit = bits - 1; bit >= 0; bit--) {
      this.add(target, target, target);
      const first = bitOf(a, bit);
      const second = bitOf(b, bit);
      if ((first | second) != 0) this.add(target, target, (first & second) != 0 ? sum : first != 0 ? p : q);
    }
  }
}
