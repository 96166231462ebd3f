import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";

const TAB: u32 = 0x09;
const SPACE: u32 = 0x20;
const QUOTE: u32 = 0x22;
const COMMA: u32 = 0x2c;
const BACKSLASH: u32 = 0x5c;

/** A run of bytes without the spaces and tabs that it begins and ends with. (RFC 9110, 5.6.3) */
export function trimmed(text: Slice): Slice {
  let at = dataOf(text);
  let end = at + sizeOf(text);
  while (at < end && isBlank(load<u8>(at))) at += 1;
  while (at < end && isBlank(load<u8>(end - 1))) end -= 1;
  return slice(at, end - at);
}

// @ts-ignore: decorator
@inline
function isBlank(byte: u32): bool {
  return byte == SPACE || byte == TAB;
}

/**
 * The members of a field's value that is a list: `a, "b, c"` has two. Commas within quotes separate nothing; a quote
 * that is never closed takes all that follows. Empty members are left out, white space around the others too.
 * (RFC 9110, 5.6.1) The members lie where the value does.
 */
@final
export class ListMembers {
  /** The member that `next` came to. */
  member: Slice = 0;
  private at: usize;
  private readonly end: usize;

  constructor(value: Slice) {
    this.at = dataOf(value);
    this.end = dataOf(value) + sizeOf(value);
  }

  /** Goes to the next member; false when there is none. */
  next(): bool {
    while (this.at < this.end) {
      const begin = this.at;
      this.skip();
      const member = trimmed(slice(begin, this.at - begin));
      // Over the comma.
      this.at += 1;
      if (sizeOf(member) == 0) continue;
      this.member = member;
      return true;
    }
    return false;
  }

  /** Goes to the comma that ends the member, or to the end. */
  private skip(): void {
    let at = this.at;
    let quoted = false;
    while (at < this.end) {
      const byte = <u32>load<u8>(at);
      if (quoted && byte == BACKSLASH) at += 1;
      else if (byte == QUOTE) quoted = !quoted;
      else if (byte == COMMA && !quoted) break;
      at += 1;
    }
    this.at = min(at, this.end);
  }
}
