import type { Comparison, Estimate } from "./comparison.js";
import { seeded } from "./random.js";
import { quantile } from "./summary.js";

export interface ResampledOptions {
  resamples?: number;
  seed?: number;
}

/**
 * Compares a figure of two sets of pieces, such as the p99 of all requests in them, that were not measured pairwise. The
 * intervals come from a bootstrap that draws whole pieces: what was measured together stays together.
 */
export function compareSets<T>(
  baseline: readonly T[],
  variant: readonly T[],
  figure: (pieces: readonly T[]) => number,
  options: ResampledOptions = {},
): Comparison {
  if (baseline.length === 0 || variant.length === 0) throw new Error("there is nothing to compare");
  const { resamples = 400 } = options;
  const random = seeded(options.seed ?? 1);
  const drawn = (pieces: readonly T[]): T[] =>
    pieces.map(() => pieces[Math.floor(random() * pieces.length)]!);
  const differences: number[] = [];
  const ratios: number[] = [];
  for (let sample = 0; sample < resamples; sample++) {
    const [before, after] = [figure(drawn(baseline)), figure(drawn(variant))];
    differences.push(after - before);
    ratios.push(after / before);
  }
  const [before, after] = [figure(baseline), figure(variant)];
  const difference = estimate(after - before, differences);
  return {
    difference,
    ratio: estimate(after / before, ratios),
    isMeasurable: difference.low > 0 || difference.high < 0,
  };
}

const estimate = (value: number, samples: readonly number[]): Estimate => ({
  value,
  low: Math.min(value, quantile(samples, 0.025)),
  high: Math.max(value, quantile(samples, 0.975)),
});
