import type { Difference } from "./difference.js";
import type { MetricsExpectation, WantedNumber } from "./scenario.js";
import type { MetricValue } from "./stage.js";

export function compareMetrics(
  wanted: MetricsExpectation,
  metrics: ReadonlyMap<string, MetricValue>,
): Difference[] {
  const present = Object.entries(wanted.present ?? {}).flatMap(([name, value]): Difference[] => {
    const got = metrics.get(name);
    const [number, count] = isCount(value) ? [value.count, true] : [value, false];
    const found = typeof got === "object" ? got.count : got;
    if (found !== undefined && count === (typeof got === "object") && isIn(number, found)) return [];
    const names = [...metrics.keys()].join(", ") || "none";
    return [
      {
        where: `metrics.present.${name}`,
        wanted: typeof value === "number" ? String(value) : JSON.stringify(value),
        got: got === undefined ? `no such metric; there are ${names}` : shown(got),
      },
    ];
  });
  const excess = (wanted.absent ?? []).flatMap((name): Difference[] => {
    const got = metrics.get(name);
    return got === undefined
      ? []
      : [{ where: `metrics.absent.${name}`, wanted: "no such metric", got: shown(got) }];
  });
  return [...present, ...excess];
}

type WantedMetric = NonNullable<MetricsExpectation["present"]>[string];

const isCount = (value: WantedMetric): value is { count: number | WantedNumber } =>
  typeof value === "object" && "count" in value;

function isIn(wanted: number | WantedNumber, got: number): boolean {
  const { at_least: least = -Infinity, at_most: most = Infinity } =
    typeof wanted === "number" ? { at_least: wanted, at_most: wanted } : wanted;
  return got >= least && got <= most;
}

const shown = (value: MetricValue) =>
  typeof value === "number" ? String(value) : `a histogram that was written to ${value.count} times`;
