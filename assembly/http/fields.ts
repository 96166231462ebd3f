import { LogLevel } from "../abi/enums";
import { equalIgnoringCase } from "../runtime/ascii";
import { Slice, dataOf, sizeOf } from "../runtime/slice";
import { writeLog } from "../runtime/log";
import { encode } from "../runtime/utf8";

const LOW_BYTES: u64 = 0x2020202020202020;
const HIGH_BITS: u64 = 0x8080808080808080;
const TAB: u32 = 0x09;
const SPACE: u32 = 0x20;
/** What a token may have in it besides letters and digits. (RFC 9110, 5.6.2) */
// @ts-ignore: decorator
@lazy
const TOKEN_MARKS = "!#$%&'*+-.^_`|~";

/**
 * Whether bytes may be a field's value: no control characters but the tab (RFC 9110, 5.5). Envoy does not look, and a
 * line break that went through it would begin a field of its own at an HTTP/1 peer.
 */
export function isFieldValue(value: Slice): bool {
  let at = dataOf(value);
  const end = at + sizeOf(value);
  while (at + 8 <= end) {
    const bytes = load<u64>(at);
    if ((bytes - LOW_BYTES) & ~bytes & HIGH_BITS) break;
    at += 8;
  }
  while (at < end) {
    const byte = <u32>load<u8>(at);
    if (byte < SPACE && byte != TAB) return false;
    at += 1;
  }
  return true;
}

/** Whether bytes may be a field's name: neither empty nor holding white space or control characters. */
export function isFieldName(name: Slice): bool {
  let at = dataOf(name);
  const end = at + sizeOf(name);
  if (at == end) return false;
  while (at < end) {
    if (<u32>load<u8>(at) <= SPACE) return false;
    at += 1;
  }
  return true;
}

/** As `isFieldValue`, for text in a configuration. */
export function isFieldValueText(value: string): bool {
  return isFieldValue(encode(value));
}

/** Whether text may be the name of an ordinary field: a token (RFC 9110, 5.1), and so no pseudo-field. */
export function isFieldNameText(name: string): bool {
  for (let i = 0; i < name.length; i++) {
    const code = <u32>name.charCodeAt(i);
    const isLetter = (code | 0x20) - 0x61 < 26;
    const isDigit = code - 0x30 < 10;
    if (!isLetter && !isDigit && !TOKEN_MARKS.includes(String.fromCharCode(code))) return false;
  }
  return name.length > 0;
}

/** Whether two texts name the same field: case does not matter. */
export function isFieldNamed(name: string, other: string): bool {
  return equalNames(encode(name), encode(other));
}

/** Whether two field names are the same but for the case of ASCII letters. */
export function equalNames(a: Slice, b: Slice): bool {
  return sizeOf(a) == sizeOf(b) && equalIgnoringCase(dataOf(a), dataOf(b), sizeOf(a));
}

/** Says in the log that a field was not set because it would not be one. */
export function refuseField(): void {
  writeLog(LogLevel.Error, "a header field with a control character or without a name was not set");
}
