import { Mutator, Random } from "./mutate.js";
import { Disagreement, type Parser, seedsOf } from "./parser.js";
import { Target } from "./target.js";
import type { FuzzedModule } from "./module.js";

export interface Limits {
  /** How many inputs at most. */
  inputs: number;
  /** How many seconds at most. */
  seconds: number;
  seed: number;
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
  constructor(
    readonly parser: string,
    readonly input: Buffer,
    what: string,
  ) {
    super(`${parser}: ${what}\n  of ${JSON.stringify(input.toString("latin1"))}`);
  }
}

/** How many inputs are tried between two looks at the clock. */
const ROUND = 4096;
/** The most inputs that are kept; others come in the place of old ones. */
const POOL = 4096;

/**
 * Gives a parser inputs made from those that brought it anywhere new, until a limit. Each is judged by its reference;
 * one of sixteen is given to it once more with other bytes before it, which must change nothing. Throws a `Finding`.
 */
export function fuzz(
  parser: Parser,
  fuzzed: FuzzedModule,
  { inputs: most, seconds, seed }: Limits,
  progress: (outcome: Outcome) => void = () => {},
  keptBefore: Buffer[] = [],
): Outcome {
  const target = new Target(fuzzed);
  const random = new Random(seed);
  const words = parser.words.map((word) => Buffer.from(word, "latin1"));
  const mutator = new Mutator(random, words, parser.largest);
  const seeds = seedsOf(parser);
  const pool = [...seeds, ...keptBefore];
  const kept: Buffer[] = [...keptBefore];
  const begun = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1e6;
  };
  let tried = 0;
  const outcome = (): Outcome => ({
    name: parser.name,
    inputs: tried,
    seconds: spent(),
    ...target.coverage(parser.name),
    kept,
  });
  const attempt = (input: Buffer) => {
    tried += 1;
    try {
      const verdict = target.run(parser.name, input, tried & 0xff);
      parser.judge(input, verdict, target.result, target.asked);
      if ((tried & 15) === 0) {
        const result = target.resultBytes;
        if (target.run(parser.name, input, ~tried & 0xff) !== verdict || !target.resultBytes.equals(result))
          throw new Disagreement("it depends on what lies before the input");
      }
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError || error instanceof Disagreement)
        throw new Finding(parser.name, Buffer.from(input), error.message);
      throw error;
    }
  };
  for (const input of pool) attempt(input);
  let reached = target.reached;
  while (tried < most && spent() < seconds) {
    for (let end = Math.min(tried + ROUND, most); tried < end;) {
      const input = mutator.next(pool);
      attempt(input);
      if (target.reached === reached) continue;
      reached = target.reached;
      const copy = Buffer.from(input);
      kept.push(copy);
      if (pool.length < POOL) pool.push(copy);
      else pool[seeds.length + random.below(POOL - seeds.length)] = copy;
    }
    target.checkMemory();
    progress(outcome());
  }
  return outcome();
}
