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
