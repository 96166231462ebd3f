import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../cli/root.js";
import { inV8, type ModuleFile, type V8Times } from "./in-v8.js";
import { type PeerName, type WorkloadName, workloadNames } from "./names.js";
import { left, moduleOf } from "./peers.js";

export const recordedFile = join(root, "benchmarks", "recorded.json");

/** Figures of this project's modules that a change must not make worse unseen. */
export type Recorded = Record<WorkloadName, { bytes: number; over: PeerName; ratio: number }>;

/** Beside what a workload is timed: the floor, and where there is none, Rust. */
const besides = (name: WorkloadName): PeerName => (left.floor?.[name] === undefined ? "floor" : "rust");

/** The least times of two modules, seen side by side; each further look can only lower them. */
export class TimedPair {
  private own = Infinity;
  private other = Infinity;

  private constructor(
    readonly workload: WorkloadName,
    readonly bytes: number,
    private readonly modules: ModuleFile[],
  ) {}

  static async of(workload: WorkloadName): Promise<TimedPair> {
    const modules: ModuleFile[] = [];
    for (const peer of ["as-proxy-wasm", besides(workload)] as const)
      modules.push({ peer, file: (await moduleOf(peer, workload))! });
    const { size } = await stat(modules[0]!.file);
    return new TimedPair(workload, size, modules);
  }

  get over(): PeerName {
    return this.modules[1]!.peer;
  }

  get ratio(): number {
    return this.own / this.other;
  }

  async look(rounds = 12): Promise<void> {
    const { workload, modules } = this;
    const order = { kind: "time", workload, modules, bodyBytes: 0, rounds, milliseconds: 4 } as const;
    const { times } = await inV8<V8Times>(order);
    this.own = Math.min(this.own, times[0]!.request.minimum);
    this.other = Math.min(this.other, times[1]!.request.minimum);
  }
}

/** What is true now, from several looks. */
export async function record(): Promise<Recorded> {
  const entries = [];
  for (const name of workloadNames) {
    const pair = await TimedPair.of(name);
    for (let look = 0; look < 4; look++) await pair.look();
    const ratio = Math.round(pair.ratio * 100) / 100;
    entries.push([name, { bytes: pair.bytes, over: pair.over, ratio }] as const);
  }
  return Object.fromEntries(entries) as Recorded;
}

export const readRecorded = async (): Promise<Recorded> =>
  JSON.parse(await readFile(recordedFile, "utf8")) as Recorded;
