import { seeded, shuffled } from "./random.js";
import { quantile, summary } from "./summary.js";
import type { Expected } from "./load/expected.js";
import type { Load, LoadGenerator } from "./load/generator.js";
import { failed, type LoadResult } from "./load/tally.js";
import type { Memory } from "./memory.js";
import { processorTime } from "./processor-time.js";
import type { Target } from "./load/connection.js";

/** Something that answers requests, and is measured beside others. */
export interface Subject {
  name: string;
  /** Starts it anew; it has given its first answer when this comes back. */
  start(): Promise<Running>;
}

export interface Running {
  /** The process whose time is counted. */
  pid: number;
  target: Target;
  /** From the start of the process to its first answer. */
  millisecondsToFirstAnswer: number;
  memory(): Promise<Memory>;
  /** Throws when it came to harm under load. */
  stop(): Promise<void>;
}

export interface RoundOptions {
  rounds: number;
  /** How often the subjects are started anew, the rounds divided among the starts. */
  starts: number;
  /** Of each of the two kinds of load, in a round, for each subject. */
  milliseconds: number;
  connections: number;
  /** Requests a second of the load at a fixed rate; a quarter of what the first subject can do without it. */
  rate?: number;
  expected: Expected;
  generator: LoadGenerator;
  /** Called before each piece of work, with the share that is done. */
  progress?: (share: number, what: string) => void;
  seed?: number;
}

/** One round of one subject. */
export interface Round {
  /** Which start it belongs to, from 0. */
  block: number;
  /** Processor time of the process a request, as fast as it goes. */
  cpuMicroseconds: number;
  /** Good answers a second, as fast as it goes. */
  throughput: number;
  /** How many processors the process kept busy meanwhile. */
  busy: number;
  /** Milliseconds, at the fixed rate. */
  p50: number;
  p90: number;
  p99: number;
}

/** All that was seen of a subject. */
export interface Measured {
  name: string;
  rounds: Round[];
  millisecondsToFirstAnswer: number[];
  /** After the load of each start. */
  memory: Memory[];
  good: number;
  failures: Record<string, number>;
  /** Requests of the fixed rate that never left, because the rate was not reached. */
  unsent: number;
}

export interface Measurement {
  subjects: Measured[];
  /** Requests a second of the load at a fixed rate. */
  rate: number;
  /** Milliseconds by which one request in a hundred left the generator too late: latencies below it say little. */
  lateness: number;
  cpuResolution: "1 ns" | "10 ms";
}

interface Live {
  subject: Subject;
  measured: Measured;
  running: Running;
  load: Load;
}

const warmUp = 300;

/**
 * Measures subjects side by side: in each round each of them gets a short time of load, in an order that changes, so
 * that what else the machine does meets them all alike. They are started anew several times, since a process keeps the
 * luck of its start.
 */
export async function measureInRounds(
  subjects: readonly Subject[],
  options: RoundOptions,
): Promise<Measurement> {
  const { rounds, progress = () => {} } = options;
  const starts = Math.min(options.starts, rounds);
  const random = seeded(options.seed ?? 1);
  const measured = new Map(subjects.map((subject) => [subject, empty(subject.name)]));
  const lateness: number[] = [];
  let rate = options.rate;
  let cpuResolution: ProcessorResolution = "1 ns";
  const steps = subjects.length * (starts * startWeight + rounds);
  let done = 0;
  const tell = (what: string, weight: number) => {
    progress(done / steps, what);
    done += weight;
  };
  let round = 0;
  for (let block = 0; block < starts; block++) {
    const live: Live[] = [];
    try {
      for (const subject of shuffled(subjects, random)) {
        tell(`starting ${subject.name}`, startWeight);
        live.push(await begin(subject, measured.get(subject)!, options));
      }
      rate ??= niceRate(
        await capacity(
          live.find(({ subject }) => subject === subjects[0])!,
          options,
        ),
      );
      const last = Math.round(((block + 1) * rounds) / starts);
      for (; round < last; round++) {
        for (const one of shuffled(live, random)) {
          tell(`round ${round + 1} of ${rounds}`, 1);
          const seen = await oneRound(one, block, rate, options);
          cpuResolution = seen.cpuResolution;
          lateness.push(seen.lateness);
        }
      }
      for (const { measured: seen, running } of live) seen.memory.push(await running.memory());
    } finally {
      await endAll(live);
    }
  }
  progress(1, "done");
  return { subjects: [...measured.values()], rate: rate!, lateness: quantile(lateness, 0.5), cpuResolution };
}

type ProcessorResolution = Measurement["cpuResolution"];

/** Starting a subject and warming it up takes about as long as a round. */
const startWeight = 1;

const empty = (name: string): Measured => ({
  name,
  rounds: [],
  millisecondsToFirstAnswer: [],
  memory: [],
  good: 0,
  failures: {},
  unsent: 0,
});

async function begin(subject: Subject, measured: Measured, options: RoundOptions): Promise<Live> {
  const running = await subject.start();
  try {
    measured.millisecondsToFirstAnswer.push(running.millisecondsToFirstAnswer);
    const load = await options.generator.open(running.target, options.connections);
    const live = { subject, measured, running, load };
    count(measured, await load.closedLoop({ milliseconds: warmUp, expected: options.expected }));
    return live;
  } catch (error) {
    await running.stop().catch(() => {});
    throw error;
  }
}

async function capacity({ load, measured }: Live, { expected }: RoundOptions): Promise<number> {
  const result = await load.closedLoop({ milliseconds: warmUp, expected });
  count(measured, result);
  return result.good / Math.max(result.seconds, 0.001);
}

/** A quarter of what the subject can do, in two figures, so that it says itself easily; at most 5,000. */
function niceRate(perSecond: number): number {
  return Math.max(20, Math.min(5000, Number((perSecond / 4).toPrecision(2))));
}

async function oneRound(
  { measured, running, load }: Live,
  block: number,
  rate: number,
  { milliseconds, expected }: RoundOptions,
): Promise<{ lateness: number; cpuResolution: ProcessorResolution }> {
  const before = await processorTime(running.pid);
  const fast = await load.closedLoop({ milliseconds, expected });
  const after = await processorTime(running.pid);
  const steady = await load.fixedRate({ rate, milliseconds, expected });
  count(measured, fast);
  count(measured, steady);
  if (fast.good > 0 && steady.good > 0) {
    const nanoseconds = after.nanoseconds - before.nanoseconds;
    const { median } = summary(steady.latencies);
    measured.rounds.push({
      block,
      cpuMicroseconds: nanoseconds / 1000 / (fast.good + failed(fast)),
      throughput: fast.good / fast.seconds,
      busy: nanoseconds / 1e9 / fast.seconds,
      p50: median,
      p90: quantile(steady.latencies, 0.9),
      p99: quantile(steady.latencies, 0.99),
    });
  }
  return { lateness: quantile(steady.lateness, 0.99), cpuResolution: after.resolution };
}

function count(measured: Measured, result: LoadResult): void {
  measured.good += result.good;
  measured.unsent += result.unsent;
  for (const [why, times] of Object.entries(result.failures))
    measured.failures[why] = (measured.failures[why] ?? 0) + times;
}

async function endAll(live: Live[]): Promise<void> {
  const outcomes = await Promise.allSettled(
    live.map(async ({ load, running }) => {
      await load.close();
      await running.stop();
    }),
  );
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
