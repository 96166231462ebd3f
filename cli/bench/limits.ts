import type { Estimate } from "../measure/comparison.js";
import type { LimitVerdict, Variant } from "./result.js";

/** What may not be exceeded, as options say it. */
export interface Limits {
  maxCpuUs?: number;
  maxP99Percent?: number;
  maxLossPercent?: number;
  maxMemoryMb?: number;
}

/**
 * Whether variants keep the limits. A figure over the limit whose interval reaches below it is `unsure`: the rounds do
 * not show that it is over, and a CI that fails by chance is soon ignored.
 */
export function judge(limits: Limits, variants: readonly Variant[]): LimitVerdict[] {
  return variants.flatMap(({ name, against }) => {
    if (against === null) return [];
    const found: LimitVerdict[] = [];
    const add = (option: string, limit: number | undefined, estimate: Estimate) => {
      if (limit === undefined) return;
      const { value, low } = estimate;
      const verdict = value <= limit ? "kept" : low > limit ? "over" : "unsure";
      found.push({ option, variant: name, limit, value, verdict });
    };
    add("--max-cpu-us", limits.maxCpuUs, against.cpuMicroseconds.difference);
    add("--max-p99-percent", limits.maxP99Percent, moreInPercent(against.p99.ratio));
    add("--max-loss-percent", limits.maxLossPercent, lossInPercent(against.cpuMicroseconds.ratio));
    const memory = against.residentBytes / 2 ** 20;
    add("--max-memory-mb", limits.maxMemoryMb, { value: memory, low: memory, high: memory });
    return found;
  });
}

const moreInPercent = ({ value, low, high }: Estimate): Estimate => ({
  value: (value - 1) * 100,
  low: (low - 1) * 100,
  high: (high - 1) * 100,
});

/** Of the requests for the same CPU. */
const lossInPercent = ({ value, low, high }: Estimate): Estimate => ({
  value: (1 - 1 / value) * 100,
  low: (1 - 1 / low) * 100,
  high: (1 - 1 / high) * 100,
});
