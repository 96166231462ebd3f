import { MetricType } from "../abi/enums";
import { watchWith } from "../runtime/entry";
import { ContextHandle } from "../runtime/handle";
import { decimal } from "../runtime/decimal";
import { Meter } from "../runtime/meter";
import { monotonicNow } from "../runtime/time";
import { encode } from "../runtime/utf8";
import { hostMetric } from "../state/host-metric";
import { increment, record } from "../state/metrics";
import { pluginLabel } from "../state/plugin-label";
import { findContext } from "./table";

const NANOSECONDS_PER_MICROSECOND: u64 = 1000;
const NANOSECONDS_PER_MILLISECOND: u64 = 1000000;

const LOWEST_STATUS: u32 = 100;
const HIGHEST_STATUS: u32 = 999;

/** The label of `CallOutcome`, in its order. */
// @ts-ignore: decorator
@lazy
const OUTCOMES: string[] = ["answered", "unreachable", "timed_out", "broke_off"];

/** When the callback began that is under way; 0 when that is not known. All plugins of the VM have it together. */
let began: u64 = 0;

/**
 * What `measure: true` shows, each with the label `wasm_plugin`, in the form that tag rules read:
 *
 * - the histogram `wasm_plugin_time_microseconds`: the time that the plugin took for a stream, all of its callbacks
 *   together, those that hear of calls and the hostcalls in them included, but not that of `onDelete`. What the host does
 *   within a hostcall counts too.
 * - the histogram `wasm_plugin_callout_milliseconds` by `outcome`: how long services took that the plugin called.
 * - the counter `wasm_plugin_replies_total` by `status`: the answers that the plugin gave in the upstream's place.
 */
@final
export class PluginMeter extends Meter {
  private readonly plugin: string = "wasm_plugin=.=" + pluginLabel() + ";.;wasm_plugin_";
  private readonly time: u32 = hostMetric(MetricType.Histogram, encode(this.plugin + "time_microseconds"));
  /** By outcome and by status: one more than the handle, so that 0 is for those that are not there yet. */
  private handles: StaticArray<u32> | null = null;

  get now(): u64 {
    return monotonicNow() | 1;
  }

  start(): void {
    began = this.now;
  }

  stop(context: u32): void {
    // Of a stream without a context of its own that is the root, of which nothing is shown.
    const handle = findContext(context);
    // A host's clock may stand still meanwhile: the stream was seen all the same.
    if (handle !== null && began != 0) handle.spent += (this.now - began) | 1;
    began = 0;
  }

  ended(stream: ContextHandle): void {
    // The one that watched may have gone together with its plugin.
    watchWith(this);
    const spent = stream.spent;
    if (spent != 0) record(this.time, spent / NANOSECONDS_PER_MICROSECOND);
  }

  replied(status: u32): void {
    if (status - LOWEST_STATUS <= HIGHEST_STATUS - LOWEST_STATUS) increment(this.series(status), 1);
  }

  answered(outcome: i32, made: u64): void {
    record(this.series(outcome), (this.now - made) / NANOSECONDS_PER_MILLISECOND);
  }

  /** The histogram of an outcome, or the counter of a status, which are larger numbers than those. */
  private series(key: u32): u32 {
    let handles = this.handles;
    if (handles === null) {
      handles = new StaticArray<u32>(HIGHEST_STATUS + 1);
      this.handles = handles;
    }
    let next = handles[key];
    if (next == 0) {
      const isReply = key >= LOWEST_STATUS;
      const label = isReply ? "status=.=" + decimal(key) : "outcome=.=" + OUTCOMES[key];
      const name = label + ";.;" + this.plugin + (isReply ? "replies_total" : "callout_milliseconds");
      next = hostMetric(isReply ? MetricType.Counter : MetricType.Histogram, encode(name)) + 1;
      handles[key] = next;
    }
    return next - 1;
  }
}
