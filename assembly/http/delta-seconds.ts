import { Slice, dataOf, sizeOf } from "../runtime/slice";

/** The most seconds that are told apart: what is more is the same. (RFC 9111, 1.2.2) */
export const MOST_SECONDS: i64 = 2147483648;

/** A number of seconds from its digits, at most `MOST_SECONDS`; -1 for what is no such number. (RFC 9111, 1.2.2) */
export function parseDeltaSeconds(text: Slice): i64 {
  if (sizeOf(text) == 0) return -1;
  let value: i64 = 0;
  for (let at = dataOf(text), end = at + sizeOf(text); at < end; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) return -1;
    value = min(value * 10 + digit, MOST_SECONDS);
  }
  return value;
}
