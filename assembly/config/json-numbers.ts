import { JsonError, failOrEnd } from "./json-errors";
import { timesPowerOfTen } from "./json-floats";

/** More than any text has digits: what is larger is cut to this. */
const LARGEST_EXPONENT: i32 = 1 << 25;

/** The most digits that always fit 64 bits. */
const MOST_DIGITS: i32 = 19;

/** Checks a number from its first byte. Returns the address after it, or 0 after `fail`. (RFC 8259, 6) */
export function skipNumber(at: usize, end: usize): usize {
  if (byteAt(at, end) == 0x2d) at += 1;
  if (byteAt(at, end) == 0x30) {
    at += 1;
  } else {
    at = skipDigits(at, end);
    if (at == 0) return 0;
  }
  if (byteAt(at, end) == 0x2e) {
    at = skipDigits(at + 1, end);
    if (at == 0) return 0;
  }
  if ((byteAt(at, end) | 0x20) == 0x65) {
    at += 1;
    const sign = byteAt(at, end);
    if (sign == 0x2b || sign == 0x2d) at += 1;
    at = skipDigits(at, end);
  }
  return at;
}

/** The address after one or more digits, or 0 after `fail`. */
function skipDigits(at: usize, end: usize): usize {
  if (!isDigit(byteAt(at, end))) return failOrEnd(JsonError.BadNumber, at, end);
  while (isDigit(byteAt(at, end))) at += 1;
  return at;
}

/** The byte at an address, 0 at the end. */
// @ts-ignore: decorator
@inline
function byteAt(at: usize, end: usize): u32 {
  return at < end ? <u32>load<u8>(at) : 0;
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u32): bool {
  return byte - 0x30 < 10;
}

/** The number that was read last is `digits` times ten to the power of `exponent`. */
let digits: u64 = 0;
let exponent: i32 = 0;
let negative: bool = false;
/** There were more digits than 64 bits hold. */
let inexact: bool = false;

/** Takes a checked number apart: its digits without the zeros around them, and the power of ten. */
function readNumber(at: usize, end: usize): void {
  digits = 0;
  exponent = 0;
  inexact = false;
  negative = load<u8>(at) == 0x2d;
  if (negative) at += 1;
  let count = 0;
  let zeros = 0;
  let afterPoint = false;
  let byte: u32 = 0;
  for (; at < end; at++) {
    byte = load<u8>(at);
    if (byte == 0x2e) {
      afterPoint = true;
      continue;
    }
    if (!isDigit(byte)) break;
    if (afterPoint) exponent -= 1;
    if (byte == 0x30) {
      zeros += 1;
      continue;
    }
    if (digits == 0) zeros = 0;
    if (count + zeros >= MOST_DIGITS) {
      inexact = true;
      zeros += 1;
      continue;
    }
    for (; zeros > 0; zeros--, count++) digits *= 10;
    digits = digits * 10 + (byte - 0x30);
    count += 1;
  }
  exponent += zeros;
  if (at < end) readExponent(at + 1, end);
}

function readExponent(at: usize, end: usize): void {
  const sign = load<u8>(at);
  if (!isDigit(sign)) at += 1;
  let power = 0;
  for (; at < end; at++) {
    power = min(power * 10 + (load<u8>(at) - 0x30), LARGEST_EXPONENT);
  }
  exponent += sign == 0x2d ? -power : power;
}

let integer: i64 = 0;

/** The value of the number that `readInteger` said yes to. */
export function lastInteger(): i64 {
  return integer;
}

/** Whether a checked number is a whole one within 64 bits, however it is written (`1e3`, `5.0`). */
export function readInteger(at: usize, end: usize): bool {
  integer = 0;
  readNumber(at, end);
  if (digits == 0) return true;
  if (inexact || exponent < 0) return false;
  let value = digits;
  for (; exponent > 0; exponent--) {
    if (value > <u64>i64.MAX_VALUE / 10) return false;
    value *= 10;
  }
  if (value > <u64>i64.MAX_VALUE + <u64>negative) return false;
  integer = negative ? <i64>(0 - value) : <i64>value;
  return true;
}

/**
 * A checked number as the nearest double, infinite where it is too large for one. Of more than 19 digits the others
 * count as zeros.
 */
export function readFloat(at: usize, end: usize): f64 {
  readNumber(at, end);
  return copysign<f64>(timesPowerOfTen(digits, exponent), negative ? -1 : 1);
}
