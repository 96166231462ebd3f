import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";

const FIRST_CAPACITY: usize = 64;

/**
 * Bytes that are put together piece by piece. The collector owns them. What would make it longer than its limit is not
 * taken, nor is anything after that: look at `overflowed` in the end.
 */
@final
export class ByteBuffer {
  /** Whether more came than the limit allows. What is there is then of no use. */
  overflowed: bool = false;
  private bytes: ArrayBuffer;
  private length: usize = 0;

  /** Begins with room for `capacity` bytes; `limit` is the most that it takes. */
  constructor(
    capacity: usize,
    private readonly limit: usize = 1 << 28,
  ) {
    // Not cleared: what was not written is never shown.
    const size = max(min(capacity, limit), FIRST_CAPACITY);
    this.bytes = changetype<ArrayBuffer>(__new(size, idof<ArrayBuffer>()));
  }

  /** The number of bytes. */
  get size(): usize {
    return this.length;
  }

  /** Adds a run of bytes. */
  append(bytes: Slice): void {
    this.appendRun(dataOf(bytes), sizeOf(bytes));
  }

  /** As `append`, for an address and a length. */
  appendRun(data: usize, size: usize): void {
    if (!this.reserve(size)) return;
    memory.copy(changetype<usize>(this.bytes) + this.length, data, size);
    this.length += size;
  }

  /** As `appendRun`, quicker where runs of some tens of bytes are the rule. */
  appendPiece(data: usize, size: usize): void {
    const end = this.length + size;
    if ((end > <usize>this.bytes.byteLength || end > this.limit || this.overflowed) && !this.reserve(size))
      return;
    copyPiece(changetype<usize>(this.bytes) + this.length, data, size);
    this.length = end;
  }

  /** Adds one byte. */
  appendByte(byte: u32): void {
    if (!this.reserve(1)) return;
    store<u8>(changetype<usize>(this.bytes) + this.length, byte);
    this.length += 1;
  }

  /** Forgets what it holds, and keeps its memory. */
  clear(): void {
    this.length = 0;
    this.overflowed = false;
  }

  /** What it holds: good until the next change, and for as long as the buffer is alive. */
  view(): Slice {
    return slice(changetype<usize>(this.bytes), this.length);
  }

  /** Makes room for so many more bytes; false when they would be too many. */
  private reserve(more: usize): bool {
    if (this.overflowed || more > this.limit - this.length) {
      this.overflowed = true;
      return false;
    }
    const capacity = <usize>this.bytes.byteLength;
    const needed = this.length + more;
    if (needed > capacity) {
      const larger = min(max(needed, capacity << 1), max(this.limit, FIRST_CAPACITY));
      this.bytes = changetype<ArrayBuffer>(__renew(changetype<usize>(this.bytes), larger));
    }
    return true;
  }
}

/** The longest run that is copied here: for longer ones the engine's own way is worth the call. */
const LONGEST_PIECE: usize = 256;

function copyPiece(to: usize, from: usize, size: usize): void {
  // @ts-ignore: asc's
  if (ASC_FEATURE_SIMD && size - 16 <= LONGEST_PIECE - 16) {
    const last = size - 16;
    for (let at: usize = 0; at < last; at += 16) v128.store(to + at, v128.load(from + at));
    v128.store(to + last, v128.load(from + last));
  } else {
    memory.copy(to, from, size);
  }
}
