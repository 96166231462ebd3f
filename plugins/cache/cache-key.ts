import {
  ByteBuffer,
  FieldBlock,
  KeyedDigest,
  ListMembers,
  NO_HEADER,
  Slice,
  dataOf,
  decodeSlice,
  equalBytes,
  equalNames,
  lowerCaseText,
  sizeOf,
  slice,
  utf8Slice,
} from "as-proxy-wasm";
import { Settings } from "./settings";

const COLON: u32 = 0x3a;
const COMMA: u32 = 0x2c;
const QUESTION_MARK: u32 = 0x3f;
const AMPERSAND: u32 = 0x26;
const EQUALS: u32 = 0x3d;

const GENERATION: usize = memory.data(8);

/** How many codings are put in order; more stay as they come. */
const MOST_SORTED: usize = 16;
const SORTED: usize = memory.data(128, 8);

/**
 * What entries are found by: the digest of a URI, and for responses that vary that of the request fields which chose
 * them. The last one that was made is in `low` and `high`.
 */
@final
export class CacheKey {
  private readonly parts: ByteBuffer = new ByteBuffer(256);
  /** The digest that all keys begin with. */
  private readonly ownerLow: u64;
  private readonly ownerHigh: u64;

  /** `owner` tells the plugin's entries from those of others that share the data. */
  constructor(
    private readonly digest: KeyedDigest,
    private readonly settings: Settings,
    owner: string,
  ) {
    digest.begin();
    digest.addText(owner);
    this.ownerLow = digest.low;
    this.ownerHigh = digest.high;
  }

  get low(): u64 {
    return this.digest.low;
  }

  get high(): u64 {
    return this.digest.high;
  }

  /** The key of a URI. `target` is its path with its query. */
  ofUri(scheme: Slice, authority: Slice, target: Slice): void {
    const parts = this.parts;
    parts.clear();
    parts.append(present(scheme));
    parts.append(utf8Slice("://"));
    // No two hosts differ in case alone.
    parts.append(inSmallLetters(present(authority)));
    parts.appendByte(0);
    addTarget(parts, present(target), this.settings);
    this.digest.resume(this.ownerLow, this.ownerHigh);
    this.digest.add(parts.view());
  }

  /**
   * The key of the response that a URI has for a request, whose fields are in a block, when those named in a list choose
   * it. Lists count without white space, those of `accept` and its like in small letters. (RFC 9111, 4.1) `low`, `high`
   * and `generation` are the URI's.
   */
  ofVariant(low: u64, high: u64, generation: u64, names: Slice, request: Slice): void {
    const parts = this.parts;
    parts.clear();
    store<u64>(GENERATION, generation);
    parts.appendRun(GENERATION, 8);
    const list = new ListMembers(names);
    while (list.next()) {
      parts.append(list.member);
      parts.appendByte(COLON);
      addValues(parts, list.member, request);
      parts.appendByte(0);
    }
    this.digest.resume(low, high);
    this.digest.add(parts.view());
  }
}

/**
 * Adds the values of a field; one that is empty is another thing than none. The order of codings means nothing (RFC 9110,
 * 12.5.3); that of languages and types has no meaning either, but many origins go by it.
 */
function addValues(parts: ByteBuffer, name: Slice, request: Slice): void {
  const foldsCase = sizeOf(name) >= 6 && equalBytes(slice(dataOf(name), 6), utf8Slice("accept"));
  const sorts = foldsCase && equalBytes(name, utf8Slice("accept-encoding"));
  let sorted: usize = 0;
  const field = FieldBlock.cursor(request);
  let isThere = false;
  while (field.next()) {
    if (!equalNames(field.nameSlice, name)) continue;
    if (!isThere) parts.appendByte(EQUALS);
    isThere = true;
    const members = new ListMembers(field.valueSlice);
    while (members.next()) {
      const member = foldsCase ? inSmallLetters(members.member) : members.member;
      if (sorts && sorted < MOST_SORTED) {
        insert(member, sorted);
        sorted += 1;
        continue;
      }
      parts.append(member);
      parts.appendByte(COMMA);
    }
  }
  for (let i: usize = 0; i < sorted; i++) {
    parts.append(load<Slice>(SORTED + i * sizeof<Slice>()));
    parts.appendByte(COMMA);
  }
}

/** Puts a member among so many that are in order. */
function insert(member: Slice, count: usize): void {
  let at = SORTED + count * sizeof<Slice>();
  while (at > SORTED && isBefore(member, load<Slice>(at - sizeof<Slice>()))) {
    store<Slice>(at, load<Slice>(at - sizeof<Slice>()));
    at -= sizeof<Slice>();
  }
  store<Slice>(at, member);
}

function isBefore(a: Slice, b: Slice): bool {
  const order = memory.compare(dataOf(a), dataOf(b), min(sizeOf(a), sizeOf(b)));
  return order < 0 || (order == 0 && sizeOf(a) < sizeOf(b));
}

function addTarget(parts: ByteBuffer, target: Slice, settings: Settings): void {
  const end = dataOf(target) + sizeOf(target);
  let at = dataOf(target);
  if (!settings.selectsQuery && !settings.ignoresQuery) return parts.append(target);
  while (at < end && <u32>load<u8>(at) != QUESTION_MARK) at += 1;
  parts.append(slice(dataOf(target), at - dataOf(target)));
  if (settings.ignoresQuery) return;
  while (at < end) {
    const begin = at + 1;
    at = begin;
    while (at < end && <u32>load<u8>(at) != AMPERSAND) at += 1;
    if (!isSelected(slice(begin, at - begin), settings)) continue;
    parts.appendByte(QUESTION_MARK);
    parts.append(slice(begin, at - begin));
  }
}

/** Whether a parameter is one of those that count, by its name as it stands in the configuration and in the query. */
function isSelected(parameter: Slice, settings: Settings): bool {
  const data = dataOf(parameter);
  let size: usize = 0;
  while (size < sizeOf(parameter) && <u32>load<u8>(data + size) != EQUALS) size += 1;
  for (let i = 0; i < settings.keyQuery.length; i++) {
    if (equalBytes(slice(data, size), utf8Slice(unchecked(settings.keyQuery[i])))) return true;
  }
  return false;
}

function present(field: Slice): Slice {
  return field == NO_HEADER ? 0 : field;
}

function inSmallLetters(text: Slice): Slice {
  for (let at = dataOf(text), end = at + sizeOf(text); at < end; at++) {
    if (<u32>load<u8>(at) - 0x41 < 26) return utf8Slice(lowerCaseText(decodeSlice(text)));
  }
  return text;
}
