/** The upper bounds of Envoy's buckets. (Envoy, `HistogramSettingsImpl::defaultBuckets`) */
export const bucketBounds: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000,
  3600000,
];

/** How many of the values that a histogram was given it keeps as they were. */
export const mostSamples = 1000;

/** What a histogram was given, in no more memory the longer it runs. */
export class Histogram {
  /** How many values it was given. */
  count = 0;
  /** How many of them were no larger than each of `bucketBounds`. */
  readonly buckets: number[] = bucketBounds.map(() => 0);
  /** The latest `mostSamples` of them, in no order once there were more. */
  readonly samples: bigint[] = [];

  record(value: bigint): void {
    this.samples[this.count % mostSamples] = value;
    this.count++;
    bucketBounds.forEach((bound, i) => {
      if (Number(value) <= bound) this.buckets[i]!++;
    });
  }
}
