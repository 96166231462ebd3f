import { randomBytes } from "../abi/random";
import { allocateInArena } from "../runtime/arena";
import { sipHash, sipHashFirst, sipHashSecond } from "../runtime/siphash";
import { Slice, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { monotonicNow, now } from "../runtime/time";
import { encode } from "../runtime/utf8";
import { NEW_KEY, NO_VALUE, findShared, storeShared } from "./shared-data";

const SECRET_SIZE: usize = 16;

/** Before the bytes of a part: the digest of those before it, and what kind of part it is and how long. */
const PREFIX_SIZE: usize = 24;

/** What stands in the place of a part's length where there is no part: no part is so long. */
const ABSENT: u64 = u64.MAX_VALUE;

/**
 * Digests of keys that strangers make up, 128 bits, the same on every worker: for tables of a fixed size, which then need
 * not keep the keys themselves. They are made with a secret that the workers share and nobody else knows, so that no
 * one can choose keys that fall together.
 *
 * A key is made of parts, and the bounds between them count: `a`, `bc` is another key than `ab`, `c`, and a part that is
 * empty another than one that is absent.
 */
@final
export class KeyedDigest {
  /** The first half of the digest of what was added so far. */
  low: u64 = 0;
  /** The second half. */
  high: u64 = 0;
  private secretLow: u64 = 0;
  private secretHigh: u64 = 0;

  /**
   * `secretName` is where in shared data the secret lies; the first worker that asks makes it. It does not outlive the
   * proxy, and neither do digests.
   */
  constructor(secretName: string) {
    const secret = sharedSecret(encode(secretName));
    this.secretLow = load<u64>(secret);
    this.secretHigh = load<u64>(secret, 8);
  }

  /** Begins a new key. */
  begin(): void {
    this.low = 0;
    this.high = 0;
  }

  /** Goes on from a digest that was made of the first parts. */
  resume(low: u64, high: u64): void {
    this.low = low;
    this.high = high;
  }

  /** Adds a part. */
  add(part: Slice): void {
    this.absorb(sizeOf(part), dataOf(part), sizeOf(part));
  }

  /** As `add`, for bytes in an array. */
  addBytes(part: Uint8Array): void {
    this.add(sliceOf(part));
  }

  /** Adds a part that is text; null is one that is absent. */
  addText(part: string | null): void {
    if (part === null) this.addAbsent();
    else this.add(encode(part));
  }

  /** Adds that there is no such part. */
  addAbsent(): void {
    this.absorb(ABSENT, 0, 0);
  }

  private absorb(length: u64, data: usize, size: usize): void {
    const joined = allocateInArena(PREFIX_SIZE + size);
    if (joined == 0) return;
    store<u64>(joined, this.low);
    store<u64>(joined, this.high, 8);
    store<u64>(joined, length, 16);
    memory.copy(joined + PREFIX_SIZE, data, size);
    sipHash(this.secretLow, this.secretHigh, slice(joined, PREFIX_SIZE + size));
    this.low = sipHashFirst();
    this.high = sipHashSecond();
  }
}

/** The address of 16 secret bytes that all workers have under a name; they end with the callback. */
function sharedSecret(name: Slice): usize {
  const present = findShared(name);
  if (present != NO_VALUE && sizeOf(present) == SECRET_SIZE) return dataOf(present);
  const made = allocateInArena(SECRET_SIZE);
  if (randomBytes(made, SECRET_SIZE) != 0) {
    // A host without randomness: what is hard to guess from afar has to do.
    store<u64>(made, now() * 0x9e3779b97f4a7c15);
    store<u64>(made, monotonicNow() * 0xc2b2ae3d27d4eb4f, 8);
  }
  if (storeShared(name, slice(made, SECRET_SIZE), NEW_KEY)) return made;
  const theirs = findShared(name);
  return theirs != NO_VALUE && sizeOf(theirs) == SECRET_SIZE ? dataOf(theirs) : made;
}
