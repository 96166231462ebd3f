import { seeded } from "./random.js";
import { type QuietEnd, quantile, quiet } from "./summary.js";

/** A figure, and between what it lies with 95 % confidence. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** How a variant's figures differ from the baseline's. */
export interface Comparison {
  /** The variant's quiet quartile less the baseline's. */
  difference: Estimate;
  /** The variant's quiet quartile over the baseline's. */
  ratio: Estimate;
  /** False where the interval of the difference holds 0: these rounds do not show that there is one. */
  isMeasurable: boolean;
}

export interface ComparisonOptions {
  end: QuietEnd;
  /** Which start of the processes each round belongs to; all to one without it. */
  blocks?: readonly number[];
  resamples?: number;
  seed?: number;
}

/**
 * Compares two variants round by round: `baseline[i]` and `variant[i]` were measured next to each other. The intervals
 * come from a bootstrap that draws starts first and then rounds of them, since all rounds of a start share its luck
 * with memory; it draws both variants' rounds together, since they share the machine's mood.
 */
export function compare(
  baseline: readonly number[],
  variant: readonly number[],
  options: ComparisonOptions,
): Comparison {
  if (baseline.length === 0 || baseline.length !== variant.length)
    throw new Error("a comparison needs as many rounds of the one as of the other, and one at least");
  const { end, resamples = 2000 } = options;
  const random = seeded(options.seed ?? 1);
  const groups = grouped(baseline.length, options.blocks);
  const differences = new Float64Array(resamples);
  const ratios = new Float64Array(resamples);
  const [one, other] = [new Float64Array(baseline.length * 2), new Float64Array(baseline.length * 2)];
  for (let sample = 0; sample < resamples; sample++) {
    let drawn = 0;
    while (drawn < baseline.length) {
      const group = groups[Math.floor(random() * groups.length)]!;
      for (let round = 0; round < group.length; round++) {
        const index = group[Math.floor(random() * group.length)]!;
        one[drawn] = baseline[index]!;
        other[drawn++] = variant[index]!;
      }
    }
    const [before, after] = [quiet(one.subarray(0, drawn), end), quiet(other.subarray(0, drawn), end)];
    differences[sample] = after - before;
    ratios[sample] = after / before;
  }
  const [before, after] = [quiet(baseline, end), quiet(variant, end)];
  const difference = estimate(after - before, differences);
  return {
    difference,
    ratio: estimate(after / before, ratios),
    isMeasurable: difference.low > 0 || difference.high < 0,
  };
}

/** The rounds of each start; with fewer than three starts nothing can be said of how they differ. */
function grouped(count: number, blocks: readonly number[] | undefined): number[][] {
  const all = Array.from({ length: count }, (_, index) => index);
  const names = new Set(blocks);
  if (blocks === undefined || names.size < 3) return [all];
  return [...names].map((name) => all.filter((index) => blocks[index] === name));
}

const estimate = (value: number, samples: Float64Array): Estimate => ({
  value,
  low: Math.min(value, quantile(samples, 0.025)),
  high: Math.max(value, quantile(samples, 0.975)),
});
