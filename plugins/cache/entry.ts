import {
  ByteBuffer,
  FieldBlock,
  HeaderCursor,
  NO_VALUE,
  Slice,
  dataOf,
  sizeOf,
  slice,
  utf8Slice,
} from "as-proxy-wasm";

/**
 * An entry as shared data has it, all numbers little endian:
 *
 *      0  layout, 1            16  key, high half, 8     44  lifetime in s, 4
 *      1  kind, 1              24  generation, 8         48  stale-while-revalidate in s, 4
 *      2  status, 2            32  time of response, 8   52  stale-if-error in s, 4
 *      4  flags, 4             40  initial age in s, 4   56  size of the body, 4
 *      8  key, low half, 8                               60  size of the fields, 4
 *     64  fields as a block of pairs, of which `x-cache` and `age` are the last, still empty | room for these | body
 *
 * One of the kind `Variants` has no body, and in the place of fields the names of those that choose among a URI's
 * responses, separated by commas; at 40 the time of the request whose response began the list, 8.
 */
export const HEAD_SIZE: usize = 64;
const LAYOUT: u32 = 2;

export enum Kind {
  Response = 1,
  Variants = 2,
}

/** What is true of a response beside its times. */
export enum Flag {
  /** It must never be given out stale: `must-revalidate`, `proxy-revalidate`. */
  NeverStale = 1,
  /** It must not be given out stale but where it says so itself: `s-maxage`. */
  NotStaleByRequest = 2,
  /** It must be asked about each time: `no-cache`. */
  AlwaysAsk = 4,
  /** Its lifetime is a guess. */
  Guessed = 8,
  /** It has no `content-type`. */
  Untyped = 16,
}

/** The names of the last two fields with their values and what ends each: `x-cache`, NUL, nothing, NUL, ... */
const TAIL_SIZE: usize = 14;
const LENGTHS_SIZE: usize = 8;

/** What stands where an entry's head and its room will be. */
const NOTHING: usize = memory.data(64);

/** The longest value of `x-cache` and that of `age` together. */
export const ROOM: usize = 24;

/** A response, or the list of what a URI's responses vary by, where it lies in memory. Anything else reads as none. */
@final
export class Entry {
  private constructor(private readonly at: usize) {}

  /** The entry that bytes are, if they are one, and with this key; null otherwise. */
  static open(bytes: Slice, low: u64, high: u64): Entry | null {
    if (bytes == NO_VALUE || sizeOf(bytes) < HEAD_SIZE) return null;
    const at = dataOf(bytes);
    if (<u32>load<u8>(at) != LAYOUT || load<u64>(at, 8) != low || load<u64>(at, 16) != high) return null;
    const size = <u64>HEAD_SIZE + <u64>load<u32>(at, 56) + <u64>load<u32>(at, 60);
    const kind = <u32>load<u8>(at, 1);
    if (kind != Kind.Variants && kind != Kind.Response) return null;
    if (<u64>sizeOf(bytes) != size + (kind == Kind.Response ? ROOM : 0)) return null;
    const entry = new Entry(at);
    return kind == Kind.Variants || entry.hasRoomForAnswer ? entry : null;
  }

  /** Whether the fields end with the two that answers fill. */
  private get hasRoomForAnswer(): bool {
    const fields = this.fields;
    if (sizeOf(fields) < 4 + 2 * LENGTHS_SIZE + TAIL_SIZE) return false;
    const count = <usize>load<u32>(dataOf(fields));
    return count >= 2 && count <= (sizeOf(fields) - 4 - TAIL_SIZE) / LENGTHS_SIZE;
  }

  /** An entry that was open before, by a copy of its bytes. */
  static reopen(bytes: Slice): Entry | null {
    if (sizeOf(bytes) < HEAD_SIZE) return null;
    return Entry.open(bytes, load<u64>(dataOf(bytes), 8), load<u64>(dataOf(bytes), 16));
  }

  get kind(): Kind {
    return <Kind>load<u8>(this.at, 1);
  }

  get status(): u32 {
    return load<u16>(this.at, 2);
  }

  get generation(): u64 {
    return load<u64>(this.at, 24);
  }

  /** In milliseconds since 1970. */
  get responseTime(): i64 {
    return load<i64>(this.at, 32);
  }

  /** When the response that began a list of variants was asked for, in milliseconds since 1970. */
  get begun(): i64 {
    return load<i64>(this.at, 40);
  }

  get initialAge(): i64 {
    return load<u32>(this.at, 40);
  }

  get lifetime(): i64 {
    return load<u32>(this.at, 44);
  }

  get staleWhileRevalidate(): i64 {
    return load<u32>(this.at, 48);
  }

  get staleIfError(): i64 {
    return load<u32>(this.at, 52);
  }

