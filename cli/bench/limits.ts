import type { Comparison, Estimate } from "../measure/comparison.js";
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
    const memory = against.residentBytes / 2 ** 20;
    return [
      judged(name, "--max-cpu-us", limits.maxCpuUs, against.cpuMicroseconds.difference),
      judged(name, "--max-p99-percent", limits.maxP99Percent, moreInPercent(against.p99.ratio)),
      judged(name, "--max-loss-percent", limits.maxLossPercent, lossInPercent(against.cpuMicroseconds.ratio)),
      judged(name, "--max-memory-mb", limits.maxMemoryMb, { value: memory, low: memory, high: memory }),
    ].flat();
  });
}

/** The same of a deployed service, where throughput is what its clients saw. */
export function judgeUrl(
  limits: Limits,
  { p99, throughput }: Record<"p99" | "throughput", Comparison>,
): LimitVerdict[] {
  const { value, low, high } = throughput.ratio;
  const inverse = { value: 1 / value, low: 1 / high, high: 1 / low };
  return [
    judged("the plugin", "--max-p99-percent", limits.maxP99Percent, moreInPercent(p99.ratio)),
    judged("the plugin", "--max-loss-percent", limits.maxLossPercent, lossInPercent(inverse)),
  ].flat();
}

function judged(
  variant: string,
  option: string,
  limit: number | undefined,
  estimate: Estimate,
): LimitVerdict[] {
  if (limit === undefined) return [];
  const { value, low } = estimate;
  const verdict = value <= limit ? "kept" : low > limit ? "over" : "unsure";
  return [{ option, variant, limit, value, verdict }];
}

const moreInPercent = ({ value, low, high }: Estimate): Estimate => ({
  value: (value - 1) * 100,
  low: (low - 1) * 100,
  high: (high - 1) * 100,
});

/** Of what is answered for the same: the ratio is that of costs. */
const lossInPercent = ({ value, low, high }: Estimate): Estimate => ({
  value: (1 - 1 / value) * 100,
  low: (1 - 1 / low) * 100,
  high: (1 - 1 / high) * 100,
});
