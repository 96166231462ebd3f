import { lowerCase } from "../runtime/ascii";
import { Slice, dataOf, sizeOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { trimmed } from "./list-members";

/** What `parseHttpDate` answers for what is no date. */
export const NO_DATE: i64 = i64.MIN_VALUE;

// @ts-ignore: decorator
@lazy
const WEEKDAYS = "SunMonTueWedThuFriSat";
// @ts-ignore: decorator
@lazy
const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
// @ts-ignore: decorator
@lazy
const LONG_WEEKDAYS: StaticArray<string> = [
  "sunday",
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
];

const SECONDS_PER_DAY: i64 = 86400;
const SECONDS_PER_YEAR: i64 = 31556952;
const BAD: i64 = -1;

/** Where the date is read, and where it ends. */
let at: usize = 0;
let end: usize = 0;

/**
 * A date of HTTP in seconds since 1970, or `NO_DATE`: `Sun, 06 Nov 1994 08:49:37 GMT`, and the two obsolete forms
 * `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994` that everybody must still read. (RFC 9110, 5.6.7)
 *
 * A year of two digits is none that lies more than 50 years after `now`, also in seconds since 1970. Names are taken in
 * any case; the weekday need not be the right one, but has to be one. Days and times that do not exist are no dates.
 */
export function parseHttpDate(text: Slice, now: i64): i64 {
  const date = trimmed(text);
  at = dataOf(date);
  end = at + sizeOf(date);
  const form = weekday();
  if (form == Form.None) return NO_DATE;
  let day: i64 = 0;
  let month: i64 = 0;
  let year: i64 = 0;
  let seconds: i64 = 0;
  if (form == Form.Ctime) {
    month = monthNumber();
    if (!take(0x20)) return NO_DATE;
    day = take(0x20) ? digits(1) : digits(2);
    if (!take(0x20)) return NO_DATE;
    seconds = timeOfDay();
    if (!take(0x20)) return NO_DATE;
    year = digits(4);
  } else {
    const separator: u32 = form == Form.Rfc850 ? 0x2d : 0x20;
    day = digits(2);
    if (!take(separator)) return NO_DATE;
    month = monthNumber();
    if (!take(separator)) return NO_DATE;
    year = form == Form.Rfc850 ? fullYear(digits(2), now) : digits(4);
    if (!take(0x20)) return NO_DATE;
    seconds = timeOfDay();
    if (!take(0x20) || !takeName("gmt")) return NO_DATE;
  }
  if (at != end || month < 0 || year < 0 || seconds < 0) return NO_DATE;
  if (day < 1 || day > daysIn(month, year)) return NO_DATE;
  return daysBefore(year, month, day) * SECONDS_PER_DAY + seconds;
}

/**
 * A time in seconds since 1970 as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`. Years from 1970 to 9999; others are
 * written as the nearest of these.
 */
export function httpDate(seconds: i64): string {
  const moment = max(<i64>0, min(seconds, <i64>253402300799));
  let rest = moment / SECONDS_PER_DAY;
  const weekday = <i32>((rest + 4) % 7) * 3;
  let year: i64 = 1970 + rest / 366;
  while (daysBefore(year + 1, 0, 1) <= rest) year += 1;
  let month: i64 = 0;
  while (month < 11 && daysBefore(year, month + 1, 1) <= rest) month += 1;
  rest -= daysBefore(year, month, 1);
  const time = moment % SECONDS_PER_DAY;
  return (
    WEEKDAYS.substring(weekday, weekday + 3) +
    ", " +
    padded(rest + 1, 2) +
    " " +
    MONTHS.substring(<i32>month * 3, <i32>month * 3 + 3) +
    " " +
    padded(year, 4) +
    " " +
    padded(time / 3600, 2) +
    ":" +
    padded((time / 60) % 60, 2) +
    ":" +
    padded(time % 60, 2) +
    " GMT"
  );
}

enum Form {
  None,
  Imf,
  Rfc850,
  Ctime,
}

/** Reads the weekday and what separates it from the rest, which tells the form. */
function weekday(): Form {
  for (let i = 0; i < LONG_WEEKDAYS.length; i++) {
    const name = unchecked(LONG_WEEKDAYS[i]);
    const begin = at;
    if (takeName(name) && take(0x2c) && take(0x20)) return Form.Rfc850;
    at = begin;
    if (takeName(name, 3)) {
      if (take(0x2c)) return take(0x20) ? Form.Imf : Form.None;
      return take(0x20) ? Form.Ctime : Form.None;
    }
    at = begin;
  }
  return Form.None;
}

function take(byte: u32): bool {
  if (at >= end || <u32>load<u8>(at) != byte) return false;
  at += 1;
  return true;
}

/** Takes letters that are the first of these, all without `length`, given in lower case, in any case. */
function takeName(name: string, length: i32 = name.length): bool {
  const size = <usize>length;
  if (end - at < size) return false;
  for (let i: usize = 0; i < size; i++) {
    if (lowerCase(load<u8>(at + i)) != <u32>name.charCodeAt(<i32>i)) return false;
  }
  at += size;
  return true;
}

/** From 0 for January to 11. */
function monthNumber(): i64 {
  if (end - at < 3) return BAD;
  const first = lowerCase(load<u8>(at));
  const second = lowerCase(load<u8>(at, 1));
  const third = lowerCase(load<u8>(at, 2));
  const names = dataOf(encode(MONTHS));
  for (let month = 0; month < 12; month++) {
    const name = names + month * 3;
    // Letters alone: the bit makes them small ones.
    if (third != ((<u32>load<u8>(name, 2)) | 0x20) || second != ((<u32>load<u8>(name, 1)) | 0x20)) continue;
    if (first != ((<u32>load<u8>(name)) | 0x20)) continue;
    at += 3;
    return month;
  }
  return BAD;
}

/** A number of exactly so many digits. */
function digits(count: usize): i64 {
  if (end - at < count) return BAD;
  let value: i64 = 0;
  for (let i: usize = 0; i < count; i++) {
    const digit = <u32>load<u8>(at + i) - 0x30;
    if (digit > 9) return BAD;
    value = value * 10 + digit;
  }
  at += count;
  return value;
}

/** Seconds since midnight; a leap second counts as the first of the next minute. */
function timeOfDay(): i64 {
  const hour = digits(2);
  if (!take(0x3a)) return BAD;
  const minute = digits(2);
  if (!take(0x3a)) return BAD;
  const second = digits(2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return BAD;
  return (hour * 60 + minute) * 60 + second;
}

function fullYear(lastTwo: i64, now: i64): i64 {
  if (lastTwo < 0) return BAD;
  const thisYear = 1970 + now / SECONDS_PER_YEAR;
  const year = thisYear - (thisYear % 100) + lastTwo;
  if (year > thisYear + 50) return year - 100;
  return year <= thisYear - 50 ? year + 100 : year;
}

function isLeap(year: i64): bool {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

function daysIn(month: i64, year: i64): i64 {
  if (month == 1) return isLeap(year) ? 29 : 28;
  return month == 3 || month == 5 || month == 8 || month == 10 ? 30 : 31;
}

/** The days from 1970 to a day, of which the first of a month is 1, in the calendar of today. */
function daysBefore(year: i64, month: i64, day: i64): i64 {
  // Years that begin with March have their leap day at the end.
  const shifted = month < 2 ? year - 1 : year;
  const era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const yearOfEra = shifted - era * 400;
  const dayOfYear = (153 * ((month + 10) % 12) + 2) / 5 + day - 1;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}

function padded(value: i64, length: i32): string {
  let text = "";
  for (let i = 0; i < length; i++) {
    text = String.fromCharCode(<i32>(0x30 + (value % 10))) + text;
    value /= 10;
  }
  return text;
}