  get body(): Slice {
    const room = this.kind == Kind.Response ? ROOM : 0;
    return slice(this.at + HEAD_SIZE + load<u32>(this.at, 60) + room, load<u32>(this.at, 56));
  }

  /** The fields, without `x-cache` and `age`; of the kind `Variants` the names. */
  get fields(): Slice {
    return slice(this.at + HEAD_SIZE, load<u32>(this.at, 60));
  }

  has(flag: Flag): bool {
    return (load<u32>(this.at, 4) & (<u32>flag)) != 0;
  }

  /** Goes through the fields; the last two are empty ones. */
  cursor(): HeaderCursor {
    return FieldBlock.cursor(this.fields);
  }

  /** All bytes of it, to be copied. */
  get bytes(): Slice {
    const room = this.kind == Kind.Response ? ROOM : 0;
    return slice(this.at, HEAD_SIZE + sizeOf(this.body) + sizeOf(this.fields) + room);
  }

  /** The fields with what an answer says of itself; written into the entry where it lies. */
  fieldsFor(verdict: Slice, age: Slice): Slice {
    const fields = this.fields;
    const begin = dataOf(fields);
    const count = load<u32>(begin);
    const lengths = begin + 4 + (<usize>count - 2) * LENGTHS_SIZE;
    store<u32>(lengths, <u32>sizeOf(verdict), 4);
    store<u32>(lengths, <u32>sizeOf(age), 12);
    let at = begin + sizeOf(fields) - TAIL_SIZE;
    at = put(put(at, utf8Slice("x-cache")), verdict);
    at = put(put(at, utf8Slice("age")), age);
    return slice(begin, at - begin);
  }
}

/** An entry in the making. */
@final
export class EntryDraft {
  kind: Kind = Kind.Response;
  status: u32 = 0;
  flags: u32 = 0;
  low: u64 = 0;
  high: u64 = 0;
  generation: u64 = 0;
  responseTime: i64 = 0;
  /** Of a list of variants, in the place of age and lifetime. */
  begun: i64 = 0;
  initialAge: i64 = 0;
  lifetime: i64 = 0;
  staleWhileRevalidate: i64 = 0;
  staleIfError: i64 = 0;

  /** The entry with a body, and fields as `Entry` has them. */
  build(body: Slice, fields: Slice): Uint8Array {
    const room = this.room;
    const entry = new Uint8Array(<i32>(HEAD_SIZE + sizeOf(fields) + room + sizeOf(body)));
    const at = entry.dataStart;
    memory.copy(at + HEAD_SIZE, dataOf(fields), sizeOf(fields));
    memory.copy(at + HEAD_SIZE + sizeOf(fields) + room, dataOf(body), sizeOf(body));
    this.writeHead(at, sizeOf(fields), sizeOf(body));
    return entry;
  }

  /** Begins an entry with its fields; its body, of which so much is expected, and at most so much comes, is added to it. */
  begin(fields: Slice, expected: usize, most: usize): ByteBuffer {
    const size = HEAD_SIZE + sizeOf(fields) + this.room;
    const entry = new ByteBuffer(size + expected, size + most);
    entry.appendRun(NOTHING, HEAD_SIZE);
    entry.append(fields);
    entry.appendRun(NOTHING, this.room);
    return entry;
  }

  /** Ends an entry that `begin` began: gives it its head, and back what it is. */
  finish(entry: ByteBuffer, fieldsSize: usize): Slice {
    const bytes = entry.view();
    this.writeHead(dataOf(bytes), fieldsSize, sizeOf(bytes) - HEAD_SIZE - fieldsSize - this.room);
    return bytes;
  }

  private get room(): usize {
    return this.kind == Kind.Response ? ROOM : 0;
  }

  private writeHead(at: usize, fieldsSize: usize, bodySize: usize): void {
    store<u8>(at, LAYOUT);
    store<u8>(at, this.kind, 1);
    store<u16>(at, this.status, 2);
    store<u32>(at, this.flags, 4);
    store<u64>(at, this.low, 8);
    store<u64>(at, this.high, 16);
    store<u64>(at, this.generation, 24);
    store<i64>(at, this.responseTime, 32);
    store<u32>(at, <u32>this.initialAge, 40);
    store<u32>(at, <u32>this.lifetime, 44);
    if (this.kind == Kind.Variants) store<i64>(at, this.begun, 40);
    store<u32>(at, <u32>this.staleWhileRevalidate, 48);
    store<u32>(at, <u32>this.staleIfError, 52);
    store<u32>(at, <u32>bodySize, 56);
    store<u32>(at, <u32>fieldsSize, 60);
  }
}

function put(at: usize, text: Slice): usize {
  memory.copy(at, dataOf(text), sizeOf(text));
  store<u8>(at + sizeOf(text), 0);
  return at + sizeOf(text) + 1;
}
