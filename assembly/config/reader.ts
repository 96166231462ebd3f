import { encode } from "../runtime/utf8";
import { integerRange, numberRange } from "./bounds";
import { CommonSettings } from "./common";
import { JsonDocument, JsonNode, JsonType, NO_NODE } from "./json";
import { NodeFlag } from "./json-tape";
import { pathOf, printable } from "./paths";
import { Report } from "./report";
import { typeName } from "./type-names";

/**
 * An object of the plugin's configuration, read key by key.
 *
 * A key that is absent reads as the default. What is wrong is recorded with its path and reads as the default too, so
 * that one look finds every problem; `ok()` logs them all. A key that nobody asked for is unknown.
 *
 * A configuration may be kept for as long as one likes.
 */
@final
export class Config {
  /**
   * For this folder's own use: `parseConfig` makes the first one, `object`, `objects` and `readOverrides` the others.
   * One whose node is `NO_NODE` reads as all defaults and has no problems of its own.
   */
  constructor(
    private readonly report: Report,
    readonly node: JsonNode,
    /** The keys that every plugin takes. */
    readonly common: CommonSettings,
  ) {
    if (node != NO_NODE) report.document.tape.mark(node, NodeFlag.Opened);
  }

  /** The document that this object stands in, for reading a `nodeOf` as it is. */
  get document(): JsonDocument {
    return this.report.document;
  }

  /** Where this object stands: `rules[1].match`; "" for the whole configuration. */
  get path(): string {
    return pathOf(this.document, this.node);
  }

  /** Whether the key is there, be it null. Asking makes it a known key. */
  has(key: string): bool {
    return this.nodeOf(key) != NO_NODE;
  }

  /** Whether the key is there and its value is null. */
  isNull(key: string): bool {
    return this.typeOf(key) == JsonType.Null;
  }

  /** What the key's value is; `Absent` where there is none. */
  typeOf(key: string): JsonType {
    return this.document.type(this.nodeOf(key));
  }

  /** The key's value as it stands in `document`, with whatever is in it; `NO_NODE` where there is none. */
  nodeOf(key: string): JsonNode {
    const node = this.document.member(this.node, key);
    if (node != NO_NODE) this.document.tape.mark(node - 1, NodeFlag.Asked);
    return node;
  }

  /** All keys in the order of the text. This makes none of them known. */
  keys(): string[] {
    const keys: string[] = [];
    const document = this.document;
    for (let node = document.first(this.node); node != NO_NODE; node = document.next(this.node, node)) {
      keys.push(document.asString(node - 1));
    }
    return keys;
  }

  /** A text. */
  string(key: string, otherwise: string = ""): string {
    const node = this.typed(key, JsonType.String, "a string");
    return node == NO_NODE ? otherwise : this.document.asString(node);
  }

  /** A text that must be there; "" where it is not. */
  requiredString(key: string): string {
    this.require(key);
    return this.string(key);
  }

  /** `true` or `false`. */
  bool(key: string, otherwise: bool = false): bool {
    const node = this.typed(key, JsonType.Boolean, "true or false");
    return node == NO_NODE ? otherwise : this.document.asBool(node);
  }

  /** A whole number from `minimum` to `maximum`. It may be written in any way: Envoy hands 10^15 on as `1e+15`. */
  integer(key: string, otherwise: i64 = 0, minimum: i64 = i64.MIN_VALUE, maximum: i64 = i64.MAX_VALUE): i64 {
    const node = this.nodeOf(key);
    return this.isIntegerWithin(node, minimum, maximum) ? this.document.asI64(node) : otherwise;
  }

  /** A whole number that must be there; `minimum` where it is not, or 0 where that is unlimited. */
  requiredInteger(key: string, minimum: i64 = i64.MIN_VALUE, maximum: i64 = i64.MAX_VALUE): i64 {
    this.require(key);
    return this.integer(key, minimum == i64.MIN_VALUE ? 0 : minimum, minimum, maximum);
  }

  /** A number from `minimum` to `maximum`. */
  number(key: string, otherwise: f64 = 0, minimum: f64 = -Infinity, maximum: f64 = Infinity): f64 {
    const node = this.nodeOf(key);
    if (node == NO_NODE) return otherwise;
    const value = this.document.asF64(node);
    if (
      this.document.type(node) == JsonType.Number &&
      isFinite(value) &&
      value >= minimum &&
      value <= maximum
    ) {
      return value;
    }
    this.expected("a number" + numberRange(minimum, maximum), node, JsonType.Number);
    return otherwise;
  }

  /** A number that must be there; `minimum` where it is not, or 0 where that is unlimited. */
  requiredNumber(key: string, minimum: f64 = -Infinity, maximum: f64 = Infinity): f64 {
    this.require(key);
    return this.number(key, minimum == -Infinity ? 0 : minimum, minimum, maximum);
  }

  /** One of the `allowed` texts, compared exactly. */
  choice(key: string, allowed: string[], otherwise: string): string {
    const node = this.typed(key, JsonType.String, "a string");
    if (node == NO_NODE) return otherwise;
    let names = "";
    for (let i = 0; i < allowed.length; i++) {
      const name = unchecked(allowed[i]);
      if (this.document.says(node, encode(name))) return name;
      names += (i == 0 ? "" : ", ") + name;
    }
    this.expected("one of " + names, node, JsonType.String);
    return otherwise;
  }

  /** A list of texts; empty where the key is absent. */
  strings(key: string): string[] {
    const strings: string[] = [];
    const document = this.document;
    const list = this.typed(key, JsonType.List, "a list of strings");
    for (let node = document.first(list); node != NO_NODE; node = document.next(list, node)) {
      if (this.isA(node, JsonType.String, "a string")) strings.push(document.asString(node));
    }
    return strings;
  }

