import { LogLevel } from "../abi/enums";
import { Slice, dataOf, sizeOf } from "../runtime/slice";
import { writeLog } from "../runtime/log";

const LOW_BYTES: u64 = 0x2020202020202020;
const HIGH_BITS: u64 = 0x8080808080808080;
const TAB: u32 = 0x09;
const SPACE: u32 = 0x20;

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

/** Says in the log that a field was not set because it would not be one. */
export function refuseField(): void {
  writeLog(LogLevel.Error, "a header field with a control character or without a name was not set");
}
