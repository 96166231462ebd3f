import { isUtf8 } from "node:buffer";

/**
 * JSON as the SDK documents it, read by other means: the grammar is judged by `JSON.parse`, numbers are exact as BigInt,
 * and keys that an object has twice, too deep a nest and what is not UTF-8 are refused.
 */
export type Value =
  | { type: "null" }
  | { type: "boolean"; value: boolean }
  | { type: "number"; text: string }
  | { type: "string"; value: string }
  | { type: "list"; items: Value[] }
  | { type: "object"; members: [key: string, value: Value][] };

const LARGEST = 1 << 20;
const DEEPEST = 64;

/** The value of a text; null for one that is to be refused. */
export function readJson(bytes: Buffer, largest = LARGEST): Value | null {
  if (bytes.length > largest || !isUtf8(bytes)) return null;
  const text = bytes.toString("utf8");
  if (text.startsWith("\ufeff")) return null;
  const frames = Error.stackTraceLimit;
  try {
    // Nobody looks at where it fails, and most of what comes here does.
    Error.stackTraceLimit = 0;
    JSON.parse(text);
  } catch {
    return null;
  } finally {
    Error.stackTraceLimit = frames;
  }
  return new Reader(text).read();
}

/** The value as JavaScript has it, for comparisons; of equal keys there are none. */
export function plain(value: Value): unknown {
  switch (value.type) {
    case "null":
      return null;
    case "boolean":
    case "string":
      return value.value;
    case "number":
      return Number(value.text);
    case "list":
      return value.items.map(plain);
    case "object":
      return new Map(value.members.map(([key, member]) => [key, plain(member)]));
  }
}

/** Reads a text that `JSON.parse` took, for what that does not tell. */
class Reader {
  private readonly token = /[\s]*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|([^\s{}[\],:"]+))/gy;
  private refused = false;

  constructor(private readonly text: string) {}

  read(): Value | null {
    const value = this.value(this.next(), 0);
    return this.refused ? null : value;
  }

  private next(): string {
    const found = this.token.exec(this.text)!;
    return found[1] ?? found[2] ?? found[3]!;
  }

  private value(token: string, depth: number): Value {
    if (token === "{" || token === "[") {
      if (depth === DEEPEST) this.refused = true;
      return token === "{" ? this.object(depth + 1) : this.list(depth + 1);
    }
    if (token.startsWith('"')) return { type: "string", value: stringOf(token) };
    if (token === "null") return { type: "null" };
    if (token === "true" || token === "false") return { type: "boolean", value: token === "true" };
    return { type: "number", text: token };
  }

  private list(depth: number): Value {
    const items: Value[] = [];
    for (let token = this.next(); token !== "]"; token = this.next()) {
      if (token !== ",") items.push(this.value(token, depth));
    }
    return { type: "list", items };
  }

  private object(depth: number): Value {
    const members: [string, Value][] = [];
    const keys = new Set<string>();
    for (let token = this.next(); token !== "}"; token = this.next()) {
      if (token === ",") continue;
      const key = stringOf(token);
      if (keys.has(key)) this.refused = true;
      keys.add(key);
      this.next();
      members.push([key, this.value(this.next(), depth)]);
    }
    return { type: "object", members };
  }
}

/** What a string says; half a surrogate pair is U+FFFD. */
function stringOf(token: string): string {
  const value = JSON.parse(token) as string;
  return /[\ud800-\udfff]/.test(value) ? Buffer.from(value, "utf8").toString("utf8") : value;
}

const LARGEST_INTEGER = 2n ** 63n - 1n;
const SMALLEST_INTEGER = -(2n ** 63n);

/** The whole number within 64 bits that a number's text says, however it is written; null where it says none. */
export function integerOf(text: string): bigint | null {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text)!;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return 0n;
  const significant = digits.replace(/0+$/, "");
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  if (power < 0n || power > 20n || significant.length > 20) return null;
  const value = BigInt(`${sign}${significant}`) * 10n ** power;
  return value >= SMALLEST_INTEGER && value <= LARGEST_INTEGER ? value : null;
}

/** The double of a number's text, of which the first 19 digits count. */
export function doubleOf(text: string): number {
  let count = 0;
  const shortened = text.replace(/^[^eE]+/, (digits) =>
    digits.replace(/\d/g, (digit) => {
      if (count > 0 || digit !== "0") count += 1;
      return count > 19 ? "0" : digit;
    }),
  );
  return Number(shortened);
}