  /** A list of whole numbers, each from `minimum` to `maximum`; empty where the key is absent. */
  integers(key: string, minimum: i64 = i64.MIN_VALUE, maximum: i64 = i64.MAX_VALUE): i64[] {
    const integers: i64[] = [];
    const document = this.document;
    const list = this.typed(key, JsonType.List, "a list of numbers");
    for (let node = document.first(list); node != NO_NODE; node = document.next(list, node)) {
      if (this.isIntegerWithin(node, minimum, maximum)) integers.push(document.asI64(node));
    }
    return integers;
  }

  /** A list of pairs of texts, `[["name", "value"], ...]`; empty where the key is absent. Each has exactly two. */
  pairs(key: string): string[][] {
    const pairs: string[][] = [];
    const document = this.document;
    const list = this.typed(key, JsonType.List, "a list of [name, value]");
    for (let node = document.first(list); node != NO_NODE; node = document.next(list, node)) {
      if (!this.isA(node, JsonType.List, "[name, value]")) continue;
      if (document.count(node) != 2) {
        this.report.add(node, "expected [name, value]");
        continue;
      }
      const name = document.first(node);
      const value = document.next(node, name);
      const good = this.isA(name, JsonType.String, "a string");
      if (this.isA(value, JsonType.String, "a string") && good) {
        pairs.push([document.asString(name), document.asString(value)]);
      }
    }
    return pairs;
  }

  /** An object whose values are all texts; empty where the key is absent. */
  map(key: string): Map<string, string> {
    const map = new Map<string, string>();
    const document = this.document;
    const object = this.typed(key, JsonType.Object, "an object");
    for (let node = document.first(object); node != NO_NODE; node = document.next(object, node)) {
      if (this.isA(node, JsonType.String, "a string")) {
        map.set(document.asString(node - 1), document.asString(node));
      }
    }
    return map;
  }

  /** A nested object; null where the key is absent, or is something else, which is recorded. */
  object(key: string): Config | null {
    const node = this.typed(key, JsonType.Object, "an object");
    return node == NO_NODE ? null : this.child(node);
  }

  /** A nested object that must be there. Where it is not, what is read from it is all defaults. */
  requiredObject(key: string): Config {
    this.require(key);
    return this.child(this.typed(key, JsonType.Object, "an object"));
  }

  /** A list of objects; empty where the key is absent. */
  objects(key: string): Config[] {
    const objects: Config[] = [];
    const document = this.document;
    const list = this.typed(key, JsonType.List, "a list of objects");
    for (let node = document.first(list); node != NO_NODE; node = document.next(list, node)) {
      if (this.isA(node, JsonType.Object, "an object")) objects.push(this.child(node));
    }
    return objects;
  }

  /** Records something that the plugin itself finds wrong with a key's value, or with its absence. */
  problem(key: string, message: string): void {
    this.report.addMember(this.node, encode(key), message);
  }

  /** Records something that the plugin finds wrong with one value that it reached through `document`. */
  problemAt(node: JsonNode, message: string): void {
    this.report.add(node, message);
  }

  /**
   * Logs every problem at `error` and every unknown key at `warn`, each once, and returns whether there was no problem;
   * with `strict_mode: true` an unknown key is one. Call it when all is read. For a nested object it answers for the
   * whole configuration that the object is in.
   */
  ok(): bool {
    return this.report.finish(this.common.strictMode);
  }

  /**
   * This object with an account of its own: what is wrong in it, and unknown keys, are told by the answer's `ok()`
   * only. It has a copy of the common settings.
   */
  separate(): Config {
    if (this.node == NO_NODE) return this;
    this.document.tape.mark(this.node, NodeFlag.Separate);
    return new Config(new Report(this.document, this.node), this.node, this.common.copy());
  }

  private child(node: JsonNode): Config {
    return new Config(this.report, node, this.common);
  }

  private require(key: string): void {
    if (this.node != NO_NODE && !this.has(key)) this.problem(key, "is required");
  }

  /** The key's value when it is of a type; `NO_NODE` where it is absent, or is something else, which is recorded. */
  typed(key: string, type: JsonType, name: string): JsonNode {
    const node = this.nodeOf(key);
    return node != NO_NODE && this.isA(node, type, name) ? node : NO_NODE;
  }

  /** Whether a value in `document` is of a type; records it where it is not: `expected <name>, got a list`. */
  isA(node: JsonNode, type: JsonType, name: string): bool {
    if (this.document.type(node) == type) return true;
    this.expected(name, node, JsonType.Absent);
    return false;
  }

  /** Whether there is a value and it is a whole number in the range; records it where it is something else. */
  private isIntegerWithin(node: JsonNode, minimum: i64, maximum: i64): bool {
    if (node == NO_NODE) return false;
    const whole = this.document.isInteger(node);
    const value = this.document.asI64(node);
    if (whole && value >= minimum && value <= maximum) return true;
    const fraction = !whole && this.document.type(node) == JsonType.Number;
    this.expected(
      (fraction ? "a whole number" : "a number") + integerRange(minimum, maximum),
      node,
      JsonType.Number,
    );
    return false;
  }

  /** Records a value that will not do. It is shown when it is of the right type: any other may be a secret. */
  private expected(what: string, node: JsonNode, shown: JsonType): void {
    const type = this.document.type(node);
    const got = type == shown ? printable(this.document.raw(node)) : typeName(type);
    this.report.add(node, "expected " + what + ", got " + got);
  }
}
