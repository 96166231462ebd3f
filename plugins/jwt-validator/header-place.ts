import {
  Headers,
  Slice,
  dataOf,
  equalNames,
  isFieldNamed,
  sizeOf,
  slice,
  utf8Bytes,
  sliceOf,
} from "as-proxy-wasm";
import { FoundTokens, TokenPlace } from "./token-places";

const COMMA: u32 = 0x2c;
const SPACE: u32 = 0x20;
const TAB: u32 = 0x09;

/** A header that has a token in it, after a prefix. */
@final
export class HeaderPlace extends TokenPlace {
  private readonly nameBytes: Uint8Array;
  private readonly prefix: Uint8Array;

  constructor(
    private readonly name: string,
    prefix: string,
  ) {
    super();
    this.nameBytes = utf8Bytes(name);
    this.prefix = utf8Bytes(prefix);
  }

  find(request: Headers, found: FoundTokens): void {
    if (!request.has(this.name)) return;
    const before = found.count;
    let fields = 0;
    const field = request.cursor();
    while (field.next()) {
      if (!equalNames(field.nameSlice, sliceOf(this.nameBytes))) continue;
      fields += 1;
      const token = tokenIn(field.valueSlice, sliceOf(this.prefix));
      if (sizeOf(token) == 0) continue;
      found.add(token, this);
      // Hosts may join repeated fields, and no token has a comma in it.
      if (hasComma(token)) found.add(token, this);
    }
    // Of a field that is there twice nobody knows which one others look at.
    if (fields > 1 && found.count == before + 1) found.count += 1;
  }

  remove(request: Headers): void {
    request.remove(this.name);
  }

  isHeader(name: string): bool {
    return isFieldNamed(this.name, name);
  }
}

/** What a field says after a prefix, whose case does not count, without the white space around it; else empty. */
export function tokenIn(value: Slice, prefix: Slice): Slice {
  let at = dataOf(value);
  let end = at + sizeOf(value);
  const size = sizeOf(prefix);
  while (at < end && isSpace(load<u8>(at))) at += 1;
  if (end - at < size || !equalNames(slice(at, size), prefix)) return 0;
  at += size;
  while (at < end && isSpace(load<u8>(at))) at += 1;
  while (end > at && isSpace(load<u8>(end - 1))) end -= 1;
  return slice(at, end - at);
}

function hasComma(token: Slice): bool {
  for (let at = dataOf(token), end = at + sizeOf(token); at < end; at++) {
    if (<u32>load<u8>(at) == COMMA) return true;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function isSpace(byte: u32): bool {
  return byte == SPACE || byte == TAB;
}
