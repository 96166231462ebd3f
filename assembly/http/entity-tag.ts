import { Slice, dataOf, equalBytes, sizeOf, slice } from "../runtime/slice";
import { ListMembers, trimmed } from "./list-members";

/** `W/` as a number of two bytes. */
const WEAK_MARK: u16 = 0x2f57;
const QUOTE: u32 = 0x22;
const STAR: u32 = 0x2a;

/** Whether an entity tag is a strong one: the bytes of what it stands for are always the same. (RFC 9110, 8.8.3) */
export function isStrongEntityTag(tag: Slice): bool {
  const text = trimmed(tag);
  return sizeOf(text) >= 2 && <u32>load<u8>(dataOf(text)) == QUOTE;
}

/** Whether two entity tags are the same, weak or not: the weak comparison. (RFC 9110, 8.8.3.2) */
export function equalEntityTags(a: Slice, b: Slice): bool {
  return equalBytes(opaque(a), opaque(b));
}

/**
 * Whether an `if-none-match` has an entity tag in it, by the weak comparison, or is `*`. (RFC 9110, 13.1.2) An empty
 * `tag` stands for none: only `*` has it.
 */
export function includesEntityTag(list: Slice, tag: Slice): bool {
  const members = new ListMembers(list);
  while (members.next()) {
    const member = members.member;
    if (sizeOf(member) == 1 && <u32>load<u8>(dataOf(member)) == STAR) return true;
    if (sizeOf(tag) != 0 && equalEntityTags(member, tag)) return true;
  }
  return false;
}

/** What an entity tag is without its mark for weak ones. */
function opaque(tag: Slice): Slice {
  const text = trimmed(tag);
  const data = dataOf(text);
  const size = sizeOf(text);
  return size >= 2 && load<u16>(data) == WEAK_MARK ? slice(data + 2, size - 2) : text;
}
