import { Slice, dataOf, sizeOf } from "../runtime/slice";

/**
 * A hash of the Merkle-Damgård kind (FIPS 180-4): bytes are added piece by piece, and collected to blocks. One object
 * can make one hash after the other.
 */
export abstract class Hash {
  /** How many bytes a block has. */
  readonly blockSize: i32;
  /** How many bytes the hash has. */
  readonly size: i32;
  /** The bytes that do not fill a block yet, as many as `filled` says. */
  private readonly block: Uint8Array;
  private filled: usize = 0;
  /** How many bytes were added. */
  private total: u64 = 0;

  constructor(blockSize: i32, size: i32) {
    this.blockSize = blockSize;
    this.size = size;
    this.block = new Uint8Array(blockSize);
  }

  /** Adds bytes to what is hashed. */
  update(bytes: Slice): this {
    let at = dataOf(bytes);
    let left = sizeOf(bytes);
    const blockSize = <usize>this.blockSize;
    const block = this.block.dataStart;
    this.total += left;
    if (this.filled > 0) {
      const taken = min(left, blockSize - this.filled);
      memory.copy(block + this.filled, at, taken);
      this.filled += taken;
      at += taken;
      left -= taken;
      if (this.filled < blockSize) return this;
      this.compress(block);
    }
    for (; left >= blockSize; left -= blockSize) {
      this.compress(at);
      at += blockSize;
    }
    memory.copy(block, at, left);
    this.filled = left;
    return this;
  }

  /** The hash of all that was added; the object then begins anew. */
  digest(): Uint8Array {
    const hash = new Uint8Array(this.size);
    this.digestTo(hash.dataStart);
    return hash;
  }

  /** As `digest`, into memory of at least `size` bytes. */
  digestTo(target: usize): void {
    const blockSize = <usize>this.blockSize;
    const block = this.block.dataStart;
    // A one bit, zeros, and the length in bits at the end of the last block, in an eighth of it.
    store<u8>(block + this.filled, 0x80);
    let used = this.filled + 1;
    if (used > blockSize - (blockSize >> 3)) {
      memory.fill(block + used, 0, blockSize - used);
      this.compress(block);
      used = 0;
    }
    memory.fill(block + used, 0, blockSize - used);
    store<u64>(block + blockSize - 8, bswap<u64>(this.total << 3));
    this.compress(block);
    this.output(target);
    this.reset();
  }

  /** Forgets what was added. */
  reset(): void {
    this.filled = 0;
    this.total = 0;
    this.begin();
  }

  /** Sets the state to its first value. */
  protected abstract begin(): void;

  /** Takes one block into the state. */
  protected abstract compress(block: usize): void;

  /** Writes the state as the hash. */
  protected abstract output(target: usize): void;
}
