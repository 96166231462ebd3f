import { requestHeadersOf } from "../http/headers";
import { lowerCase } from "../runtime/ascii";
import { Slice, copyOf, dataOf, sizeOf, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";

const DASH: u32 = 0x2d;
const UNDERSCORE: u32 = 0x5f;

/**
 * Request fields by which a plugin vouches for something, and that no client may send. The class below guards none:
 * the one that does comes into a module only together with `guardRequestHeader`.
 */
export class FieldGuard {
  /** Takes away what the client sent. */
  strip(): void {}
}

/** The guarded fields of a plugin with all its overrides. */
@final
export class GuardedFields extends FieldGuard {
  private readonly names: Uint8Array[] = [];

  add(name: string): void {
    const bytes = encode(name);
    if (!this.guards(bytes)) this.names.push(copyOf(bytes));
  }

  strip(): void {
    const headers = requestHeadersOf(0);
    const field = headers.cursor();
    while (field.next()) {
      if (this.guards(field.nameSlice)) headers.strip(field.name);
    }
  }

  private guards(name: Slice): bool {
    for (let i = 0; i < this.names.length; i++) {
      if (reachesAs(sliceOf(unchecked(this.names[i])), name)) return true;
    }
    return false;
  }
}

/** Whether servers may take a field for another: without case, and, as CGI and what follows it does, `_` for `-`. */
function reachesAs(a: Slice, b: Slice): bool {
  if (sizeOf(a) != sizeOf(b)) return false;
  for (let i: usize = 0; i < sizeOf(a); i++) {
    if (plain(load<u8>(dataOf(a) + i)) != plain(load<u8>(dataOf(b) + i))) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function plain(byte: u32): u32 {
  return byte == UNDERSCORE ? DASH : lowerCase(byte);
}
