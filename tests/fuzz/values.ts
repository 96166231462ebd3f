import { oddValues } from "../plugins/generate.js";
import { type Json, keysOf, type Schema } from "../plugins/schemas.js";
import { Mutator, type Random } from "./mutate.js";

type Members = { [key: string]: Json };

/** What separates the parts of hosts, paths, templates, dates and expressions, and what they must not have. */
const WORDS = (
  "* . .. / // : :80 @ [ ] ( ) { } {{ }} ? # % %2e \\ \\1 , ; = - _ ~ + ^ $ | & ! \" ' < > 0 1 9 99999 a A z x- é 😀 " +
  "http:// https:// :path host sha256: * *. .* request. request.headers. {start_time} GET gzip"
).split(" ");
const TELLING = [..."\0\t\n\x1f !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\x7f\x80\xa0é\u2028\ufeff"];
const LETTERS = [..."09afgzAFGZ"];
/** No text that is changed as bytes grows longer than this. */
const LONGEST = 160;

/** How many values there are in a value, itself among them. */
function partsOf(value: Json): number {
  if (value === null || typeof value !== "object") return 1;
  let count = 1;
  for (const part of Object.values(value)) count += partsOf(part);
  return count;
}

/** Makes new values of those that it is given: each differs in a place or two, and leaves the given one as it is. */
export class ValueMutator {
  /** How many parts are to be gone by before the one that changes. */
  private left = 0;
  private readonly texts: Mutator;
  private readonly members: { key: string; examples: Json[] }[];
  private readonly words = WORDS.map((word) => Buffer.from(word));

  constructor(
    private readonly random: Random,
    schema: Schema,
  ) {
    this.texts = new Mutator(random, [...this.words, Buffer.from(" "), Buffer.from("\0")], LONGEST);
    const examples = new Map<string, Json[]>();
    for (const { key, schema: some } of keysOf(schema))
      examples.set(key, [
        ...(examples.get(key) ?? []),
        ...(some.examples ?? []),
        ...(some.default === undefined ? [] : [some.default]),
      ]);
    this.members = [...examples].map(([key, values]) => ({ key, examples: values }));
  }

  /** A value like another one, maybe with a part of a third. */
  next(base: Json, third: Json): Json {
    let value = base;
    for (let changes = 1 + this.random.below(this.random.oneIn(4) ? 4 : 2); changes > 0; changes--) {
      this.left = this.random.below(partsOf(value));
      value = this.visit(value, third);
    }
    return value;
  }

  /** Goes through all parts of it, until it comes to the one that is to change. */
  private visit(value: Json, third: Json): Json {
    if (this.left-- === 0) return this.changed(value, third);
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) {
      for (const [at, item] of value.entries()) {
        const changed = this.visit(item, third);
        if (this.left < 0) return value.with(at, changed);
      }
      return value;
    }
    for (const key of Object.keys(value)) {
      const changed = this.visit(value[key]!, third);
      if (this.left < 0) return { ...value, [key]: changed };
    }
    return value;
  }

  private changed(value: Json, third: Json): Json {
    const { random } = this;
    // Another kind of value is seldom more than refused.
    if (random.oneIn(8)) return random.oneIn(2) ? random.pick(oddValues) : this.anyPart(third);
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number") return this.number(value);
    if (Array.isArray(value)) return this.list(value, third);
    return value !== null && typeof value === "object" ? this.object(value) : value !== true;
  }

  private text(value: string): string {
    const { random } = this;
    if (random.oneIn(2)) {
      const at = random.below(value.length + 1);
      const telling = random.oneIn(6) ? random.pick(LETTERS) : random.pick(TELLING);
      return value.slice(0, at) + telling + value.slice(at + random.below(2));
    }
    if (random.oneIn(12)) return random.pick(this.words).toString();
    return this.texts.next([Buffer.from(value)]).toString();
  }

  private number(value: number): number {
    const { random } = this;
    switch (random.below(6)) {
      case 0:
        return value + 1;
      case 1:
        return value - 1;
      case 2:
        return -value;
      case 3:
        return value + 0.5;
      case 4:
        return Math.trunc(value * (random.oneIn(2) ? 10 : 0.1));
      default:
        return random.pick([0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1e9, 1e12, 0.001, 1.5]);
    }
  }

  private list(value: readonly Json[], third: Json): Json[] {
    const { random } = this;
    const at = random.below(value.length + 1);
    const item = value[at];
    if (item === undefined) return [...value, value[0] ?? random.pick(oddValues)];
    if (random.oneIn(3)) return value.toSpliced(at, 1);
    if (random.oneIn(3)) return value.toSpliced(at, 0, this.changed(item, third));
    return value.toSpliced(random.below(value.length), 1, item);
  }

  private object(value: Members): Members {
    const { random } = this;
    const keys = Object.keys(value);
    const { [keys.length > 0 ? random.pick(keys) : ""]: taken, ...rest } = value;
    if (taken !== undefined && random.oneIn(3)) return rest;
    if (taken !== undefined && random.oneIn(6)) return { ...rest, [this.text(random.pick(keys))]: taken };
    const { key, examples } = random.pick(this.members);
    return { ...value, [key]: examples.length > 0 ? random.pick(examples) : random.pick(oddValues) };
  }

  private anyPart(value: Json): Json {
    if (value === null || typeof value !== "object" || this.random.oneIn(3)) return value;
    const parts = Object.values(value);
    return parts.length === 0 ? value : this.anyPart(this.random.pick(parts));
  }
}
