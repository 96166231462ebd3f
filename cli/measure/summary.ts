import { quantileSorted } from "d3-array";

/** Where the values of rounds lie. Quartiles lie between values where they must (R's type 7). */
export interface Summary {
  count: number;
  minimum: number;
  lowerQuartile: number;
  median: number;
  upperQuartile: number;
  maximum: number;
  /** The distance of the quartiles as a share of the median: how much the rounds differ. */
  spread: number;
}

// The types of d3-array know only arrays of the ordinary kind; it reads typed ones as well.
const sorted = (values: ArrayLike<number>) => Float64Array.from(values).sort() as unknown as number[];

/** Throws when there is no value, or one that is no number. */
export function summary(values: ArrayLike<number>): Summary {
  const inOrder = sorted(values);
  if (inOrder.length === 0 || Number.isNaN(inOrder.at(-1)))
    throw new Error("there is nothing to sum up, or not a number among it");
  const at = (share: number) => quantileSorted(inOrder, share)!;
  const [lowerQuartile, median, upperQuartile] = [at(0.25), at(0.5), at(0.75)];
  return {
    count: inOrder.length,
    minimum: inOrder[0]!,
    lowerQuartile,
    median,
    upperQuartile,
    maximum: inOrder[inOrder.length - 1]!,
    spread: median === 0 ? 0 : (upperQuartile - lowerQuartile) / Math.abs(median),
  };
}

/** The value below which this share of the others lies; NaN where there are none. */
export const quantile = (values: ArrayLike<number>, share: number): number =>
  values.length === 0 ? NaN : quantileSorted(sorted(values), share)!;

/**
 * Which end of the values is the quiet one. What else a machine does only ever adds to a cost and takes from a
 * throughput: the lower quartile of costs, and the upper one of throughputs, is what rounds say with little of that.
 */
export type QuietEnd = "low" | "high";

export const quiet = (values: ArrayLike<number>, end: QuietEnd): number =>
  quantile(values, end === "low" ? 0.25 : 0.75);
