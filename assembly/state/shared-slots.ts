import { allocateInArena } from "../runtime/arena";
import { decimal } from "../runtime/decimal";
import { hashBytes } from "../runtime/hash";
import { Slice, copyOf, dataOf, equalBytes, sizeOf, slice, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { NEW_KEY, NO_VALUE, findShared, foundVersion, storeShared } from "./shared-data";

/** How many slots a key may lie in: enough that keys seldom push each other out before all slots are taken. */
const WAYS: u32 = 4;

/** Before the key: when the entry was written, in the unit that its writer chose, and how long the key is. */
const STAMP_SIZE: usize = 8;
const HEADER_SIZE: usize = 12;

/**
 * Entries by keys that requests make up, in shared data that never forgets a key: a fixed number of slots, each with the
 * key of its entry in it. Where a key's slots are all taken by others, the one written longest ago goes.
 */
@final
export class SharedSlots {
  /**
   * `name` begins the slots' keys; all VMs that mean the same slots give the same name and number.
   */
  constructor(
    private readonly name: string,
    private readonly slots: u32,
  ) {}

  /** The bytes of an entry; null for a key that has none, or had one that another pushed out. */
  get(key: string): Uint8Array | null {
    const wanted = encode(key);
    const hash = hashBytes(wanted);
    for (let way: u32 = 0; way < WAYS; way++) {
      const entry = findShared(this.slot(hash, way));
      if (holds(entry, wanted)) return copyOf(valueOf(entry));
    }
    return null;
  }

  /**
   * Writes an entry with a stamp that tells it from older ones, such as the time. False when other VMs were faster each
   * time, which hardly happens.
   */
  set(key: string, value: Uint8Array, stamp: u64): bool {
    const wanted = encode(key);
    const hash = hashBytes(wanted);
    for (let tries = 0; tries < 16; tries++) {
      let place: Slice = 0;
      let version: u32 = 0;
      let oldest = u64.MAX_VALUE;
      for (let way: u32 = 0; way < WAYS; way++) {
        const slot = this.slot(hash, way);
        const entry = findShared(slot);
        const own = holds(entry, wanted);
        const age = entry == NO_VALUE || sizeOf(entry) < HEADER_SIZE ? 0 : load<u64>(dataOf(entry));
        if (own || place == 0 || age < oldest) {
          place = slot;
          version = entry == NO_VALUE ? NEW_KEY : foundVersion();
          oldest = age;
        }
        if (own) break;
      }
      if (storeShared(place, entryOf(wanted, sliceOf(value), stamp), version)) return true;
    }
    return false;
  }

  private slot(hash: u32, way: u32): Slice {
    return encode(this.name + decimal((hash + way) % this.slots));
  }
}

function entryOf(key: Slice, value: Slice, stamp: u64): Slice {
  const size = HEADER_SIZE + sizeOf(key) + sizeOf(value);
  const entry = allocateInArena(size);
  store<u64>(entry, stamp);
  store<u32>(entry, <u32>sizeOf(key), STAMP_SIZE);
  memory.copy(entry + HEADER_SIZE, dataOf(key), sizeOf(key));
  memory.copy(entry + HEADER_SIZE + sizeOf(key), dataOf(value), sizeOf(value));
  return slice(entry, size);
}

function holds(entry: Slice, key: Slice): bool {
  if (entry == NO_VALUE || sizeOf(entry) < HEADER_SIZE + sizeOf(key)) return false;
  const size = load<u32>(dataOf(entry), STAMP_SIZE);
  return <usize>size == sizeOf(key) && equalBytes(slice(dataOf(entry) + HEADER_SIZE, size), key);
}

function valueOf(entry: Slice): Slice {
  const skipped = HEADER_SIZE + <usize>load<u32>(dataOf(entry), STAMP_SIZE);
  return slice(dataOf(entry) + skipped, sizeOf(entry) - skipped);
}
