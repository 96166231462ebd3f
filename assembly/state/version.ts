import { LogLevel, MetricType } from "../abi/enums";
import { writeLog } from "../runtime/log";
import { now } from "../runtime/time";
import { encode } from "../runtime/utf8";
import { hostMetric } from "./host-metric";
import { record } from "./metrics";
import { pluginName } from "./plugin-name";

const NANOSECONDS_PER_SECOND: u64 = 1000000000;

/**
 * Says which version of a plugin is live, where its configuration has a `version`: a line at info, and the gauge
 * `<plugin_name>.version.<version>` with the time since 1970 in seconds at which it was configured. A statistic never
 * goes away in Envoy, so after an update the live version is the one with the latest time.
 */
export function publishVersion(version: string): void {
  if (version.length == 0) return;
  const name = pluginName();
  writeLog(LogLevel.Info, name + ": version " + version);
  const metric = hostMetric(MetricType.Gauge, encode(name + ".version." + version));
  record(metric, now() / NANOSECONDS_PER_SECOND);
}
