import { Slice, slice, sliceOf } from "../runtime/slice";
import { utf8Bytes } from "../runtime/utf8";
import { JsonDocument, JsonNode, JsonType, NO_NODE } from "./json";

/** The most steps of a path: what it names lies less deep than a document may be. */
const MOST_STEPS: i32 = 32;
const MOST_DIGITS: i32 = 6;

const DOT: i32 = 0x2e;
const OPEN: i32 = 0x5b;
const CLOSE: i32 = 0x5d;
const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

/** One step of a path: to the member of an object, or to the element of a list. */
@final
export class JsonStep {
  private constructor(
    /** Whether it is a step to a member. */
    readonly isKey: bool,
    /** The element's index; 0 for a member. */
    readonly index: i32,
    private readonly quoted: Uint8Array,
  ) {}

  static toKey(key: string): JsonStep {
    return new JsonStep(true, 0, utf8Bytes('"' + key + '"'));
  }

  static toElement(index: i32): JsonStep {
    return new JsonStep(false, index, utf8Bytes('""'));
  }

  /** The member's key as JSON has it, in quotes. */
  get quotedKey(): Slice {
    return sliceOf(this.quoted);
  }

  /** The member's key in UTF-8; empty for an element. */
  get key(): Slice {
    return slice(this.quoted.dataStart + 1, this.quoted.length - 2);
  }

  /** What the step leads to from a value; `NO_NODE` where the value has no such thing, or is neither object nor list. */
  take(document: JsonDocument, from: JsonNode): JsonNode {
    if (this.isKey) return document.memberOf(from, this.key);
    if (document.type(from) != JsonType.List) return NO_NODE;
    let element = document.first(from);
    for (let i = 0; i < this.index && element != NO_NODE; i++) element = document.next(from, element);
    return element;
  }
}

/**
 * Where a value stands in a JSON text: `user.name`, `items[0].id`, `[2]`. A dot or a bracket in a key has a backslash
 * before it: `headers.x\.y`; there are no quotes, control characters and other backslashes in it. An index has no more
 * than six digits, and a path no more than 32 steps.
 */
@final
export class JsonPath {
  private constructor(
    /** At least one. */
    readonly steps: JsonStep[],
  ) {}

  /** The path of a text; null where it is none. */
  static parse(text: string): JsonPath | null {
    const steps = new Array<JsonStep>();
    const length = text.length;
    let at = 0;
    while (at < length && steps.length <= MOST_STEPS) {
      const isIndex = text.charCodeAt(at) == OPEN;
      if (isIndex || (steps.length > 0 && text.charCodeAt(at) == DOT)) at += 1;
      else if (steps.length > 0) return null;
      const begin = at;
      let key = "";
      let index = 0;
      while (at < length && !isMark(text.charCodeAt(at))) {
        let code = text.charCodeAt(at++);
        if (isIndex && (code - 0x30 > 9 || code < 0x30 || at - begin > MOST_DIGITS)) return null;
        if (code < 0x20 || code == QUOTE) return null;
        if (code == BACKSLASH) {
          if (at == length || !isMark(text.charCodeAt(at))) return null;
          code = text.charCodeAt(at++);
        }
        if (isIndex) index = index * 10 + code - 0x30;
        else key += String.fromCharCode(code);
      }
      if (at == begin) return null;
      if (isIndex) {
        const leadingZero = at > begin + 1 && text.charCodeAt(begin) == 0x30;
        if (leadingZero || at == length || text.charCodeAt(at++) != CLOSE) return null;
      }
      steps.push(isIndex ? JsonStep.toElement(index) : JsonStep.toKey(key));
    }
    return steps.length == 0 || steps.length > MOST_STEPS ? null : new JsonPath(steps);
  }

  /** The last step. */
  get last(): JsonStep {
    return this.steps[this.steps.length - 1];
  }

  /** Whether it is a key and nothing else. */
  get isKey(): bool {
    return this.steps.length == 1 && this.last.isKey;
  }
}

/** Whether a character means something in a path: a dot or a bracket. */
function isMark(code: i32): bool {
  return code == DOT || code == OPEN || code == CLOSE;
}
