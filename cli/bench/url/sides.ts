import { compareSets } from "../../measure/resampled.js";
import { quantile, summary } from "../../measure/summary.js";
import { failed, type LoadResult, together } from "../../measure/load/tally.js";
import { type UrlFigure, urlFigureNames, type UrlResult, type UrlSide } from "./url-result.js";

const latency = (share: number) => (pieces: readonly LoadResult[]) => {
  const all = pieces.flatMap(({ latencies }) => [...latencies]);
  return quantile(all, share);
};

/** A figure of several pieces together: of all their requests, not a mean of the pieces'. */
const figureOf: Record<UrlFigure, (pieces: readonly LoadResult[]) => number> = {
  throughput: (pieces) => {
    const sum = (value: (piece: LoadResult) => number) =>
      pieces.reduce((total, piece) => total + value(piece), 0);
    return sum(({ good }) => good) / sum(({ seconds }) => seconds);
  },
  p50: latency(0.5),
  p90: latency(0.9),
  p99: latency(0.99),
};

const each = <T>(value: (figure: UrlFigure) => T): Record<UrlFigure, T> =>
  Object.fromEntries(urlFigureNames.map((name) => [name, value(name)])) as Record<UrlFigure, T>;

const good = (pieces: readonly LoadResult[]) => pieces.filter((piece) => piece.good > 0);

export function sideOf(pieces: readonly LoadResult[]): UrlSide {
  const all = together(pieces);
  const some = good(pieces);
  return {
    requests: all.good + failed(all) + all.unsent,
    failures: all.failures,
    figures: some.length === 0 ? null : each((name) => figureOf[name](some)),
    pieces: some.length === 0 ? null : each((name) => summary(some.map((piece) => figureOf[name]([piece])))),
  };
}

export function againstOf(on: readonly LoadResult[], off: readonly LoadResult[]): UrlResult["against"] {
  const [variant, baseline] = [good(on), good(off)];
  if (variant.length === 0 || baseline.length === 0) return null;
  return each((name) => compareSets(baseline, variant, figureOf[name]));
}
