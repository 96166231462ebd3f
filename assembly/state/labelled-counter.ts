import { Slice, dataOf, equalBytes, sizeOf, slice, sliceOf } from "../runtime/slice";
import { encode, utf8Bytes } from "../runtime/utf8";
import { UNKNOWN_METRIC, counters } from "./metric-handles";
import { LABEL_END, LABEL_SET, LONGEST_LABEL_VALUE, writeLabelValue } from "./metric-name";
import { increment } from "./metrics";
import { SeriesLimit } from "./series-limit";

/** What a label says in the place of values that are too many to have series of their own. */
// @ts-ignore: decorator
@lazy
export const OTHER_VALUES: string = "other";

/**
 * A counter with labels whose values come from requests: a series for each combination of them, as far as a limit lets
 * them be. The values are given in the order of the labels, then it is counted; series that were there before are found
 * without an allocation.
 *
 *     counter.begin();
 *     counter.oneOf(method, METHODS);
 *     counter.value(tenant);
 *     if (!counter.add()) ...
 */
@final
export class LabelledCounter {
  /** Each label with what stands before its value. */
  private readonly labels: StaticArray<Uint8Array>;
  private readonly name: Uint8Array;
  /** Room for the longest name of a series. */
  private readonly series: Uint8Array;
  private size: usize = 0;
  private given: i32 = 0;

  /** `labels` are in the order that `metricName` asks for. */
  constructor(
    name: string,
    labels: string[],
    private readonly limit: SeriesLimit,
  ) {
    const last = utf8Bytes(name);
    const all = new StaticArray<Uint8Array>(labels.length);
    let longest = last.length;
    for (let i = 0; i < labels.length; i++) {
      const label = utf8Bytes(labels[i] + LABEL_SET);
      all[i] = label;
      longest += label.length + <i32>LONGEST_LABEL_VALUE + LABEL_END.length;
    }
    this.name = last;
    this.labels = all;
    this.series = new Uint8Array(longest);
  }

  /** Begins with the values of another series. */
  begin(): void {
    this.size = 0;
    this.given = 0;
  }

  /** The value of the next label, as `metricName` writes it; values beyond the last label are left out. */
  value(value: Slice): void {
    if (this.given >= this.labels.length) return;
    this.append(sliceOf(this.labels[this.given]));
    this.size += writeLabelValue(this.end, value);
    this.append(encode(LABEL_END));
    this.given += 1;
  }

  /** As `value`, with text. */
  text(value: string): void {
    this.value(encode(value));
  }

  /** As `value`, for one that is among those that are known, compared exactly; `other` for any other. */
  oneOf(value: Slice, known: string[]): void {
    for (let i = 0; i < known.length; i++) {
      const name = encode(unchecked(known[i]));
      if (equalBytes(name, value)) return this.value(name);
    }
    this.text(OTHER_VALUES);
  }

  /**
   * Adds to the series whose values were given. False, and nothing is added, where that is a new one and the limit
   * leaves no more than `reserved` places.
   */
  add(delta: u32 = 1, reserved: u32 = 0): bool {
    const name = this.seriesName();
    let handle = counters.find(name);
    if (handle == UNKNOWN_METRIC) {
      if (!this.limit.admits(name, reserved)) return false;
      handle = counters.define(name);
    }
    increment(handle, delta);
    return true;
  }

  /**
   * As `add`, whatever the limit says: for the one series that takes what no other may. The limit can be lower than it
   * was when others came into being.
   */
  addAnyway(delta: u32 = 1): void {
    if (!this.add(delta)) increment(counters.define(this.seriesName()), delta);
  }

  private seriesName(): Slice {
    memory.copy(this.end, this.name.dataStart, this.name.length);
    return slice(this.series.dataStart, this.size + this.name.length);
  }

  // @ts-ignore: decorator
  @inline
  private get end(): usize {
    return this.series.dataStart + this.size;
  }

  private append(bytes: Slice): void {
    memory.copy(this.end, dataOf(bytes), sizeOf(bytes));
    this.size += sizeOf(bytes);
  }
}
