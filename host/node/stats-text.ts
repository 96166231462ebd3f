import { Histogram } from "../histogram.js";
import { MetricType } from "../index.js";
import type { Stat } from "./stats.js";

const quantiles = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100];

const byName = (one: Stat, other: Stat) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);

/** Envoy's `/stats`: counters and gauges in the order of their names, then histograms. */
export function statsText(stats: readonly Stat[]): string {
  const sorted = [...stats].sort(byName);
  const numbers = sorted.filter(({ type }) => type !== MetricType.Histogram);
  const histograms = sorted.filter(({ type }) => type === MetricType.Histogram);
  const lines = [
    ...numbers.map(({ name, value }) => `${name}: ${value}`),
    ...histograms.map((stat) => `${stat.name}: ${summary(stat)}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Envoy's `/stats?format=json`, without its histograms. */
export function statsJson(stats: readonly Stat[]): string {
  const numbers = [...stats].sort(byName).filter(({ type }) => type !== MetricType.Histogram);
  return JSON.stringify({ stats: numbers.map(({ name, value }) => ({ name, value: Number(value) })) });
}

/** Quantiles over the last interval and over all time; here both are over the latest values. */
function summary({ histogram: { samples } = new Histogram() }: Stat): string {
  if (samples.length === 0) return "No recorded values";
  const sorted = samples.map(Number).sort((one, other) => one - other);
  const at = (percent: number) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  return quantiles.map((percent) => `P${percent}(${at(percent)},${at(percent)})`).join(" ");
}
