import { getMetric, incrementMetric, recordMetric } from "../abi/metrics";
import { hostU64 } from "../abi/out";
import { Status } from "../abi/status";
import { unexpected } from "../runtime/failure";
import { encode } from "../runtime/utf8";
import { NO_METRIC } from "./host-metric";
import { counters, gauges, histograms } from "./metric-handles";

/** Sets a gauge, or adds a value to a histogram. */
export function record(metric: u32, value: u64): void {
  if (metric == NO_METRIC) return;
  const status = recordMetric(metric, value);
  if (status != Status.Ok) unexpected("proxy_record_metric", status);
}

/** Adds to a counter or a gauge; nothing happens for 0. */
export function increment(metric: u32, delta: i64): void {
  if (metric == NO_METRIC || delta == 0) return;
  const status = incrementMetric(metric, delta);
  if (status != Status.Ok) unexpected("proxy_increment_metric", status);
}

function read(metric: u32): u64 {
  if (metric == NO_METRIC) return 0;
  const status = getMetric(metric);
  if (status == Status.Ok) return hostU64();
  unexpected("proxy_get_metric", status);
  return 0;
}

/**
 * A sum that only grows, all workers together. Envoy puts `wasmcustom.` before the name, and takes it off again on its
 * Prometheus page. The same name gives the same metric.
 */
@final
export class Counter {
  private readonly metric: u32;

  constructor(name: string) {
    this.metric = counters.define(encode(name));
  }

  /** Adds; nothing happens for 0. */
  add(delta: u32 = 1): void {
    increment(this.metric, delta);
  }

  /** Its value now. */
  get value(): u64 {
    return read(this.metric);
  }
}

/** A value that goes up and down; one for all workers together. */
@final
export class Gauge {
  private readonly metric: u32;

  constructor(name: string) {
    this.metric = gauges.define(encode(name));
  }

  /** Adds to it, or takes from it. */
  add(delta: i64): void {
    increment(this.metric, delta);
  }

  /** Sets it. */
  set(value: u64): void {
    record(this.metric, value);
  }

  /** Its value now. */
  get value(): u64 {
    return read(this.metric);
  }
}

/** A distribution of values. The host keeps it; it cannot be read back. */
@final
export class Histogram {
  private readonly metric: u32;

  constructor(name: string) {
    this.metric = histograms.define(encode(name));
  }

  /** Adds a value. */
  record(value: u64): void {
    record(this.metric, value);
  }
}
