import type { BenchSettings, Machine, Variant } from "./result.js";
import { percent, whole } from "./words.js";

/** Rounds that differ by more say that something else is going on. */
const quietSpread = 0.1;

export interface Circumstances {
  machine: Machine;
  settings: BenchSettings;
  variants: readonly Variant[];
  /** Milliseconds by which requests left the generator too late. */
  lateness: number;
  cpuResolution: "1 ns" | "10 ms";
}

/** What makes figures worth less than they look, a sentence each. */
export function notes({ machine, settings, variants, lateness, cpuResolution }: Circumstances): string[] {
  const found: string[] = [];
  const baseline = variants[0]!;
  const spread = baseline.figures?.cpuMicroseconds.spread ?? 0;
  if (spread > quietSpread || machine.load > machine.processors / 2)
    found.push(
      `This machine is busy (load ${machine.load.toFixed(1)} on ${count(machine.processors, "processor")}): the baseline's CPU a request differs by ±${percent(spread / 2)} from round to round, its throughput by ±${percent((baseline.figures?.throughput.spread ?? 0) / 2)}. CPU a request is the steadiest of the figures.`,
    );
  if (machine.processors < settings.concurrency + 1)
    found.push(
      `Envoy's ${count(settings.concurrency, "worker")} and the load generator share ${count(machine.processors, "processor")}: throughput and latency say little.`,
    );
  const idle = variants.filter(({ busy }) => busy !== null && busy < saturated * settings.concurrency);
  if (idle.length > 0)
    found.push(
      `Envoy was busy for ${percent(Math.min(...idle.map(({ busy }) => busy!)) / settings.concurrency)} of the time only: the load generator or the machine was the limit of the throughput. What the plugin takes of it is told from the CPU a request.`,
    );
  const unsent = variants.filter(({ unsent }) => unsent > 0);
  if (unsent.length > 0)
    found.push(
      `The rate of ${whole(settings.rate)} requests/s was not always reached (${unsent.map(({ name, unsent }) => `${name}: ${whole(unsent)} requests never left`).join(", ")}): choose a lower --rate.`,
    );
  const p99 = baseline.figures?.p99.lowerQuartile ?? Infinity;
  if (lateness > p99 / 4)
    found.push(
      `The load generator itself was late by ${lateness.toFixed(2)} ms for one request in a hundred: p99 says as much about this machine as about Envoy.`,
    );
  if (cpuResolution === "10 ms")
    found.push("This kernel counts processor time in steps of 10 ms: use --duration 2s or more.");
  return found;
}

/** An Envoy that is busy for less of the time could have answered more. */
export const saturated = 0.9;

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
