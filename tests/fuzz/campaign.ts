import { Mutator, Random } from "./mutate.js";

export interface Limits {
  /** How many inputs at most. */
  inputs: number;
  /** How many seconds of CPU time at most. */
  seconds: number;
  seed: number;
}

/** Something that takes inputs, and a judge of what it makes of them. */
export interface Subject {
  name: string;
  /** What it is tried with at first. */
  seeds: readonly Buffer[];
  /** What its inputs are made of. */
  words: readonly Buffer[];
  /** The longest input. */
  largest: number;
  /** How many blocks ran so far. */
  readonly reached: number;
  /** An input made by means of its own; null for one made of the bytes of others. */
  make?(random: Random): Buffer | null;
  /** Tries an input, the so many-th; throws where something is wrong with what became of it. */
  attempt(input: Buffer, number: number): void;
  /** Looks now and then whether all is well. */
  check(): void;
  /** How many blocks it can come to, and to how many of them it came. */
  coverage(): { blocks: number; reached: number };
}

/** What a run came to. */
export interface Outcome {
  name: string;
  inputs: number;
  seconds: number;
  blocks: number;
  reached: number;
  /** The inputs that came to a block that none before them did. */
  kept: Buffer[];
}

/** What was wrong with an input. */
export class Finding extends Error {
  constructor(subject: string, input: Buffer, what: string) {
    super(`${subject}: ${what}\n  of ${JSON.stringify(input.toString("latin1"))}`);
  }
}

/** How many inputs are tried between two looks at the clock. */
const ROUND = 2048;
/** The most inputs that others are made from; new ones come in the place of old ones. */
const POOL = 4096;

/** Gives a subject inputs made from those that brought it anywhere new, until a limit. Throws a `Finding`. */
export function fuzz(
  subject: Subject,
  { inputs: most, seconds, seed }: Limits,
  progress: (outcome: Outcome) => void = () => {},
  keptBefore: readonly Buffer[] = [],
): Outcome {
  const random = new Random(seed);
  const mutator = new Mutator(random, subject.words, subject.largest);
  const pool = [...subject.seeds, ...keptBefore];
  const kept = [...keptBefore];
  const begun = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1e6;
  };
  let inputs = 0;
  const outcome = (): Outcome => ({
    name: subject.name,
    inputs,
    seconds: spent(),
    ...subject.coverage(),
    kept,
  });
  const attempt = (input: Buffer) => {
    inputs += 1;
    try {
      subject.attempt(input, inputs);
    } catch (error) {
      const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new Finding(subject.name, Buffer.from(input), what);
    }
  };
  for (const input of pool) attempt(input);
  let { reached } = subject;
  while (inputs < most && spent() < seconds) {
    for (const end = Math.min(inputs + ROUND, most); inputs < end;) {
      const input = subject.make?.(random) ?? mutator.next(pool);
      attempt(input);
      if (subject.reached === reached) continue;
      ({ reached } = subject);
      const copy = Buffer.from(input);
      kept.push(copy);
      if (pool.length < POOL) pool.push(copy);
      else pool[subject.seeds.length + random.below(POOL - subject.seeds.length)] = copy;
    }
    subject.check();
    progress(outcome());
  }
  return outcome();
}
