import {
  ByteBuffer,
  ByteReplacer,
  Config,
  Headers,
  JsonEdits,
  JsonNode,
  JsonPath,
  JsonType,
  NO_HEADER,
  NO_NODE,
  Slice,
  dataOf,
  sizeOf,
  slice,
  sliceOf,
  utf8Bytes,
} from "as-proxy-wasm";

/** No body grows beyond this by its changes, in bytes; hosts hold less. */
const LARGEST_BODY: usize = 1 << 24;

// @ts-ignore: decorator
@lazy
const NO_PATH = "expected a path: a.b, a[0], a\\.b";

/** Changes of a body: edits of its JSON first, then texts replaced, one after the other. */
@final
export class BodyChanges {
  /** Why the last body was left as it was, or its JSON was; "" where all was done. */
  mistake: string = "";

  constructor(
    private readonly edits: JsonEdits,
    private readonly replacers: ByteReplacer[],
  ) {}

  /** Whether there are changes of any body. */
  get any(): bool {
    return this.edits.length > 0 || this.replacers.length > 0;
  }

  /** Whether there are changes for a body of this type, a value of `content-type`. */
  concern(type: Slice): bool {
    if (isMessageStream(type)) return false;
    return this.replacers.length > 0 || (this.edits.length > 0 && isJson(type));
  }

  /** A body with its changes; the very slice that was given where nothing changes. Good until the end of the callback. */
  apply(body: Slice, type: Slice): Slice {
    this.mistake = "";
    let changed = body;
    if (this.edits.length > 0 && isJson(type)) {
      changed = this.edits.apply(body);
      if (this.edits.mistake.length > 0) this.mistake = "its JSON is left as it is: " + this.edits.mistake;
    }
    for (let i = 0; i < this.replacers.length; i++) {
      const out = new ByteBuffer(sizeOf(changed), LARGEST_BODY);
      if (this.replacers[i].replaceAll(changed, out) == 0) continue;
      if (out.overflowed) {
        this.mistake = "it is left as it is: it would become larger than 16 MiB";
        return body;
      }
      changed = out.view();
    }
    return changed;
  }
}

/** `body` of `request` or `response`; no changes where there is none. */
export function readBodyChanges(message: Config | null): BodyChanges {
  const edits = new JsonEdits();
  const replacers = new Array<ByteReplacer>();
  const changes = new BodyChanges(edits, replacers);
  if (message === null) return changes;
  const body = message.object("body");
  if (body === null) return changes;
  const json = body.object("json");
  if (json !== null) readEdits(json, edits);
  const pairs = body.pairs("replace");
  for (let i = 0; i < pairs.length; i++) {
    if (pairs[i][0].length == 0) body.problem("replace", "what is replaced must not be empty");
    else replacers.push(new ByteReplacer(sliceOf(utf8Bytes(pairs[i][0])), sliceOf(utf8Bytes(pairs[i][1]))));
  }
  return changes;
}

function readEdits(config: Config, edits: JsonEdits): void {
  const document = config.document;
  const removed = config.strings("remove");
  for (let i = 0; i < removed.length; i++) {
    const path = JsonPath.parse(removed[i]);
    if (path !== null) edits.remove(path);
    else config.problem("remove", NO_PATH);
  }
  const renamed = config.typed("rename", JsonType.Object, "an object");
  for (let node = document.first(renamed); node != NO_NODE; node = document.next(renamed, node)) {
    const path = pathOf(config, node);
    if (!config.isA(node, JsonType.String, "a string") || path === null) continue;
    const key = JsonPath.parse(document.asString(node));
    if (path.last.isKey && key !== null && key.isKey) edits.rename(path, key);
    else config.problemAt(node, "expected a path to a key, and a key");
  }
  const values = config.typed("set", JsonType.Object, "an object");
  for (let node = document.first(values); node != NO_NODE; node = document.next(values, node)) {
    const path = pathOf(config, node);
    if (path !== null) edits.set(path, document.raw(node));
  }
}

/** The path that is a member's key; null where it is none, which is recorded. */
function pathOf(config: Config, member: JsonNode): JsonPath | null {
  const document = config.document;
  const path = JsonPath.parse(document.asString(document.key(member)));
  if (path === null) config.problemAt(member, NO_PATH);
  return path;
}

/** The body's type, as far as its changes are concerned; empty without one. */
export function contentType(headers: Headers): Slice {
  const type = headers.view("content-type");
  return type == NO_HEADER ? 0 : type;
}

/** Whether bodies with this `content-encoding` are what they seem: no compression. */
export function isPlain(encoding: Slice): bool {
  return encoding == NO_HEADER || sizeOf(encoding) == 0 || isText(encoding, "identity");
}

/** `application/json`, or a type with `+json`, whatever its parameters. (RFC 6839, 3.1) */
function isJson(type: Slice): bool {
  const name = essence(type);
  const size = sizeOf(name);
  if (isText(name, "application/json")) return true;
  return size > 5 && isText(slice(dataOf(name) + size - 5, 5), "+json");
}

/** Messages within a body that have lengths of their own, or that come one by one without an end. */
function isMessageStream(type: Slice): bool {
  const name = essence(type);
  if (isText(name, "text/event-stream") || isText(name, "application/grpc")) return true;
  if (sizeOf(name) <= 16) return false;
  const after = <u32>load<u8>(dataOf(name) + 16);
  return isText(slice(dataOf(name), 16), "application/grpc") && (after == 0x2b || after == 0x2d);
}

/** A media type without its parameters and the spaces before them. */
function essence(type: Slice): Slice {
  const begin = dataOf(type);
  let end = begin;
  while (end < begin + sizeOf(type) && load<u8>(end) != 0x3b) end += 1;
  while (end > begin && load<u8>(end - 1) <= 0x20) end -= 1;
  return slice(begin, end - begin);
}

/** Whether bytes are an ASCII text in small letters, in any case. */
function isText(bytes: Slice, text: string): bool {
  if (<i32>sizeOf(bytes) != text.length) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = <i32>load<u8>(dataOf(bytes) + i);
    const letter = <u32>((byte | 0x20) - 0x61) < 26;
    if ((letter ? byte | 0x20 : byte) != text.charCodeAt(i)) return false;
  }
  return true;
}
