import { MetricType } from "../index.js";
import type { StatsTag } from "./options.js";
import type { Stat } from "./stats.js";

/** The upper bounds of Envoy's buckets. (Envoy, `HistogramSettingsImpl::defaultBuckets`) */
const buckets = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000,
  3600000,
];

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
  const samples = stat.samples.map(Number);
  const bounds = [...buckets.map(String), "+Inf"].map((le) => {
    const count = samples.filter((sample) => le === "+Inf" || sample <= Number(le)).length;
    return `${name}_bucket{${list([...labels, ["le", le]])}} ${count}\n`;
  });
  return `${bounds.join("")}${name}_sum{${list(labels)}} ${stat.value}\n${name}_count{${list(labels)}} ${samples.length}\n`;
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
