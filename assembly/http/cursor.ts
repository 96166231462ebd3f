import { PairsReader } from "../abi/pairs";
import { Slice, copyOf, dataOf, equalBytes, sizeOf, slice } from "../runtime/slice";
import { decode, encode } from "../runtime/utf8";

/** One step after the other through header fields, with text made only of what is asked for. Ends with the callback. */
@final
export class HeaderCursor {
  constructor(private reader: PairsReader) {}

  /** How many fields are still to come. */
  get remaining(): u32 {
    return this.reader.remaining;
  }

  /** Goes to the next field; false when there is none. */
  next(): bool {
    return this.reader.next();
  }

  /** Whether the field has this name, in lower case as hosts have it. Makes no string. */
  is(name: string): bool {
    return equalBytes(this.nameSlice, encode(name));
  }

  /** Whether the field's name begins with this. Makes no string. */
  startsWith(prefix: string): bool {
    const wanted = encode(prefix);
    const size = sizeOf(wanted);
    return size <= this.reader.nameSize && equalBytes(slice(this.reader.name, size), wanted);
  }

  /** The field's name, in lower case as hosts have it. */
  get name(): string {
    return decode(this.reader.name, this.reader.nameSize);
  }

  /** The field's value. Bytes that are not UTF-8 become U+FFFD. */
  get value(): string {
    return decode(this.reader.value, this.reader.valueSize);
  }

  /** The field's value as its bytes. */
  get valueBytes(): Uint8Array {
    return copyOf(this.valueSlice);
  }

  /** The name's bytes in host memory. */
  get nameSlice(): Slice {
    return slice(this.reader.name, this.reader.nameSize);
  }

  /** The value's bytes in host memory. */
  get valueSlice(): Slice {
    return slice(this.reader.value, this.reader.valueSize);
  }
}
