import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Subject } from "./campaign.js";
import type { FuzzedModule } from "./module.js";
import { type Result, Target } from "./target.js";

/** A parser of the SDK's, what to try it with, and what it has to say. */
export interface Parser {
  /** Its export, and the beginning of the names of its files in `corpus/`. */
  name: string;
  /** Inputs beside those of the corpus to begin with. */
  seeds: readonly (string | Uint8Array)[];
  /** What its inputs are made of. */
  words: readonly string[];
  /** The longest input. */
  largest: number;
  /**
   * Throws where what the parser said of an input is not what it should. The input is good for as long as that lasts;
   * `asked` has the properties that it asked its host for.
   */
  judge(input: Buffer, verdict: number, result: Result, asked: readonly string[]): void;
}

/** A parser said one thing, and its reference another. */
export class Disagreement extends Error {}

/** Throws unless two things are the same. Cheaper than an assertion: it runs for each of many million inputs. */
export function same(found: unknown, wanted: unknown, what: string): void {
  if (found !== wanted && !(Number.isNaN(found) && Number.isNaN(wanted)))
    throw new Disagreement(`${what}: found ${show(found)}, wanted ${show(wanted)}`);
}

function show(value: unknown): string {
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

const corpus = fileURLToPath(new URL("corpus/", import.meta.url));

/** The hostile texts that were collected for a parser: a character a byte. */
export function corpusOf(name: string): { file: string; inputs: Buffer[] }[] {
  const files = readdirSync(corpus).filter((file) => file === `${name}.json` || file.startsWith(`${name}-`));
  return files.map((file) => {
    const texts = JSON.parse(readFileSync(`${corpus}${file}`, "utf8")) as string[];
    return { file, inputs: texts.map((text) => Buffer.from(text, "latin1")) };
  });
}

/** Of this many inputs one is given twice, with other bytes before it, which must change nothing. */
const TWICE = 16;

/** A parser in a VM of its own, judged by its reference. */
export function subjectOf(parser: Parser, fuzzed: FuzzedModule): Subject {
  const target = new Target(fuzzed);
  const { name } = parser;
  return {
    name,
    seeds: [
      ...corpusOf(name).flatMap(({ inputs }) => inputs),
      ...parser.seeds.map((seed) =>
        typeof seed === "string" ? Buffer.from(seed, "latin1") : Buffer.from(seed),
      ),
    ],
    words: parser.words.map((word) => Buffer.from(word, "latin1")),
    largest: parser.largest,
    get reached() {
      return target.reached;
    },
    attempt(input, number) {
      const verdict = target.run(name, input, number & 0xff);
      parser.judge(input, verdict, target.result, target.asked);
      if (number % TWICE !== 0) return;
      const result = target.resultBytes;
      if (target.run(name, input, ~number & 0xff) !== verdict || !target.resultBytes.equals(result))
        throw new Disagreement("it depends on what lies before the input");
    },
    check: () => target.checkMemory(),
    coverage: () => target.coverage(name),
  };
}
