import {
  ByteBuffer,
  Config,
  JsonNode,
  JsonType,
  NO_NODE,
  Regex,
  Slice,
  copyOf,
  dataOf,
  log,
  sizeOf,
  slice,
  sliceOf,
  utf8Bytes,
} from "as-proxy-wasm";
import { QueryChanges } from "./query-changes";

const SLASH: u32 = 0x2f;

/** What a request's path, without its query, becomes: first by its prefix, then by a regular expression. */
@final
export class PathChanges {
  constructor(
    private readonly from: Uint8Array | null,
    private readonly to: Uint8Array,
    private readonly regex: Regex | null,
    private readonly replacement: string,
  ) {}

  /** The path, changed or the same; good until the end of the callback. */
  apply(path: Slice): Slice {
    const from = this.from;
    if (from !== null) path = rewritePrefix(path, sliceOf(from), sliceOf(this.to));
    const regex = this.regex;
    if (regex === null) return path;
    const out = new ByteBuffer(sizeOf(path) + 64);
    if (!regex.replaceAll(path, this.replacement, out)) return path;
    if (out.size > 0 && load<u8>(dataOf(out.view())) == SLASH) return out.view();
    log.warn("request.path.regex: what came out does not begin with /: the path is left as it was");
    return path;
  }
}

/**
 * A path with a prefix of whole segments replaced: `/api` is one of `/api` and `/api/x`, not of `/apis`. A slash that
 * one of the two prefixes ends with is neither doubled nor lost.
 */
function rewritePrefix(path: Slice, from: Slice, to: Slice): Slice {
  const data = dataOf(path);
  const size = sizeOf(path);
  const given = sizeOf(from);
  if (given > size || memory.compare(data, dataOf(from), given) != 0) return path;
  const endsWithSlash = load<u8>(dataOf(from) + given - 1) == SLASH;
  if (!endsWithSlash && given < size && load<u8>(data + given) != SLASH) return path;
  const kept = endsWithSlash ? given - 1 : given;
  if (kept == size) return to;
  const out = new ByteBuffer(size + sizeOf(to));
  const cut = load<u8>(dataOf(to) + sizeOf(to) - 1) == SLASH ? 1 : 0;
  out.appendRun(dataOf(to), sizeOf(to) - cut);
  out.appendRun(data + kept, size - kept);
  return out.view();
}

/** A request's `path`. */
export function readPathChanges(config: Config): PathChanges {
  const prefixes = readPair(
    config,
    config.typed("prefix_rewrite", JsonType.List, "[from, to]"),
    "[from, to]",
  );
  if (prefixes.length == 2 && !(isPath(prefixes[0]) && isPath(prefixes[1]))) {
    config.problem("prefix_rewrite", "both must be paths of printable ASCII, from / on, without a query");
  }
  const words = "[pattern, replacement]";
  const expression = readPair(config, config.typed("regex", JsonType.List, words), words);
  const regex = expression.length == 2 ? Regex.compile(expression[0]) : null;
  if (expression.length == 2 && (regex === null || !regex.takesReplacement(expression[1]))) {
    config.problem("regex", Regex.lastMistake);
  } else if (expression.length == 2 && !isPathText(expression[1])) {
    config.problem("regex", "the replacement must be printable ASCII without spaces, ? and #");
  }
  return new PathChanges(
    prefixes.length == 2 ? utf8Bytes(prefixes[0]) : null,
    utf8Bytes(prefixes.length == 2 ? prefixes[1] : ""),
    regex,
    expression.length == 2 ? expression[1] : "",
  );
}

/** The two texts of a list of two; none where it is something else, which is recorded. */
function readPair(config: Config, list: JsonNode, what: string): string[] {
  if (list == NO_NODE) return [];
  const document = config.document;
  if (document.count(list) != 2) {
    config.problemAt(list, "expected " + what);
    return [];
  }
  const first = document.first(list);
  const second = document.next(list, first);
  const good = config.isA(first, JsonType.String, "a string");
  if (!config.isA(second, JsonType.String, "a string") || !good) return [];
  return [document.asString(first), document.asString(second)];
}

function isPath(text: string): bool {
  return text.length > 0 && text.charCodeAt(0) == SLASH && isPathText(text);
}

/** Whether text can stand in a path as it is. */
function isPathText(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code == 0x3f || code == 0x23) return false;
  }
  return true;
}

/**
 * A request's path and query with all changes made; null where nothing changes, and for what is no path (`*`). A part
 * behind `#`, which no client should send, stays.
 */
export function changedPath(
  target: Slice,
  path: PathChanges | null,
  query: QueryChanges | null,
): Uint8Array | null {
  const data = dataOf(target);
  const size = sizeOf(target);
  if (size == 0 || load<u8>(data) != SLASH) return null;
  const end = data + size;
  let fragment = data;
  while (fragment < end && load<u8>(fragment) != 0x23) fragment += 1;
  let mark = data;
  while (mark < fragment && load<u8>(mark) != 0x3f) mark += 1;
  const before = slice(data, mark - data);
  const after = path === null ? before : path.apply(before);
  const written = mark < fragment ? slice(mark + 1, fragment - mark - 1) : 0;
  const changed = new ByteBuffer(sizeOf(written) + 64);
  const queryChanges = query !== null && query.apply(written, changed);
  if (after == before && !queryChanges) return null;
  const out = new ByteBuffer(sizeOf(after) + changed.size + size);
  out.append(after);
  if (!queryChanges) {
    out.appendRun(mark, fragment - mark);
  } else if (changed.size > 0) {
    out.appendByte(0x3f);
    out.append(changed.view());
  }
  out.appendRun(fragment, end - fragment);
  return copyOf(out.view());
}
