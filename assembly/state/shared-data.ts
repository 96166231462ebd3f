import { hostData, hostSize } from "../abi/out";
import { getSharedData, hostCas, setSharedData } from "../abi/shared";
import { Status } from "../abi/status";
import { unexpected } from "../runtime/failure";
import { Slice, copyOf, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { decodeSlice, encode } from "../runtime/utf8";

/** For a first write: any version that is not 0, which would write over what somebody else wrote first. */
export const NEW_KEY: u32 = 0xffffffff;

/** How often a change is tried again when others come in between. Each failure is another's success. */
const MOST_TRIES: i32 = 1000;

/** What `findShared` answers where there is no such key. */
export const NO_VALUE: Slice = 0xffffffff00000000;

/** The version of the value that was found last; `NEW_KEY` where there was none. */
let version: u32 = NEW_KEY;

/** A value in host memory, which ends with the callback, or `NO_VALUE`; `foundVersion()` is its version. */
export function findShared(key: Slice): Slice {
  version = NEW_KEY;
  const status = getSharedData(dataOf(key), sizeOf(key));
  if (status == Status.Ok) {
    version = hostCas();
    return slice(hostData(), hostSize());
  }
  if (status != Status.NotFound) unexpected("proxy_get_shared_data", status);
  return NO_VALUE;
}

/** The version of what `findShared` found. */
export function foundVersion(): u32 {
  return version;
}

/** Writes a value if it still has a version; with 0 in any case. False when somebody else was faster. */
export function storeShared(key: Slice, value: Slice, cas: u32): bool {
  const status = setSharedData(dataOf(key), sizeOf(key), dataOf(value), sizeOf(value), cas);
  if (status != Status.Ok && status != Status.CasMismatch) unexpected("proxy_set_shared_data", status);
  return status == Status.Ok;
}

/** A value of shared data as it was read, and its version. */
@final
export class SharedValue {
  constructor(
    readonly bytes: Uint8Array,
    /** For `setIf`: says that the value is still this one. */
    readonly version: u32,
  ) {}

  /** The value as text. */
  get text(): string {
    return decodeSlice(sliceOf(this.bytes));
  }
}

/**
 * Values that all workers see: all VMs with the same `vm_id`, in Istio all plugins of a proxy, so that a key should
 * begin with the plugin's name. They live as long as the proxy. Nothing deletes a key: keys that are made from requests
 * fill the host's memory, and belong into `SharedSlots`.
 */
export namespace sharedData {
  /** A value as text; null for a key that was never set. */
  export function get(key: string): string | null {
    const value = findShared(encode(key));
    return value == NO_VALUE ? null : decodeSlice(value);
  }

  /** A value as its bytes, with its version; null for a key that was never set. */
  export function read(key: string): SharedValue | null {
    const value = findShared(encode(key));
    return value == NO_VALUE ? null : new SharedValue(copyOf(value), version);
  }

  /** Sets a value, whatever there was. */
  export function set(key: string, value: string): void {
    storeShared(encode(key), encode(value), 0);
  }

  /** As `set`, with bytes. */
  export function setBytes(key: string, value: Uint8Array): void {
    storeShared(encode(key), sliceOf(value), 0);
  }

  /**
   * Sets a value if it is still the one that was read; `before` is null where there was none. False when another VM was
   * faster: read again, and try again.
   */
  export function setIf(key: string, value: Uint8Array, before: SharedValue | null): bool {
    return storeShared(encode(key), sliceOf(value), before === null ? NEW_KEY : before.version);
  }

  /**
   * Adds to a counter of 8 bytes, little endian, exactly, however many workers do so at once; returns what it then is.
   * A counter that was never set begins at 0, and so does one with anything else in it.
   */
  export function add(key: string, delta: u64): u64 {
    const name = encode(key);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const sum = counterOf(findShared(name)) + delta;
      store<u64>(COUNTER, sum);
      if (storeShared(name, slice(COUNTER, 8), version)) return sum;
    }
    unexpected("proxy_set_shared_data", Status.CasMismatch);
    return counterOf(findShared(name));
  }

  /** A counter that `add` keeps; 0 for one that was never set. */
  export function count(key: string): u64 {
    return counterOf(findShared(encode(key)));
  }
}

const COUNTER = memory.data(8, 8);

function counterOf(value: Slice): u64 {
  return value != NO_VALUE && sizeOf(value) == 8 ? load<u64>(dataOf(value)) : 0;
}
