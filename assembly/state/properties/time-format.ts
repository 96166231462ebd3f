import { decimal } from "../../runtime/decimal";

const NANOSECONDS_PER_MILLISECOND: i64 = 1000000;
const MILLISECONDS_PER_DAY: i64 = 86400000;
/** Days from 1 March of the year 0 to 1 January 1970 in the Gregorian calendar. */
const DAYS_TO_1970: i64 = 719468;
/** The days of 400 years, after which the calendar repeats. */
const DAYS_PER_ERA: i64 = 146097;

/** Nanoseconds since 1970 in RFC 3339, in UTC, with three decimals: `2026-02-01T10:20:30.400Z`. */
export function formatTime(nanoseconds: i64): string {
  const milliseconds = floorDivide(nanoseconds, NANOSECONDS_PER_MILLISECOND);
  const days = floorDivide(milliseconds, MILLISECONDS_PER_DAY);
  const ofDay = milliseconds - days * MILLISECONDS_PER_DAY;
  // Years are counted from March, so that the day that comes and goes is the last one.
  const era = floorDivide(days + DAYS_TO_1970, DAYS_PER_ERA);
  const dayOfEra = days + DAYS_TO_1970 - era * DAYS_PER_ERA;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const monthFromMarch = (5 * dayOfYear + 2) / 153;
  const day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const date = padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2);
  const time =
    padded(ofDay / 3600000, 2) + ":" + padded((ofDay / 60000) % 60, 2) + ":" + padded((ofDay / 1000) % 60, 2);
  return date + "T" + time + "." + padded(ofDay % 1000, 3) + "Z";
}

function floorDivide(value: i64, divisor: i64): i64 {
  const quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

function padded(value: i64, digits: i32): string {
  // A one before the digits keeps their zeros.
  let one: i64 = 1;
  for (let i = 0; i < digits; i++) one *= 10;
  return decimal(value + one).substring(1);
}
