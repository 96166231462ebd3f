/**
 * The pairs format, in which header maps and lists cross the boundary:
 *
 *     u32 count | (u32 nameSize, u32 valueSize) x count | (name NUL value NUL) x count
 *
 * all numbers little endian. No pairs at all are either nothing or a count of 0. The host takes a block with over
 * 1,024 pairs, over 1 MiB, or with sizes that do not add up for an empty one and says nothing (cpp-host,
 * `limits.h` and `pairs_util.cc`), so a block is checked before it goes out.
 */

/** The most pairs that a host accepts. */
export const PAIRS_LARGEST_COUNT: u32 = 1024;

/** The most bytes that a host accepts in a block of pairs. */
export const PAIRS_LARGEST_SIZE: usize = 1024 * 1024;

const COUNT_SIZE: usize = 4;
const LENGTHS_SIZE: usize = 8;

/** How long a block of this many pairs is whose names and values have `textSize` bytes in all. */
// @ts-ignore: decorator
@inline
export function pairsSize(count: u32, textSize: usize): usize {
  return COUNT_SIZE + <usize>count * (LENGTHS_SIZE + 2) + textSize;
}

/** Where the block under construction takes its next pair of sizes, and its next text. */
let sizes: usize = 0;
let text: usize = 0;

/**
 * Starts a block of exactly `count` pairs at `target`, which must have `pairsSize` bytes. One block is written at a
 * time, and no hostcall made meanwhile.
 */
export function beginPairs(target: usize, count: u32): void {
  store<u32>(target, count);
  sizes = target + COUNT_SIZE;
  text = sizes + <usize>count * LENGTHS_SIZE;
}

/** Adds bytes to the block: names and values in turn. */
export function addToPairs(data: usize, size: usize): void {
  store<u32>(sizes, <u32>size);
  sizes += 4;
  memory.copy(text, data, size);
  store<u8>(text + size, 0);
  text += size + 1;
}

/**
 * Reads a block of pairs from front to back; nothing is read beyond its end, whatever it says of itself. Reading
 * stops for good at the first pair that does not fit.
 */
export class PairsReader {
  /** The addresses and sizes in bytes of the pair that `next` came to. */
  nameData: usize = 0;
  nameSize: usize = 0;
  valueData: usize = 0;
  valueSize: usize = 0;
  private lengths: usize = 0;
  private text: usize = 0;
  private end: usize = 0;
  private left: u32 = 0;

  /** Starts at the front of a block. One that is too short for its own count reads as empty. */
  constructor(data: usize, size: usize) {
    const count: u32 = size < COUNT_SIZE ? 0 : load<u32>(data);
    if (count != 0 && <usize>count <= (size - COUNT_SIZE) / (LENGTHS_SIZE + 2)) {
      this.left = count;
      this.lengths = data + COUNT_SIZE;
      this.text = data + COUNT_SIZE + <usize>count * LENGTHS_SIZE;
      this.end = data + size;
    }
  }

  /** How many pairs are still to come. */
  get remaining(): u32 {
    return this.left;
  }

  /** Goes to the next pair; false when there is none. */
  next(): bool {
    if (this.left == 0) return false;
    const room = <u64>(this.end - this.text);
    const nameSize = load<u32>(this.lengths);
    const valueSize = load<u32>(this.lengths, 4);
    if (this.text > this.end || <u64>nameSize + <u64>valueSize + 2 > room) {
      this.left = 0;
      return false;
    }
    this.nameData = this.text;
    this.nameSize = nameSize;
    this.valueData = this.text + nameSize + 1;
    this.valueSize = valueSize;
    this.text = this.valueData + valueSize + 1;
    this.lengths += LENGTHS_SIZE;
    this.left -= 1;
    return true;
  }
}
