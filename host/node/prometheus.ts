import { bucketBounds } from "../histogram.js";
import { MetricType } from "../index.js";
import type { StatsTag } from "./options.js";
import type { Stat } from "./stats.js";

type Labels = readonly (readonly [name: string, value: string])[];

interface Series {
  labels: Labels;
  stat: Stat;
}

const kinds: [MetricType, string][] = [
  [MetricType.Counter, "counter"],
  [MetricType.Gauge, "gauge"],
  [MetricType.Histogram, "histogram"],
];

/** Envoy's `/stats/prometheus`: what rules take out of a name becomes a label, and `wasmcustom.` falls away. */
export function prometheusText(stats: readonly Stat[], tags: readonly StatsTag[]): string {
  return kinds
    .map(([type, kind]) =>
      families(
        stats.filter((stat) => stat.type === type),
        kind,
        tags,
      ),
    )
    .join("");
}

function families(stats: readonly Stat[], kind: string, tags: readonly StatsTag[]): string {
  const named = new Map<string, Series[]>();
  for (const stat of stats) {
    const { name, labels } = stat.prometheus ?? extract(stat.name, tags);
    named.set(name, [...(named.get(name) ?? []), { labels, stat }]);
  }
  return [...named]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, series]) => `# TYPE ${name} ${kind}\n${series.map((one) => lines(name, one)).join("")}`)
    .join("");
}

function lines(name: string, { labels, stat }: Series): string {
  if (stat.type !== MetricType.Histogram) return `${name}{${list(labels)}} ${stat.value}\n`;
  const { count = 0, buckets = [] } = stat.histogram ?? {};
  const bounds = [...bucketBounds.map(String), "+Inf"].map(
    (le, i) => `${name}_bucket{${list([...labels, ["le", le]])}} ${buckets[i] ?? count}\n`,
  );
  return `${bounds.join("")}${name}_sum{${list(labels)}} ${stat.value}\n${name}_count{${list(labels)}} ${count}\n`;
}

/** What the rules make of a metric's name. (Envoy, `TagExtractorStdRegexImpl`; all rules look at the whole name) */
function extract(metric: string, tags: readonly StatsTag[]): { name: string; labels: Labels } {
  const labels: [string, string][] = [];
  let rest = metric;
  for (const { name, regex } of tags) {
    const found = new RegExp(regex).exec(metric);
    if (found?.[1] === undefined) continue;
    rest = rest.replace(found[1], "");
    labels.push([sanitized(name), found[2] ?? found[1]]);
  }
  return { name: sanitized(rest.replace(/^wasmcustom\./, "")), labels };
}

const sanitized = (name: string) => name.replaceAll(/[^a-zA-Z0-9_:]/g, "_").replace(/^(?=\d)/, "_");

const list = (labels: Labels) => labels.map(([name, value]) => `${name}="${escaped(value)}"`).join(",");

const escaped = (value: string) =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
