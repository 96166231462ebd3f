import { allocateInArena } from "../runtime/arena";
import { decimal } from "../runtime/decimal";
import { Slice, copyOf, dataOf, equalBytes, sizeOf, slice, sliceOf } from "../runtime/slice";
import { decodeSlice, encode } from "../runtime/utf8";
import { JsonError, describeError, lastError, lastErrorPlace, reject } from "./json-errors";
import { lastInteger, readFloat, readInteger } from "./json-numbers";
import { scanJson } from "./json-scanner";
import { unescaped } from "./json-strings";
import { JsonTape, JsonType, NodeFlag } from "./json-tape";

export { JsonError } from "./json-errors";
export { JsonType } from "./json-tape";

/** A value of a document: its place on the document's tape. */
export type JsonNode = i32;

/** No value. Every question about it has a neutral answer. */
export const NO_NODE: JsonNode = -1;

/** The default limit for a text, in bytes. */
export const DEFAULT_JSON_SIZE: i32 = 1 << 20;

/** The default limit for lists and objects in each other. */
export const DEFAULT_JSON_DEPTH: i32 = 64;

/** No limit is larger: a list of many small values takes eight times its text in memory. */
const LARGEST_JSON_SIZE: i32 = 1 << 24;

/**
 * Checks a text strictly (RFC 8259; unique keys; UTF-8) and makes its values readable. The text is not copied: the
 * document is good for as long as the bytes are, which for the host's data is until the end of the callback.
 *
 * Anything may be in the text: nothing here traps. The limits are in bytes (at most 16 MiB), and in lists and objects
 * that lie in each other.
 */
export function parseJson(
  text: Slice,
  maximumSize: i32 = DEFAULT_JSON_SIZE,
  maximumDepth: i32 = DEFAULT_JSON_DEPTH,
): JsonDocument {
  return new JsonDocument(text, maximumSize, maximumDepth);
}

/** As `parseJson`, for a copy of the text that lives with the document. */
export function parseJsonCopy(
  text: Slice,
  maximumSize: i32 = DEFAULT_JSON_SIZE,
  maximumDepth: i32 = DEFAULT_JSON_DEPTH,
): JsonDocument {
  if (<i64>sizeOf(text) > <i64>min(maximumSize, LARGEST_JSON_SIZE)) return new JsonDocument(text, 0, 0);
  const copy = copyOf(text);
  const document = new JsonDocument(sliceOf(copy), maximumSize, maximumDepth);
  document.keep(copy);
  return document;
}

/** As `parseJsonCopy`, for text that is a string. */
export function parseJsonText(text: string): JsonDocument {
  return parseJsonCopy(encode(text));
}

/**
 * A checked JSON text. Values are read where they stand in it, when they are asked for. Ask for a value's `type`
 * first: what is taken as something that it is not is empty, zero or false.
 */
@final
export class JsonDocument {
  /** `None` where the text is JSON. Otherwise there are no values. */
  error: JsonError = JsonError.None;
  /** Where in the text the error is, in bytes from its start. */
  errorOffset: i32 = 0;
  /** Where the values stand in the text, for this folder's own use. */
  readonly tape: JsonTape;
  private text: Slice;
  private kept: Uint8Array | null = null;

  constructor(text: Slice, maximumSize: i32, maximumDepth: i32) {
    this.text = text;
    this.tape = new JsonTape(<i32>min(sizeOf(text) >> 3, 1 << 16) + 8);
    const base = dataOf(text);
    const limit = <usize>max(min(maximumSize, LARGEST_JSON_SIZE), 0);
    const good =
      sizeOf(text) > limit
        ? reject(JsonError.TooLarge, base + limit)
        : scanJson(text, this.tape, maximumDepth);
    if (!good) {
      this.error = lastError();
      this.errorOffset = <i32>(lastErrorPlace() - base);
      this.tape.length = 0;
    }
  }

  /** Makes the document own the bytes that its text lies in. */
  keep(bytes: Uint8Array): void {
    this.kept = bytes;
  }

  /** What is wrong and where: `line 3, column 7: expected ',' or '}' after a value`. Empty where nothing is. */
  message(): string {
    if (this.error == JsonError.None) return "";
    const what = describeError(this.error);
    if (this.error <= JsonError.TooLarge) return what;
    let line = 1;
    let column = 1;
    const base = dataOf(this.text);
    for (let at = base; at < base + <usize>this.errorOffset; at++) {
      const byte = load<u8>(at);
      if (byte == 0x0a) {
        line += 1;
        column = 1;
      } else if ((byte & 0xc0) != 0x80) {
        column += 1;
      }
    }
    return "line " + decimal(line) + ", column " + decimal(column) + ": " + what;
  }

  /** The value that the text is; `NO_NODE` where it is not JSON. */
  get root(): JsonNode {
    return this.tape.length > 0 ? 0 : NO_NODE;
  }

  type(node: JsonNode): JsonType {
    return this.tape.has(node) ? this.tape.type(node) : JsonType.Absent;
  }

