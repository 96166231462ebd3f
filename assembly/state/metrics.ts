import { MetricType } from "../abi/enums";
import { defineMetric, getMetric, incrementMetric, recordMetric } from "../abi/metrics";
import { hostU32, hostU64 } from "../abi/out";
import { Status } from "../abi/status";
import { unexpected } from "../runtime/failure";
import { dataOf, sizeOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";

/** The handle of a metric that the host refused: what is done with it does nothing. */
const NO_METRIC: u32 = 0xffffffff;

/** The handles by name and kind: the host would give a new one each time. */
// @ts-ignore: decorator
@lazy
const handles = new Map<string, u32>();

function define(type: MetricType, name: string): u32 {
  const key = name + (type == MetricType.Counter ? "\0c" : type == MetricType.Gauge ? "\0g" : "\0h");
  if (handles.has(key)) return handles.get(key);
  const bytes = encode(name);
  const status = defineMetric(type, dataOf(bytes), sizeOf(bytes));
  let handle = NO_METRIC;
  if (status == Status.Ok) handle = hostU32();
  else unexpected("proxy_define_metric", status);
  handles.set(key, handle);
  return handle;
}

function record(metric: u32, value: u64): void {
  if (metric == NO_METRIC) return;
  const status = recordMetric(metric, value);
  if (status != Status.Ok) unexpected("proxy_record_metric", status);
}

function increment(metric: u32, delta: i64): void {
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
    this.metric = define(MetricType.Counter, name);
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
    this.metric = define(MetricType.Gauge, name);
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
    this.metric = define(MetricType.Histogram, name);
  }

  /** Adds a value. */
  record(value: u64): void {
    record(this.metric, value);
  }
}

/**
 * The name of a metric with labels, `[[name, value], ...]`, in the form that tag rules such as Istio's `extraStatTags`
 * read: `method=.=GET;.;p_requests_total`. Each label needs a rule `(method=\.=(.*?);\.;)`. Dots in a value, which other
 * rules could take for theirs, and what would end it are replaced by `_`.
 */
export function metricName(name: string, labels: string[][]): string {
  let full = "";
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label.length == 2) full += label[0] + "=.=" + labelValue(label[1]) + ";.;";
  }
  return full + name;
}

function labelValue(value: string): string {
  let plain = "";
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    plain +=
      code <= 0x20 || code == 0x2e || code == 0x3b || code == 0x3d || code == 0x7f ? "_" : value.charAt(i);
  }
  return plain;
}
