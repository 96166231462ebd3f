import type { Admin } from "../envoy/admin.js";
import type { MetricValue } from "./stage.js";

/** Under this Envoy has what plugins define. */
const namespace = "wasmcustom.";

/** The metrics of all plugins, by the names that they gave them. */
export async function metricsOf(admin: Admin): Promise<Map<string, MetricValue>> {
  const filter = encodeURIComponent(`^${namespace.replace(".", "\\.")}`);
  const { stats } = await admin.json<{ stats: Stat[] }>(
    `/stats?format=json&histogram_buckets=detailed&filter=${filter}`,
  );
  const found = new Map<string, MetricValue>();
  const put = (name: string, value: MetricValue) => found.set(name.replace(namespace, ""), value);
  for (const { name, value, histograms } of stats) {
    if (name !== undefined && value !== undefined) put(name, value);
    for (const { name: histogram, totals } of histograms?.details ?? [])
      put(histogram, { count: totals.reduce((sum, { count }) => sum + count, 0) });
  }
  return found;
}

/** A counter or gauge; or all histograms. */
interface Stat {
  name?: string;
  value?: number;
  histograms?: { details?: { name: string; totals: { count: number }[] }[] };
}
