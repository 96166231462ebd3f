import { decimal } from "as-proxy-wasm";

const NANOSECONDS_PER_MICROSECOND: u64 = 1000;

/** Nanoseconds as milliseconds with three decimals: `12.345`. */
export function milliseconds(nanoseconds: u64): string {
  const microseconds = nanoseconds / NANOSECONDS_PER_MICROSECOND;
  const fraction = decimal(1000 + (microseconds % 1000));
  return decimal(microseconds / 1000) + "." + fraction.substring(1);
}
