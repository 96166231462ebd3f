import { MetricType } from "../abi/enums";
import { defineMetric, recordMetric } from "../abi/metrics";
import { hostU32 } from "../abi/out";
import { Status } from "../abi/status";
import { LogLevel } from "../abi/enums";
import { unexpected } from "../runtime/failure";
import { writeLog } from "../runtime/log";
import { dataOf, sizeOf } from "../runtime/slice";
import { now } from "../runtime/time";
import { encode } from "../runtime/utf8";
import { propertyText } from "./properties/find";

const NANOSECONDS_PER_SECOND: u64 = 1000000000;

/**
 * Says which version of a plugin is live, where its configuration has a `version`: a line at info, and the gauge
 * `<plugin_name>.version.<version>` with the time since 1970 in seconds at which it was configured. A statistic never
 * goes away in Envoy, so after an update the live version is the one with the latest time.
 */
export function publishVersion(version: string): void {
  if (version.length == 0) return;
  const plugin = propertyText(encode("plugin_name"));
  const name = plugin === null || plugin.length == 0 ? "plugin" : plugin;
  writeLog(LogLevel.Info, name + ": version " + version);
  const metric = encode(name + ".version." + version);
  const status = defineMetric(MetricType.Gauge, dataOf(metric), sizeOf(metric));
  if (status != Status.Ok) return unexpected("proxy_define_metric", status);
  const recorded = recordMetric(hostU32(), now() / NANOSECONDS_PER_SECOND);
  if (recorded != Status.Ok) unexpected("proxy_record_metric", recorded);
}
