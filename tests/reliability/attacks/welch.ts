/** Mean and variance of numbers that come one by one. (Welford) */
class Moments {
  count = 0;
  mean = 0;
  private squares = 0;

  add(value: number): void {
    this.count += 1;
    const difference = value - this.mean;
    this.mean += difference / this.count;
    this.squares += difference * (value - this.mean);
  }

  get variance(): number {
    return this.squares / (this.count - 1);
  }
}

export interface Comparison {
  /** Welch's t: how many standard errors the two means lie apart. */
  t: number;
  samples: number;
  /** By how much the first class is slower, in the samples' unit. */
  difference: number;
}

/**
 * Compares two classes of times that were taken in turns. What is slower than the given share of all is left out, the
 * same for both: interruptions, which have nothing to do with the classes.
 */
export function welch(times: Float64Array, classes: Uint8Array, keep = 0.9): Comparison {
  const threshold = times.slice().sort()[Math.floor(times.length * keep) - 1]!;
  const sides = [new Moments(), new Moments()] as const;
  for (let index = 0; index < times.length; index++)
    if (times[index]! <= threshold) sides[classes[index] as 0 | 1].add(times[index]!);
  const [a, b] = sides;
  const difference = a.mean - b.mean;
  const t = difference / Math.sqrt(a.variance / a.count + b.variance / b.count);
  return { t, samples: a.count + b.count, difference };
}
