import { PairsReader } from "../abi/pairs";
import { Slice, beginsWith, copyOf, equalBytes, slice } from "../runtime/slice";
import { decode, encode } from "../runtime/utf8";

/** One step after the other through header fields, with text made only of what is asked for. Ends with the callback. */
@final
export class HeaderCursor extends PairsReader {
  /** Whether the field has this name, in lower case as hosts have it. Makes no string. */
  is(name: string): bool {
    return this.mayBeginWith(name) && equalBytes(this.nameSlice, encode(name));
  }

  /** Whether the field's name begins with this. Makes no string. */
  startsWith(prefix: string): bool {
    return this.mayBeginWith(prefix) && beginsWith(this.nameSlice, encode(prefix));
  }

  /** False where the first character tells already that the name does not begin with this. */
  // @ts-ignore: decorator
  @inline
  private mayBeginWith(prefix: string): bool {
    if (prefix.length == 0 || this.nameSize == 0) return true;
    const first = load<u16>(changetype<usize>(prefix));
    return first == load<u8>(this.nameData) || first >= 0x80;
  }

  /** The field's name, in lower case as hosts have it. */
  get name(): string {
    return decode(this.nameData, this.nameSize);
  }

  /** The field's value. Bytes that are not UTF-8 become U+FFFD. */
  get value(): string {
    return decode(this.valueData, this.valueSize);
  }

  /** The field's value as its bytes. */
  get valueBytes(): Uint8Array {
    return copyOf(this.valueSlice);
  }

  /** The name's bytes in host memory. */
  get nameSlice(): Slice {
    return slice(this.nameData, this.nameSize);
  }

  /** The value's bytes in host memory. */
  get valueSlice(): Slice {
    return slice(this.valueData, this.valueSize);
  }
}
