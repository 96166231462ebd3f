import { MetricType, Status } from "../enums.js";
import type { Access, Hostcalls } from "./access.js";

/** Whether a number, by its low bits, stands for a kind of metric that has a current value. */
const hasValue = (id: number) => (id & 3) < (MetricType.Histogram as number);

/** Counters, gauges, histograms. A name defined twice has two numbers and one value. */
export function metricCalls(access: Access): Hostcalls {
  const { metricIds, metrics, settings } = access.vm;
  const metric = (id: number) => {
    const known = metrics.get(id >>> 0);
    return known && settings.shared.metric(known.type, known.name);
  };
  return {
    proxy_define_metric: (type: MetricType, name: number, size: number, out: number) => {
      const called = access.text(name, size);
      if (called === undefined) return Status.InvalidMemoryAccess;
      if (!(type in MetricType)) return Status.BadArgument;
      settings.shared.metric(type, called);
      const id = (metricIds[type]! += 4);
      metrics.set(id, { type, name: called });
      return access.giveU32(id, out);
    },
    /** A counter grows by the value, a gauge has it, a histogram takes it in. */
    proxy_record_metric: (id: number, value: bigint) => {
      const known = metric(id);
      if (known === undefined) return Status.NotFound;
      const amount = BigInt.asUintN(64, value);
      if (known.type === MetricType.Histogram) known.histogram.record(amount);
      known.value = known.type === MetricType.Gauge ? amount : BigInt.asUintN(64, known.value + amount);
      return Status.Ok;
    },
    proxy_increment_metric: (id: number, delta: bigint) => {
      if (!hasValue(id)) return Status.BadArgument;
      const known = metric(id);
      if (known === undefined) return Status.NotFound;
      if (known.type === MetricType.Counter && delta <= 0n) return Status.BadArgument;
      known.value = BigInt.asUintN(64, known.value + delta);
      return Status.Ok;
    },
    proxy_get_metric: (id: number, out: number) => {
      if (!hasValue(id)) return Status.BadArgument;
      const known = metric(id);
      return known === undefined ? Status.NotFound : access.giveU64(known.value, out);
    },
  };
}
