import { HeaderMapType, LogLevel } from "../abi/enums";
import { NO_HEADER, findHeader } from "../http/headers";
import { select } from "../runtime/entry";
import { writeLog } from "../runtime/log";
import { isShadowed } from "../runtime/shadow";
import { decodeSlice, encode } from "../runtime/utf8";
import { propertyText } from "../state/properties/find";

/** What is longer is cut: a line is to say what happened, not to carry what a stranger sent. */
const LONGEST: i32 = 256;

/**
 * Writes one line of an audit, at info: `audit {"decision":"deny","rule":"...","reason":"...","request_id":"..."}`, and
 * `"shadow":true` where nothing came of it. All of it is escaped, so that no request can write a line of its own.
 */
export function writeAudit(decision: string, rule: string, reason: string): void {
  let line = 'audit {"decision":' + quoted(decision) + ',"rule":' + quoted(rule);
  line += ',"reason":' + quoted(reason) + ',"request_id":' + quoted(requestId());
  if (isShadowed()) line += ',"shadow":true';
  writeLog(LogLevel.Info, line + "}");
}

/** The request's number, from its header while that is there, else as Envoy remembers it; "" without one. */
function requestId(): string {
  if (!select(0)) return "";
  const header = findHeader(HeaderMapType.HttpRequestHeaders, encode("x-request-id"));
  if (header != NO_HEADER) return decodeSlice(header);
  const remembered = propertyText(encode("request\0id"));
  return remembered === null ? "" : remembered;
}

/** A text as a string of JSON. */
function quoted(text: string): string {
  let escaped = '"';
  const length = min(text.length, LONGEST);
  for (let i = 0; i < length; i++) {
    const code = <u32>text.charCodeAt(i);
    if (code == 0x22 || code == 0x5c) escaped += "\\" + text.charAt(i);
    else if (code - 0x20 < 0x5f) escaped += text.charAt(i);
    else
      escaped +=
        "\\u" + hexadecimal(code >> 12) + hexadecimal(code >> 8) + hexadecimal(code >> 4) + hexadecimal(code);
  }
  return escaped + (length < text.length ? '..."' : '"');
}

function hexadecimal(digit: u32): string {
  return "0123456789abcdef".charAt(digit & 15);
}
