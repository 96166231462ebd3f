import { saturated } from "./notes.js";
import type { BenchSettings, Variant } from "./result.js";
import { bytes, estimated, percent, short } from "./words.js";

/** In one sentence, what a variant costs over the baseline. */
export function verdict(variant: Variant, baseline: Variant, settings: BenchSettings): string {
  const { against } = variant;
  if (against === null || variant.figures === null || baseline.figures === null)
    return "gave no good answers";
  const cpu = against.cpuMicroseconds;
  const costs = !cpu.isMeasurable
    ? `no measurable difference in CPU a request: ${estimated(cpu.difference, "us")}`
    : cpu.difference.value >= 0
      ? `adds ${estimated(cpu.difference, "us")} of CPU a request`
      : `takes ${estimated(negated(cpu.difference), "us")} of CPU a request less`;
  const [before, after] = [baseline.figures.p99.lowerQuartile, variant.figures.p99.lowerQuartile];
  const late = `p99 ${short(before)} -> ${short(after)} ms${against.p99.isMeasurable ? "" : " (no measurable difference)"}`;
  return [costs, late, throughput(variant, baseline, settings), memory(against.residentBytes)].join(", ");
}

const negated = ({ value, low, high }: { value: number; low: number; high: number }) => ({
  value: -value,
  low: -high,
  high: -low,
});

/** As it was seen, where Envoy was the limit; else by what is left of its processors. */
function throughput({ busy, against }: Variant, baseline: Variant, { concurrency }: BenchSettings): string {
  const isLimit = Math.min(busy ?? 0, baseline.busy ?? 0) >= saturated * concurrency;
  return isLimit
    ? `${percent(against!.throughput.ratio.value)} of the throughput`
    : `${percent(1 / against!.cpuMicroseconds.ratio.value)} of the requests for the same CPU`;
}

const memory = (more: number): string =>
  more >= 0 ? `${bytes(more)} more memory` : `${bytes(-more)} less memory`;