  /** Where a value begins in the text, in bytes; a string begins with its quote. 0 for no value. */
  start(node: JsonNode): i32 {
    return this.tape.has(node) ? <i32>this.tape.start(node) : 0;
  }

  /** Where it ends, one past its last byte. 0 for no value. */
  end(node: JsonNode): i32 {
    return this.tape.has(node) ? <i32>this.tape.end(node) : 0;
  }

  /** The value's own text, a string with its quotes and escapes. It is good for as long as the document's text is. */
  raw(node: JsonNode): Slice {
    return slice(dataOf(this.text) + this.start(node), this.end(node) - this.start(node));
  }

  /** The first element of a list, or the first member's value of an object; `NO_NODE` where there is none. */
  first(container: JsonNode): JsonNode {
    const type = this.type(container);
    if (type < JsonType.List) return NO_NODE;
    return this.within(container, container + 1);
  }

  /** The value after `node` in the same list or object. */
  next(container: JsonNode, node: JsonNode): JsonNode {
    if (this.type(container) < JsonType.List || !this.tape.has(node)) return NO_NODE;
    return this.within(container, this.tape.next(node));
  }

  /** The value at or, for a key, after a node, unless the container ended before it. */
  private within(container: JsonNode, node: JsonNode): JsonNode {
    if (node >= this.tape.next(container)) return NO_NODE;
    return this.tape.type(container) == JsonType.Object ? node + 1 : node;
  }

  /** How many elements or members there are; 0 for what is neither a list nor an object. */
  count(container: JsonNode): i32 {
    let count = 0;
    for (let node = this.first(container); node != NO_NODE; node = this.next(container, node)) count += 1;
    return count;
  }

  /** The key of the member that `value` is the value of: a string; `NO_NODE` for any other value. */
  key(value: JsonNode): JsonNode {
    const key = value - 1;
    return this.tape.has(key) && this.tape.is(key, NodeFlag.Key) ? key : NO_NODE;
  }

  /** The value of an object's member; `NO_NODE` where there is no such member, or `object` is no object. */
  member(object: JsonNode, key: string): JsonNode {
    return this.memberOf(object, encode(key));
  }

  /** As `member`, for a key in UTF-8. */
  memberOf(object: JsonNode, key: Slice): JsonNode {
    if (this.type(object) != JsonType.Object) return NO_NODE;
    let value = this.first(object);
    while (value != NO_NODE && !this.says(value - 1, key)) value = this.next(object, value);
    return value;
  }

  /** Whether a string says these bytes. */
  says(node: JsonNode, bytes: Slice): bool {
    // A byte takes at most the six of an escape.
    if (this.type(node) != JsonType.String || sizeOf(this.inner(node)) > sizeOf(bytes) * 6) return false;
    const said = this.said(node);
    const equal = equalBytes(said, bytes);
    this.release(node, said);
    return equal;
  }

  /** What a string says; "" for what is none. A lone surrogate escape reads as U+FFFD. */
  asString(node: JsonNode): string {
    if (this.type(node) != JsonType.String) return "";
    const said = this.said(node);
    const text = decodeSlice(said);
    this.release(node, said);
    return text;
  }

  /** A string's bytes, to be given to `release`. */
  private said(node: JsonNode): Slice {
    const inner = this.inner(node);
    if (!this.tape.is(node, NodeFlag.Escaped)) return inner;
    return unescaped(inner, heap.alloc(sizeOf(inner)));
  }

  private release(node: JsonNode, said: Slice): void {
    if (this.tape.is(node, NodeFlag.Escaped)) heap.free(dataOf(said));
  }

  /** What a string says in UTF-8, in the text itself or in the arena: until the end of the callback at most. */
  asUtf8(node: JsonNode): Slice {
    if (this.type(node) != JsonType.String) return 0;
    const inner = this.inner(node);
    if (!this.tape.is(node, NodeFlag.Escaped)) return inner;
    return unescaped(inner, allocateInArena(sizeOf(inner)));
  }

  /** A string's text between its quotes. */
  private inner(node: JsonNode): Slice {
    const raw = this.raw(node);
    return slice(dataOf(raw) + 1, sizeOf(raw) - 2);
  }

  /** Whether the value is `true`. */
  asBool(node: JsonNode): bool {
    return this.type(node) == JsonType.Boolean && load<u8>(dataOf(this.raw(node))) == 0x74;
  }

  /** Whether the value is a whole number within 64 bits, however it is written: `1000`, `1e3`, `1000.0`. */
  isInteger(node: JsonNode): bool {
    const raw = this.raw(node);
    return this.type(node) == JsonType.Number && readInteger(dataOf(raw), dataOf(raw) + sizeOf(raw));
  }

  /** The whole number, exactly; 0 where `isInteger` says no. */
  asI64(node: JsonNode): i64 {
    return this.isInteger(node) ? lastInteger() : 0;
  }

  /** The number as the nearest double, infinite where it is larger than those; 0 for what is no number. */
  asF64(node: JsonNode): f64 {
    if (this.type(node) != JsonType.Number) return 0;
    const raw = this.raw(node);
    return readFloat(dataOf(raw), dataOf(raw) + sizeOf(raw));
  }
}
