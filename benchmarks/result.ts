import type { Comparison, Estimate } from "../cli/measure/comparison.js";
import type { Summary } from "../cli/measure/summary.js";
import type { PeerName, WorkloadName } from "./names.js";

/** All that a run saw: `report/result.json`. */
export interface Result {
  /** Of this form of the result. */
  version: 1;
  /** False of a short run, whose figures are for trying the script. */
  isWhole: boolean;
  minutes: number;
  machine: MachineInWords;
  /** Of the same request, how many exchanges were compared before. */
  exchangesCompared: number;
  modules: ModuleSize[];
  absent: { peer: PeerName; workload: WorkloadName; reason: string }[];
  v8: V8Figures[];
  wear: WearFigures[];
  envoy: EnvoyRun[];
  starts: StartFigures[];
}

/** The machine in general terms. */
export interface MachineInWords {
  processor: string;
  processors: number;
  memoryGiB: number;
  system: string;
  node: string;
  envoy: string | null;
  /** Programs that wanted to run before this began, and after it: a minute's average. */
  loadBefore: number;
  loadAfter: number;
}

export interface ModuleSize {
  peer: PeerName;
  workload: WorkloadName;
  bytes: number;
}

/** A module in Node's V8, with the cheapest possible host. */
export interface V8Figures {
  peer: PeerName;
  workload: WorkloadName;
  /** Of the response's or the request's body. */
  bodyBytes: number;
  /** Nanoseconds a request. */
  request: Summary;
  /** Nanoseconds of each callback. */
  callbacks: Record<string, number>;
}

/** Whether a module's requests become dearer. */
export interface WearFigures {
  peer: PeerName;
  workload: WorkloadName;
  /** 10,000 streams open over 10. */
  manyOpen: Estimate | null;
  /** After all requests over after 1,000. */
  aged: Estimate;
  requests: number;
  /** Bytes of linear memory on the way. */
  memory: { requests: number; bytes: number }[];
  /** Collections by V8 of what the host and the module's boundary left meanwhile. */
  hostCollections: number;
}

export const envoyFigures = ["cpuMicroseconds", "throughput", "p50", "p99"] as const;

/** Variants side by side in Envoy. */
export interface EnvoyRun {
  id: string;
  title: string;
  workload: WorkloadName;
  workers: number;
  rounds: number;
  /** Requests a second of the load that latencies come from. */
  rate: number;
  /** Milliseconds by which one request in a hundred left too late. */
  lateness: number;
  /** The proxy without a filter comes first. */
  variants: EnvoyVariant[];
}

export interface EnvoyVariant {
  name: string;
  peer: PeerName | null;
  /** How many of the filter lie in a row. */
  chain: number;
  cpuMicroseconds: Summary;
  throughput: Summary;
  p50: Summary;
  p99: Summary;
  /** How many processors it kept busy. */
  busy: number;
  /** Bytes, the median of the starts. */
  resident: number;
  failures: number;
  /** CPU a request against the proxy without a filter; null of that itself. */
  against: Comparison | null;
  /** CPU a request against the native filter, where there is one; of our own variant only. */
  overNative: Comparison | null;
}

/** From the start of Envoy's process to the first answer, in milliseconds. */
export interface StartFigures {
  name: string;
  peer: PeerName | null;
  milliseconds: Summary;
}
