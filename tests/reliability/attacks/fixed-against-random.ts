import type { ProxyWasmHost } from "../../../host/index.js";
import { randomly } from "../soak/plan.js";
import { type Comparison, welch } from "./welch.js";

/**
 * Shares of the quickest requests that are looked at, one after the other: what interrupts a process hides small
 * differences in the slow ones, and a difference may show in the slow ones only.
 */
const crops = [0.5, 0.75, 0.9, 0.97];

/** As many fields are made before any of them is timed: making one costs more than judging it. */
const batch = 512;

/** What the guesses of both classes are made by: the same way, so that neither's text is known to the engine. */
export interface Guesser {
  /** The guess that is all but right, always the same. */
  fixed: Uint8Array;
  /** Puts another guess of as many bytes into `into`. */
  draw(into: Uint8Array, random: (below: number) => number): void;
  /** The field's value of a guess. */
  value(guess: Uint8Array): string;
}

/**
 * The standard form of such tests: times of requests with one guess that is right but for its end (class 0) beside those
 * of requests with guesses at random (class 1), in turns at random. Gives the crop that tells most.
 */
export function fixedAgainstRandom(
  host: ProxyWasmHost,
  guesser: Guesser,
  count: number,
  seed: number,
): Comparison {
  const random = randomly(seed);
  const times = new Float64Array(count);
  const classes = new Uint8Array(count);
  const guess = new Uint8Array(guesser.fixed.length);
  for (let begin = 0; begin < count; begin += batch) {
    const size = Math.min(batch, count - begin);
    const requests = Array.from({ length: size }, (_, index): [string, string][] => {
      // Drawn for both, as both are copied: what is in the processor's caches is the same.
      guesser.draw(guess, random);
      const kind = random(2);
      classes[begin + index] = kind;
      if (kind === 0) guess.set(guesser.fixed);
      return [
        [":method", "GET"],
        [":path", "/"],
        [":authority", "a"],
        ["authorization", guesser.value(guess)],
      ];
    });
    for (let index = 0; index < size; index++) {
      const stream = host.stream();
      const begun = performance.now();
      stream.requestHeaders(requests[index]!, true);
      times[begin + index] = (performance.now() - begun) * 1_000_000;
      stream.close();
    }
  }
  return crops
    .map((keep) => welch(times, classes, keep))
    .reduce((most, each) => (Math.abs(each.t) > Math.abs(most.t) ? each : most));
}
