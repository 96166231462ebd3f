/**
 * From decimal digits to a double, in place of the standard library's `parseFloat`, which reads past the end of some
 * texts and is wrong by ten orders of magnitude for others (17 digits times ten to the 23rd to 37th power).
 *
 * The number is kept as 128 bits, of which the first is set, times a power of two. Each step times or by ten loses
 * less than one unit of the last bit, so that 300 steps leave twice as many good bits as a double has.
 */
let high: u64 = 0;
let low: u64 = 0;
/** The number is `high` (and `low` after the binary point) times two to this power. */
let power: i32 = 0;

const HALF: u64 = 0xffffffff;

/** Nineteen digits times ten to this power are more than a double holds, and to its negative less than it tells from 0. */
const LARGEST_EXPONENT: i32 = 400;

const SMALLEST_NORMAL: i32 = -1022;
const LARGEST_NORMAL: i32 = 1023;
const FRACTION_BITS: u64 = 52;

/**
 * `digits` times ten to the power of `exponent`, as the nearest double; infinite where that is too large for one.
 */
export function timesPowerOfTen(digits: u64, exponent: i32): f64 {
  if (digits == 0 || exponent < -LARGEST_EXPONENT) return 0;
  if (exponent > LARGEST_EXPONENT) return Infinity;
  power = -(<i32>clz(digits));
  high = digits << clz(digits);
  low = 0;
  for (; exponent > 0; exponent--) timesTen();
  for (; exponent < 0; exponent++) byTen();
  return rounded();
}

function timesTen(): void {
  let part = (low & HALF) * 10;
  let next = (low >> 32) * 10 + (part >> 32);
  low = (next << 32) | (part & HALF);
  part = (high & HALF) * 10 + (next >> 32);
  next = (high >> 32) * 10 + (part >> 32);
  high = (next << 32) | (part & HALF);
  const over = next >> 32;
  const shift = 64 - clz(over);
  low = (low >> shift) | (high << (64 - shift));
  high = (high >> shift) | (over << (64 - shift));
  power += <i32>shift;
}

function byTen(): void {
  // Long division by parts of 32 bits; the fifth fills what the shift leaves empty.
  let part = high >> 32;
  let quotient = part / 10;
  part = ((part % 10) << 32) | (high & HALF);
  high = (quotient << 32) | (part / 10);
  part = ((part % 10) << 32) | (low >> 32);
  quotient = part / 10;
  part = ((part % 10) << 32) | (low & HALF);
  low = (quotient << 32) | (part / 10);
  const fifth = ((part % 10) << 32) / 10;
  const shift = clz(high);
  high = (high << shift) | (low >> (64 - shift));
  low = (low << shift) | (fifth >> (32 - shift));
  power -= <i32>shift;
}

/** The number to the nearest double, to the even one of two that are equally near. */
function rounded(): f64 {
  const exponent = power + 63;
  if (exponent > LARGEST_NORMAL) return Infinity;
  const normal = exponent >= SMALLEST_NORMAL;
  const dropped = <u64>(normal ? 11 : 11 + SMALLEST_NORMAL - exponent);
  if (dropped > 64) return 0;
  let kept = dropped < 64 ? high >> dropped : 0;
  const rest = high - (kept << dropped);
  const half = (<u64>1) << (dropped - 1);
  if (rest > half || (rest == half && (low != 0 || (kept & 1) != 0))) kept += 1;
  return reinterpret<f64>(normal ? ((<u64>(exponent + LARGEST_NORMAL - 1)) << FRACTION_BITS) + kept : kept);
}
