import { decimal } from "../runtime/decimal";

/** A range of whole numbers in words: ` from 1 to 60000`, ` of at least 1`; "" where any number will do. */
export function integerRange(minimum: i64, maximum: i64): string {
  const below = minimum > i64.MIN_VALUE;
  const above = maximum < i64.MAX_VALUE;
  return range(below ? integerText(minimum) : "", above ? integerText(maximum) : "");
}

/** As `integerRange`, for any numbers. */
export function numberRange(minimum: f64, maximum: f64): string {
  return range(numberText(minimum), numberText(maximum));
}

function range(minimum: string, maximum: string): string {
  if (minimum.length > 0) {
    return maximum.length > 0 ? " from " + minimum + " to " + maximum : " of at least " + minimum;
  }
  return maximum.length > 0 ? " of at most " + maximum : "";
}

function integerText(value: i64): string {
  return value < 0 ? "-" + decimal(0 - value) : decimal(value);
}

/** The largest bound that is worth naming; also what fits 64 bits with six decimals. */
const LARGEST_NAMED: f64 = 1e12;
const DECIMALS: u64 = 1000000;

/** A bound with up to six decimals, "" for one so large that it bounds nothing. */
function numberText(bound: f64): string {
  const size = abs(bound);
  if (!(size <= LARGEST_NAMED)) return "";
  const scaled = <u64>nearest(size * <f64>DECIMALS);
  const text = (bound < 0 ? "-" : "") + decimal(scaled / DECIMALS);
  const fraction = scaled % DECIMALS;
  if (fraction == 0) return text;
  const digits = decimal(DECIMALS + fraction);
  let end = digits.length;
  while (digits.charCodeAt(end - 1) == 0x30) end -= 1;
  return text + "." + digits.substring(1, end);
}
