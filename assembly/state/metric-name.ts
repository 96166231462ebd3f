import { lowerCaseText } from "../runtime/ascii";
import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { allocateInArena } from "../runtime/arena";
import { decodeSlice, encode } from "../runtime/utf8";

/** How many bytes a label's value has at most in a metric's name; what is longer is cut off. */
export const LONGEST_LABEL_VALUE: usize = 128;

/** What stands between a label and its value, in the form that Istio's tag rules read. */
// @ts-ignore: decorator
@lazy
export const LABEL_SET: string = "=.=";

/** What stands behind a label's value. */
// @ts-ignore: decorator
@lazy
export const LABEL_END: string = ";.;";

const UNDERSCORE: u32 = 0x5f;

/**
 * The ASCII characters that a label's value may have: a bit each. White space, control characters and `"#,.:;=\|` are
 * not among them: tag rules and sinks (StatsD, Graphite) take those for their own.
 */
const ALLOWED_LOW: u64 = 0xd3ffaff200000000;
const ALLOWED_HIGH: u64 = 0x6fffffffefffffff;

/**
 * The name of a metric with labels, `[[name, value], ...]`, in the form that tag rules such as Istio's `extraStatTags`
 * read: `method=.=GET;.;p_requests_total`. Each label needs a rule `(method=\.=(.*?);\.;)`. White space, control
 * characters, `"#,.:;=\|` and bytes that are not UTF-8 become `_` in a value, and of a long one the first 128 bytes
 * count. Rules look for a label anywhere: one that another ends with (`method`, `x_method`) goes before it.
 */
export function metricName(name: string, labels: string[][]): string {
  let full = "";
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label.length == 2) full += label[0] + LABEL_SET + plainText(label[1]) + LABEL_END;
  }
  return full + name;
}

function plainText(value: string): string {
  const target = allocateInArena(LONGEST_LABEL_VALUE);
  return decodeSlice(slice(target, writeLabelValue(target, encode(value))));
}

/**
 * Writes a label's value as metrics' names may have it, at most `LONGEST_LABEL_VALUE` bytes of UTF-8; returns how many
 * there are.
 */
export function writeLabelValue(target: usize, value: Slice): usize {
  const begin = target;
  const limit = target + LONGEST_LABEL_VALUE;
  let at = dataOf(value);
  const end = at + sizeOf(value);
  while (at < end) {
    const lead = <u32>load<u8>(at);
    const found: usize = lead < 0x80 ? <usize>isAllowed(lead) : sequenceSize(at, end);
    const size = max<usize>(found, 1);
    if (target + size > limit) break;
    if (found == 0) store<u8>(target, <u8>UNDERSCORE);
    else memory.copy(target, at, size);
    at += size;
    target += size;
  }
  return target - begin;
}

function isAllowed(code: u32): bool {
  return ((code < 64 ? ALLOWED_LOW : ALLOWED_HIGH) & ((<u64>1) << (code & 63))) != 0;
}

/** How many bytes a character beyond ASCII takes; 0 where none begins, and for the control characters among them. */
function sequenceSize(at: usize, end: usize): usize {
  const lead = <u32>load<u8>(at);
  const second = at + 1 < end ? <u32>load<u8>(at, 1) : 0;
  let size: usize = 0;
  let low: u32 = 0x80;
  let high: u32 = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    size = 2;
    if (lead == 0xc2) low = 0xa0;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    size = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    size = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  }
  if (size == 0 || at + size > end || second < low || second > high) return 0;
  for (let i: usize = 2; i < size; i++) {
    if (((<u32>load<u8>(at + i)) & 0xc0) != 0x80) return 0;
  }
  return size;
}

/**
 * The label that stands for a header field: `X-Tenant` becomes `x_tenant`. It has the form that Prometheus asks for,
 * `[a-z_][a-z0-9_]*`, and never begins with two underscores, which Prometheus keeps for itself.
 */
export function labelName(header: string): string {
  const lower = lowerCaseText(header);
  let label = "";
  for (let i = 0; i < lower.length; i++) {
    const code = <u32>lower.charCodeAt(i);
    const isDigit = code - 0x30 < 10;
    if (i == 0 && isDigit) label = "_";
    const plain = isDigit || code - 0x61 < 26 ? lower.charAt(i) : "_";
    if (plain != "_" || label != "_") label += plain;
  }
  return label.length == 0 ? "_" : label;
}
