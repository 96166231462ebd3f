/** Numbers below a bound, the same for the same seed. (xorshift32) Here it is a class: it runs once for each byte. */
export class Random {
  private state = 0;

  constructor(seed: number) {
    this.reset(seed);
  }

  /** Begins again, with what this seed gives. */
  reset(seed: number): void {
    this.state = Math.imul(seed, 0x9e3779b1) | 1;
    for (let i = 0; i < 8; i++) this.below(2);
  }

  below(bound: number): number {
    let state = this.state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state;
    return (state >>> 0) % bound;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** Whether something happens that happens once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }
}

/** Bytes at which readers of text and of numbers change their minds. */
const TELLING = [
  0x00, 0x01, 0x09, 0x0a, 0x0d, 0x1f, 0x20, 0x22, 0x25, 0x2c, 0x2e, 0x2f, 0x30, 0x39, 0x3a, 0x3b, 0x3d, 0x40,
  0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7e, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
  0xff,
];

/** Makes new inputs of those that were worth keeping. */
export class Mutator {
  private readonly scratch: Buffer;
  private size = 0;

  constructor(
    private readonly random: Random,
    private readonly words: readonly Uint8Array[],
    private readonly largest: number,
  ) {
    this.scratch = Buffer.alloc(largest);
  }

  /** An input that differs from one of the pool's in some places. It is good until the next one. */
  next(pool: readonly Uint8Array[]): Buffer {
    const random = this.random;
    // The latest of the pool are the ones that nobody has tried much with.
    const latest = random.oneIn(3) ? Math.min(pool.length, 16) : pool.length;
    const base = pool[pool.length - 1 - random.below(latest)]!;
    this.size = Math.min(base.length, this.largest);
    this.scratch.set(this.size === base.length ? base : base.subarray(0, this.size));
    for (let changes = 1 + random.below(random.oneIn(4) ? 8 : 3); changes > 0; changes--) this.change(pool);
    return this.scratch.subarray(0, this.size);
  }

  private change(pool: readonly Uint8Array[]): void {
    const { random, scratch, size } = this;
    const at = random.below(size + 1);
    switch (random.below(12)) {
      case 0:
        if (at < size) scratch[at]! ^= 1 << random.below(8);
        return;
      case 1:
        if (at < size) scratch[at] = random.below(256);
        return;
      case 2:
        if (at < size) scratch[at] = random.pick(TELLING);
        return;
      case 3:
        if (at < size) scratch[at]! += random.below(9) - 4;
        return;
      case 4:
        if (this.insert(at, 1)) scratch[at] = random.below(128);
        return;
      case 5:
        if (this.insert(at, 1)) scratch[at] = random.pick(TELLING);
        return;
      case 6:
        this.remove(at, 1 + random.below(4));
        return;
      case 7:
        this.remove(at, 1 + random.below(size + 1));
        return;
      case 8: {
        // A part of it once more.
        const length = 1 + random.below(16);
        const from = random.below(size + 1);
        if (from + length <= size && this.insert(at, length))
          scratch.copyWithin(
            at,
            from < at ? from : from + length,
            (from < at ? from : from + length) + length,
          );
        return;
      }
      case 9: {
        // A part of another one.
        const other = random.pick(pool);
        const from = random.below(other.length + 1);
        const length = Math.min(other.length - from, 1 + random.below(24));
        if (length > 0 && this.insert(at, length)) scratch.set(other.subarray(from, from + length), at);
        return;
      }
      default: {
        if (this.words.length === 0) return;
        const word = random.pick(this.words);
        if (random.oneIn(3) && at + word.length <= size) scratch.set(word, at);
        else if (this.insert(at, word.length)) scratch.set(word, at);
      }
    }
  }

  private insert(at: number, length: number): boolean {
    if (this.size + length > this.largest) return false;
    this.scratch.copyWithin(at + length, at, this.size);
    this.size += length;
    return true;
  }

  private remove(at: number, length: number): void {
    const end = Math.min(at + length, this.size);
    this.scratch.copyWithin(at, end, this.size);
    this.size -= end - at;
  }
}
