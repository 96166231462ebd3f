import { MetricType } from "../abi/enums";
import { defineMetric } from "../abi/metrics";
import { hostU32 } from "../abi/out";
import { Status } from "../abi/status";
import { unexpected } from "../runtime/failure";
import { Slice, dataOf, sizeOf } from "../runtime/slice";

/** The handle of a metric that the host refused: what is done with it does nothing. */
export const NO_METRIC: u32 = 0xffffffff;

/** A new handle for a metric, which the host keeps as long as the VM is there; `NO_METRIC` where it refuses the name. */
export function hostMetric(type: MetricType, name: Slice): u32 {
  const status = defineMetric(type, dataOf(name), sizeOf(name));
  if (status == Status.Ok) return hostU32();
  unexpected("proxy_define_metric", status);
  return NO_METRIC;
}
