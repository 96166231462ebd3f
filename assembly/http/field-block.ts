import { PAIRS_LARGEST_COUNT, PAIRS_LARGEST_SIZE, addToPairs, beginPairs, pairsSize } from "../abi/pairs";
import { allocateInArena } from "../runtime/arena";
import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { HeaderCursor } from "./cursor";
import { isFieldName, isFieldValue } from "./fields";

/**
 * Fields in the form in which they go to the host, one piece of memory: for who keeps them as bytes, and answers with
 * them without making texts of them (`HttpContext.sendLocalReplyBlock`). What is added has to stay where it is until
 * `build`.
 */
@final
export class FieldBlock {
  private readonly texts: StaticArray<Slice>;
  private count: i32 = 0;
  private size: usize = 0;

  /** `capacity` is how many fields it can hold. */
  constructor(capacity: i32) {
    this.texts = new StaticArray<Slice>(capacity << 1);
  }

  /** Adds a field. One that is none, or too many, makes the block fail. */
  add(name: Slice, value: Slice): void {
    const index = this.count << 1;
    this.count += 1;
    if (index >= this.texts.length || !isFieldName(name) || !isFieldValue(value)) {
      this.count = i32.MAX_VALUE >> 1;
      return;
    }
    unchecked((this.texts[index] = name));
    unchecked((this.texts[index + 1] = value));
    this.size += sizeOf(name) + sizeOf(value);
  }

  /**
   * The block, in memory that ends with the callback; 0 where the host would not take it: over 1,024 fields, over
   * 1 MiB, or a field that is none.
   */
  build(): Slice {
    const count = this.count;
    if (<u32>count > PAIRS_LARGEST_COUNT || count << 1 > this.texts.length) return 0;
    const size = pairsSize(count, this.size);
    if (size > PAIRS_LARGEST_SIZE) return 0;
    const block = allocateInArena(size);
    if (block == 0) return 0;
    beginPairs(block, count);
    for (let i = 0; i < count << 1; i++) {
      const text = unchecked(this.texts[i]);
      addToPairs(dataOf(text), sizeOf(text));
    }
    return slice(block, size);
  }

  /** Goes through the fields of a block that was built, here or elsewhere; nothing is read beyond its end. */
  static cursor(block: Slice): HeaderCursor {
    return new HeaderCursor(dataOf(block), sizeOf(block));
  }
}
