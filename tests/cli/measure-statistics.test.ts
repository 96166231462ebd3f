import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compare } from "../../cli/measure/comparison.js";
import { seeded, shuffled } from "../../cli/measure/random.js";
import { compareSets } from "../../cli/measure/resampled.js";
import { quantile, quiet, summary } from "../../cli/measure/summary.js";

const near = (actual: number, expected: number, within = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

/** A bell around 0: twelve of anything make one. */
const bell = (random: () => number) => Array.from({ length: 12 }, random).reduce((sum, one) => sum + one, -6);

describe("the summary of values", () => {
  it("has the quartiles that R and numpy have", () => {
    const { lowerQuartile, median, upperQuartile, minimum, maximum, count } = summary([7, 1, 3, 10]);
    assert.deepEqual(
      { lowerQuartile, median, upperQuartile, minimum, maximum, count },
      { lowerQuartile: 2.5, median: 5, upperQuartile: 7.75, minimum: 1, maximum: 10, count: 4 },
    );
  });

  it("does not depend on the order", () => {
    const values = [5, 3.5, 11, 2, 2, 9, 4, 100, 0.5];
    for (let seed = 0; seed < 20; seed++)
      assert.deepEqual(summary(shuffled(values, seeded(seed))), summary(values));
  });

  it("leaves what it was given as it was", () => {
    const values = [3, 1, 2];
    summary(values);
    assert.deepEqual(values, [3, 1, 2]);
  });

  it("orders numbers as numbers", () => assert.equal(summary([10, 9, 100, 1, 2]).median, 9));

  it("takes ties", () => {
    const { lowerQuartile, median, upperQuartile, spread } = summary([2, 2, 2, 2, 2, 8]);
    assert.deepEqual([lowerQuartile, median, upperQuartile, spread], [2, 2, 2, 0]);
  });

  it("takes a single value", () => {
    const { lowerQuartile, median, upperQuartile } = summary([4]);
    assert.deepEqual([lowerQuartile, median, upperQuartile], [4, 4, 4]);
  });

  it("refuses nothing, and what is no number", () => {
    assert.throws(() => summary([]), /nothing/);
    assert.throws(() => summary([1, NaN, 3]), /not a number/);
  });

  it("says spread as the distance of the quartiles over the median", () =>
    near(summary([8, 9, 10, 11, 12]).spread, 0.2));

  it("has quantiles of nothing as NaN", () => assert.ok(Number.isNaN(quantile([], 0.5))));

  it("takes the lower quartile of costs and the upper one of throughputs", () => {
    assert.equal(quiet([4, 2, 3, 1, 5], "low"), 2);
    assert.equal(quiet([4, 2, 3, 1, 5], "high"), 4);
  });
});

describe("a comparison of rounds", () => {
  const rounds = (count: number, middle: number, noise: number, seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: count }, () => middle + noise * bell(random));
  };

  it("finds a difference that is there", () => {
    const { difference, ratio, isMeasurable } = compare(rounds(20, 20, 0.3, 1), rounds(20, 22.7, 0.3, 2), {
      end: "low",
    });
    assert.ok(isMeasurable);
    near(difference.value, 2.7, 0.4);
    assert.ok(difference.low > 2 && difference.high < 3.4, JSON.stringify(difference));
    near(ratio.value, 22.7 / 20, 0.03);
  });

  it("says which way it goes", () => {
    const { difference, ratio } = compare([10, 11, 10, 11], [8, 9, 8, 9], { end: "low" });
    assert.ok(difference.value < 0 && difference.high < 0 && ratio.value < 1);
  });

  it("does not find one where there is none, in at least nine of ten runs", () => {
    let found = 0;
    for (let seed = 0; seed < 60; seed++) {
      const one = rounds(20, 20, 2, 2 * seed + 1);
      if (compare(one, rounds(20, 20, 2, 2 * seed + 2), { end: "low", resamples: 400 }).isMeasurable) found++;
    }
    assert.ok(found <= 6, `${found} of 60`);
  });

  it("holds the difference that is there in at least 85 of 100 of its intervals", () => {
    let held = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { difference } = compare(rounds(20, 20, 1, 2 * seed + 1), rounds(20, 21, 1, 2 * seed + 2), {
        end: "low",
        resamples: 400,
      });
      if (difference.low <= 1 && 1 <= difference.high) held++;
    }
    assert.ok(held >= 51, `${held} of 60`);
  });

  it("is not misled by what both sides of a round share", () => {
    const random = seeded(5);
    const mood = Array.from({ length: 20 }, () => 20 + 10 * random());
    const steady = compare(
      mood,
      mood.map((value) => value + 1),
      { end: "low" },
    );
    near(steady.difference.value, 1);
    near(steady.difference.low, 1);
    near(steady.difference.high, 1);
    assert.ok(steady.isMeasurable);
  });

  it("says less when the rounds of each start agree with each other only", () => {
    const lucky = [0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2];
    const baseline = lucky.map((_, index) => 10 + 0.01 * (index % 3));
    const variant = lucky.map((luck, index) => 10 + luck + 0.01 * (index % 5));
    const blocks = lucky.map((_, index) => Math.floor(index / 5));
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    const alone = compare(baseline, variant, { end: "high" });
    const inStarts = compare(baseline, variant, { end: "high", blocks });
    assert.ok(width(inStarts.difference) > width(alone.difference), JSON.stringify([alone, inStarts]));
  });

  it("gives the same for the same rounds", () =>
    assert.deepEqual(
      compare([1, 2, 3], [2, 3, 5], { end: "low" }),
      compare([1, 2, 3], [2, 3, 5], { end: "low" }),
    ));

  it("refuses sides of different length", () => {
    assert.throws(() => compare([1, 2], [1], { end: "low" }), /as many rounds/);
    assert.throws(() => compare([], [], { end: "low" }), /as many rounds/);
  });
});

describe("a comparison of sets", () => {
  const p99 = (pieces: readonly number[][]) => quantile(pieces.flat(), 0.99);
  const pieces = (shift: number, seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: 10 }, () => Array.from({ length: 200 }, () => 5 + shift + bell(random)));
  };

  it("finds a shift of a figure of all of them together, and none where there is none", () => {
    assert.ok(compareSets(pieces(0, 1), pieces(2, 2), p99).isMeasurable);
    const same = compareSets(pieces(0, 1), pieces(0, 2), p99);
    assert.equal(same.isMeasurable, false, JSON.stringify(same));
    near(same.ratio.value, 1, 0.1);
  });

  it("refuses nothing", () => assert.throws(() => compareSets([], [[1]], p99), /nothing/));
});

describe("the random numbers", () => {
  it("are the same for a seed, spread over [0, 1), and different for another", () => {
    const take = (seed: number) => Array.from({ length: 1000 }, seeded(seed));
    assert.deepEqual(take(1), take(1));
    assert.notDeepEqual(take(1), take(2));
    assert.ok(take(3).every((value) => value >= 0 && value < 1));
    near(take(4).reduce((sum, value) => sum + value, 0) / 1000, 0.5, 0.05);
  });

  it("shuffle into every order", () => {
    const random = seeded(9);
    const orders = new Set(Array.from({ length: 200 }, () => shuffled([1, 2, 3], random).join("")));
    assert.equal(orders.size, 6);
  });
});
