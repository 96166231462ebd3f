import { MetricType } from "../abi/enums";
import { hashBytes } from "../runtime/hash";
import { Slice, copyOf, equalBytes, sliceOf } from "../runtime/slice";
import { hostMetric } from "./host-metric";

/** What `MetricHandles.find` answers for a name that it does not have; no host gives such a handle. */
export const UNKNOWN_METRIC: u32 = 0xfffffffe;

const SMALLEST: i32 = 16;

/**
 * The host's handles for metrics of one kind, by their names: a VM defines a metric once, since the host remembers every
 * handle that it gave, also those for a name that it knew. An open hash table over the names' bytes, at most half full;
 * a name that is there is found without an allocation.
 */
@final
export class MetricHandles {
  private hashes: StaticArray<u32> = new StaticArray<u32>(SMALLEST);
  private names: StaticArray<Uint8Array | null> = new StaticArray<Uint8Array | null>(SMALLEST);
  private handles: StaticArray<u32> = new StaticArray<u32>(SMALLEST);
  private count: i32 = 0;

  constructor(private readonly type: MetricType) {}

  /** The handle for a name that was defined in this VM; `UNKNOWN_METRIC` for any other. */
  find(name: Slice): u32 {
    return this.handles[this.placeOf(name, hashBytes(name))];
  }

  /** The handle for a name, which is made known to the host where it is not; `NO_METRIC` where that refuses it. */
  define(name: Slice): u32 {
    const hash = hashBytes(name);
    const known = this.handles[this.placeOf(name, hash)];
    if (known != UNKNOWN_METRIC) return known;
    const handle = hostMetric(this.type, name);
    this.enter(copyOf(name), hash, handle);
    return handle;
  }

  /** How many there are. */
  get size(): i32 {
    return this.count;
  }

  private enter(name: Uint8Array, hash: u32, handle: u32): void {
    if ((this.count + 1) << 1 > this.names.length) this.grow();
    this.put(this.placeOf(sliceOf(name), hash), name, hash, handle);
    this.count += 1;
  }

  private put(place: i32, name: Uint8Array, hash: u32, handle: u32): void {
    this.names[place] = name;
    this.hashes[place] = hash;
    this.handles[place] = handle;
  }

  /** Where a name is, or else the free place where it belongs, which has the handle `UNKNOWN_METRIC`. */
  private placeOf(name: Slice, hash: u32): i32 {
    const mask = <u32>this.names.length - 1;
    let place = hash & mask;
    while (true) {
      const there = unchecked(this.names[place]);
      if (there === null) {
        unchecked((this.handles[place] = UNKNOWN_METRIC));
        return place;
      }
      if (unchecked(this.hashes[place]) == hash && equalBytes(sliceOf(there), name)) return place;
      place = (place + 1) & mask;
    }
  }

  private grow(): void {
    const names = this.names;
    const hashes = this.hashes;
    const handles = this.handles;
    const length = names.length << 1;
    this.names = new StaticArray<Uint8Array | null>(length);
    this.hashes = new StaticArray<u32>(length);
    this.handles = new StaticArray<u32>(length);
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (name !== null) this.put(this.placeOf(sliceOf(name), hashes[i]), name, hashes[i], handles[i]);
    }
  }
}

/** The counters that this VM has defined. */
// @ts-ignore: decorator
@lazy
export const counters = new MetricHandles(MetricType.Counter);

/** The gauges that this VM has defined. */
// @ts-ignore: decorator
@lazy
export const gauges = new MetricHandles(MetricType.Gauge);

/** The histograms that this VM has defined. */
// @ts-ignore: decorator
@lazy
export const histograms = new MetricHandles(MetricType.Histogram);
