import { Slice, copyOf, dataOf, sizeOf, sliceOf } from "../runtime/slice";
import { ByteBuffer } from "../text/byte-buffer";
import { JsonDocument, JsonError, JsonNode, JsonType, NO_NODE, parseJson } from "./json";
import { JsonPath, JsonStep } from "./json-path";

/** No text becomes longer by its edits. */
const LARGEST_TEXT: i32 = 1 << 24;

/** What an edit does. */
enum Kind {
  Remove,
  Rename,
  Set,
}


@final
class Edit {
  constructor(
    readonly kind: Kind,
    readonly path: JsonPath,
    /** Set: the value's JSON text. */
    readonly text: Uint8Array,
    /** Rename: the new key. */
    readonly renamed: JsonStep | null,
  ) {}
}

/**
 * Changes of a JSON text, made one after the other in the order in which they were added. The bytes of what they do not
 * touch stay as they are: numbers, escapes, white space, the order of members.
 *
 * A change whose place is not there does nothing: a path through something that is neither object nor list, the
 * removal of what is absent, an index past the end.
 */
@final
export class JsonEdits {
  /** Why the last text was left as it was, where it was not JSON or would have become too large; "" otherwise. */
  mistake: string = "";
  private readonly edits: Edit[] = [];

  /** How many changes there are. */
  get length(): i32 {
    return this.edits.length;
  }

  /** Takes the value at a path away, a member with its key; later elements of a list move up. */
  remove(path: JsonPath): void {
    this.edits.push(new Edit(Kind.Remove, path, new Uint8Array(0), null));
  }

  /**
   * Gives the member at a path, whose last step is a key, another key. The member stays where it is; another one that
   * has the key already goes. The new key is a path too, of that key alone; what is not is not taken.
   */
  rename(path: JsonPath, key: JsonPath): void {
    if (path.last.isKey && key.isKey) {
      this.edits.push(new Edit(Kind.Rename, path, new Uint8Array(0), key.last));
    }
  }

  /**
   * Puts a value, given as JSON text, in the place of the one at a path. Where there is none it is added: a member at
   * the end of its object, an element only where its index is the length of its list. Objects that are missing on the
   * way are made, and lists for an index of 0.
   */
  set(path: JsonPath, value: Slice): void {
    this.edits.push(new Edit(Kind.Set, path, copyOf(value), null));
  }

  /**
   * The text with all changes made; the text itself where none had anything to do, and where `mistake` says why not.
   * Good for as long as the given text is, and no longer than the callback.
   */
  apply(text: Slice): Slice {
    this.mistake = "";
    const edits = this.edits;
    let edited = text;
    let document = parseJson(edited, LARGEST_TEXT);
    let next = 0;
    while (next < edits.length && document.error == JsonError.None) {
      const splice = new Splice(document, edited);
      if (make(edits[next], splice)) next += 1;
      if (splice.made) {
        edited = splice.result;
        if (next < edits.length) document = parseJson(edited, LARGEST_TEXT);
      }
    }
    if (document.error != JsonError.None) {
      this.mistake = document.message();
      return text;
    }
    return edited;
  }
}

/** One run of a text's bytes, and what comes in its place. */
@final
class Splice {
  made: bool = false;
  result: Slice = 0;

  constructor(
    readonly document: JsonDocument,
    private readonly text: Slice,
  ) {}

  replace(start: i32, end: i32, replacement: Slice): void {
    const data = dataOf(this.text);
    const out = new ByteBuffer(sizeOf(this.text) + sizeOf(replacement));
    out.appendRun(data, start);
    out.append(replacement);
    out.appendRun(data + end, sizeOf(this.text) - end);
    this.made = true;
    this.result = out.view();
  }
}

/** Makes an edit, or, where another member is in the way of a new key, takes that away first and returns false. */
function make(edit: Edit, splice: Splice): bool {
  const document = splice.document;
  const steps = edit.path.steps;
  let around: JsonNode = NO_NODE;
  let node = document.root;
  let step = 0;
  while (step < steps.length && node != NO_NODE) {
    around = node;
    node = steps[step].take(document, node);
    if (node != NO_NODE) step += 1;
  }
  if (node == NO_NODE) {
    if (edit.kind == Kind.Set) insert(edit, step, around, splice);
  } else if (edit.kind == Kind.Set) {
    splice.replace(document.start(node), document.end(node), sliceOf(edit.text));
  } else if (edit.kind == Kind.Remove) {
    cut(around, node, splice);
  } else {
    const renamed = edit.renamed;
    const key = document.key(node);
    if (renamed === null || key == NO_NODE) return true;
    const twin = document.memberOf(around, renamed.key);
    if (twin == node) return true;
    if (twin != NO_NODE) {
      cut(around, twin, splice);
      return false;
    }
    splice.replace(document.start(key), document.end(key), renamed.quotedKey);
  }
  return true;
}

/** Where a member, with its key, or an element begins. */
function beginOf(document: JsonDocument, node: JsonNode): i32 {
  const key = document.key(node);
  return document.start(key == NO_NODE ? node : key);
}

/** Takes a value out of its list or object, with the comma that goes with it. */
function cut(around: JsonNode, node: JsonNode, splice: Splice): void {
  const document = splice.document;
  let before = NO_NODE;
  let child = document.first(around);
  while (child != node && child != NO_NODE) {
    before = child;
    child = document.next(around, child);
  }
  const after = document.next(around, node);
  const start = before != NO_NODE ? document.end(before) : beginOf(document, node);
  const end = before != NO_NODE || after == NO_NODE ? document.end(node) : beginOf(document, after);
  splice.replace(start, end, 0);
}

/** Adds what is missing from a step on to the end of a list or an object. */
function insert(edit: Edit, step: i32, around: JsonNode, splice: Splice): void {
  const document = splice.document;
  const steps = edit.path.steps;
  const type = document.type(around);
  const fits = steps[step].isKey
    ? type == JsonType.Object
    : type == JsonType.List && steps[step].index == document.count(around);
  if (!fits) return;
  const out = new ByteBuffer(edit.text.length + 32);
  let last = NO_NODE;
  for (let child = document.first(around); child != NO_NODE; child = document.next(around, child))
    last = child;
  if (last != NO_NODE) out.appendByte(0x2c);
  for (let i = step; i < steps.length; i++) {
    if (i > step && !steps[i].isKey && steps[i].index != 0) return;
    if (i > step) out.appendByte(steps[i].isKey ? 0x7b : 0x5b);
    if (steps[i].isKey) putKey(steps[i], out);
  }
  out.append(sliceOf(edit.text));
  for (let i = steps.length - 1; i > step; i--) out.appendByte(steps[i].isKey ? 0x7d : 0x5d);
  const place = last == NO_NODE ? document.start(around) + 1 : document.end(last);
  splice.replace(place, place, out.view());
}

function putKey(step: JsonStep, out: ByteBuffer): void {
  out.append(step.quotedKey);
  out.appendByte(0x3a);
}
