import type { Comparison } from "../measure/comparison.js";
import type { QuietEnd, Summary } from "../measure/summary.js";

/** The figures of a variant that are compared with the baseline's. */
export const figures = {
  cpuMicroseconds: { title: "CPU a request", unit: "us", end: "low" },
  throughput: { title: "throughput", unit: "requests/s", end: "high" },
  p50: { title: "p50", unit: "ms", end: "low" },
  p90: { title: "p90", unit: "ms", end: "low" },
  p99: { title: "p99", unit: "ms", end: "low" },
} as const satisfies Record<string, { title: string; unit: string; end: QuietEnd }>;

export type FigureName = keyof typeof figures;

export const figureNames = Object.keys(figures) as FigureName[];

/** What was measured, and where; `apw bench --json` prints it. */
export interface BenchResult {
  /** Of this form of the result. */
  version: 1;
  kind: "plugin";
  machine: Machine;
  /** Null where none was there, and figures of Node's V8 are all there is. */
  envoy: string | null;
  settings: BenchSettings | null;
  /** The baseline first. */
  variants: Variant[];
  /** What to know before believing the figures. */
  notes: string[];
  /** A sentence for each variant but the baseline. */
  verdicts: { name: string; text: string }[];
  limits: LimitVerdict[];
}

export interface Machine {
  processors: number;
  processor: string;
  system: string;
  node: string;
  /** Programs that wanted to run before this began, a minute's average. */
  load: number;
}

export interface BenchSettings {
  rounds: number;
  starts: number;
  milliseconds: number;
  connections: number;
  concurrency: number;
  /** Requests a second of the load that latencies come from. */
  rate: number;
  request: string;
  upstream: string;
}

export interface Variant {
  name: string;
  kind: "baseline" | "plugin" | "chain" | "compared";
  /** Bytes of its module, or modules. */
  size: number | null;
  requests: number;
  failures: Record<string, number>;
  /** Requests of the fixed rate that never left, because it was not reached. */
  unsent: number;
  /** Null where there was no Envoy, or no good answer. */
  figures: Record<FigureName, Summary> | null;
  /** How many processors Envoy kept busy when it was asked as fast as it goes. */
  busy: number | null;
  millisecondsToFirstAnswer: Summary | null;
  /** Bytes, each the median of the starts. */
  memory: { resident: number; proportional: number; allocated: number } | null;
  /** Against the baseline; null of the baseline itself. */
  against:
    (Record<FigureName, Comparison> & { residentBytes: number; millisecondsToFirstAnswer: number }) | null;
  /** The module alone, in Node's V8 with the cheapest possible host; null of the baseline and of chains. */
  guest: GuestFigures | null;
}

export interface GuestFigures {
  /** Nanoseconds a request. */
  request: Summary;
  /** Nanoseconds of each callback, with many streams open. */
  callbacks: Record<string, number>;
  /** Bytes of linear memory after `requests`. */
  linearMemory: number;
  requests: number;
}

export interface LimitVerdict {
  option: string;
  variant: string;
  limit: number;
  value: number;
  /** `unsure`: the figure is over the limit, and may be so by chance. */
  verdict: "kept" | "over" | "unsure";
}
