import { MetricType } from "./enums";
import { outData } from "./out";
import { Status } from "./status";

// @ts-ignore: decorator
@external("env", "proxy_define_metric")
declare function proxy_define_metric(type: MetricType, name: usize, nameSize: usize, idOut: usize): Status;

/** A handle (`hostU32()`) for a metric. Envoy gives a new one each time, for the same statistic. */
// @ts-ignore: decorator
@inline
export function defineMetric(type: MetricType, name: usize, nameSize: usize): Status {
  return proxy_define_metric(type, name, nameSize, outData());
}

// @ts-ignore: decorator
@external("env", "proxy_record_metric")
declare function proxy_record_metric(metric: u32, value: u64): Status;

/** Sets a gauge, adds a value to a histogram; on a counter Envoy adds. */
// @ts-ignore: decorator
@inline
export function recordMetric(metric: u32, value: u64): Status {
  return proxy_record_metric(metric, value);
}

// @ts-ignore: decorator
@external("env", "proxy_increment_metric")
declare function proxy_increment_metric(metric: u32, delta: i64): Status;

/** Adds to a counter or a gauge. A counter takes nothing below 1 (`BadArgument`). */
// @ts-ignore: decorator
@inline
export function incrementMetric(metric: u32, delta: i64): Status {
  return proxy_increment_metric(metric, delta);
}

// @ts-ignore: decorator
@external("env", "proxy_get_metric")
declare function proxy_get_metric(metric: u32, valueOut: usize): Status;

/** A counter's or gauge's value (`hostU64()`), all workers together. `BadArgument` for a histogram. */
// @ts-ignore: decorator
@inline
export function getMetric(metric: u32): Status {
  return proxy_get_metric(metric, outData());
}
