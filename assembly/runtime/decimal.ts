import { Slice, dataOf, sizeOf } from "./slice";

/** A number in decimal; smaller than the standard library's conversions. */
export function decimal(value: u64): string {
  let digits = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) digits += 1;
  const text = __new((<usize>digits) << 1, idof<string>());
  while (digits > 0) {
    digits -= 1;
    store<u16>(text + ((<usize>digits) << 1), <u16>(0x30 + (value % 10)));
    value /= 10;
  }
  return changetype<string>(text);
}

/** As `decimal`, with a sign where the number is negative. */
export function signedDecimal(value: i64): string {
  return value < 0 ? "-" + decimal(0 - value) : decimal(value);
}

/** The number that ASCII digits stand for; -1 for anything else, and for what does not fit. */
export function parseDecimal(digits: Slice): i64 {
  const size = sizeOf(digits);
  if (size == 0 || size > 18) return -1;
  let value: i64 = 0;
  for (let at = dataOf(digits), end = at + size; at < end; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
