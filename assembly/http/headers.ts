import {
  addHeaderMapValue,
  getHeaderMapPairs,
  getHeaderMapSize,
  getHeaderMapValue,
  removeHeaderMapValue,
  replaceHeaderMapValue,
  setHeaderMapPairs,
} from "../abi/headers";
import { HeaderMapType } from "../abi/enums";
import { hostData, hostSize, hostU32 } from "../abi/out";
import { Status } from "../abi/status";
import { allocateInArena } from "../runtime/arena";
import { parseDecimal } from "../runtime/decimal";
import { currentContext, select } from "../runtime/entry";
import { unexpected } from "../runtime/failure";
import { isShadowed, noteShadowed } from "../runtime/shadow";
import { Slice, copyOf, dataOf, equalBytes, sizeOf, slice, sliceOf } from "../runtime/slice";
import { decode, decodeSlice, encode } from "../runtime/utf8";
import { HeaderCursor } from "./cursor";
import { equalNames, isFieldName, isFieldValue, refuseField } from "./fields";
import { decodePairs, encodePairs, fitsPairs } from "./pairs";

const COMMA_AND_SPACE: u16 = 0x202c;

/** What `findHeader` answers where there is no such field; no address and size have this form. */
export const NO_HEADER: Slice = 0xffffffff00000000;

/**
 * The first value of a field in host memory, which ends with the callback, or `NO_HEADER`. For the SDK's own use:
 * plugins take `Headers.get`.
 */
export function findHeader(map: HeaderMapType, name: Slice): Slice {
  const status = getHeaderMapValue(map, dataOf(name), sizeOf(name));
  if (status == Status.Ok) return slice(hostData(), hostSize());
  if (status != Status.NotFound && status != Status.BadArgument)
    unexpected("proxy_get_header_map_value", status);
  return NO_HEADER;
}

/**
 * Header or trailer fields of a message. Names are compared without regard to case and reach the next hop in lower
 * case; pseudo-fields (`:path`, `:status`) are fields like any other.
 *
 * Each call goes to the host: keep a value that is needed twice. Reading where the fields do not exist (response
 * headers while the request is on its way) gives `null` or nothing; changing them there is logged and does nothing.
 */
@final
export class Headers {
  /** For the SDK: `context` is 0 for fields of whichever context's callback runs. */
  constructor(
    private map: HeaderMapType,
    private context: u32,
  ) {}

  /** The first value of a field as text; `null` without such a field. Bytes that are not UTF-8 become U+FFFD. */
  get(name: string): string | null {
    if (!select(this.context)) return null;
    const value = findHeader(this.map, encode(name));
    return value == NO_HEADER ? null : decode(dataOf(value), sizeOf(value));
  }

  /** The first value of a field as its bytes; `null` without such a field. */
  getBytes(name: string): Uint8Array | null {
    if (!select(this.context)) return null;
    const value = findHeader(this.map, encode(name));
    return value == NO_HEADER ? null : copyOf(value);
  }

  /**
   * The first value of a field without a copy, `NO_HEADER` without such a field. The slice lies in host memory and ends
   * with the callback.
   */
  view(name: string): Slice {
    return select(this.context) ? findHeader(this.map, encode(name)) : NO_HEADER;
  }

  /** The number that the first value of a field is, in digits: `:status`, `content-length`. -1 without one. */
  number(name: string): i64 {
    const value = this.view(name);
    return value == NO_HEADER ? -1 : parseDecimal(value);
  }

  /** All values of a field in their order; hosts do not join them. */
  getAll(name: string): string[] {
    const values = new Array<string>();
    const cursor = this.cursor();
    const wanted = encode(name);
    while (cursor.next()) {
      if (equalNames(cursor.nameSlice, wanted)) values.push(cursor.value);
    }
    return values;
  }

  /** Whether there is such a field. */
  has(name: string): bool {
    return select(this.context) && findHeader(this.map, encode(name)) != NO_HEADER;
  }

  /** Whether the first value of a field is this text, byte for byte. Makes no string. */
  equals(name: string, value: string): bool {
    if (!select(this.context)) return false;
    const found = findHeader(this.map, encode(name));
    return found != NO_HEADER && equalBytes(found, encode(value));
  }

  /** Sets a field, in the place of all of the same name. */
  set(name: string, value: string): void {
    this.setSlice(name, encode(value));
  }

  /** As `set`, with a value that need not be text. */
  setBytes(name: string, value: Uint8Array): void {
    this.setSlice(name, sliceOf(value));
  }

  /** As `set`, with a value that lies in memory: another field's `view`, or text that was put together in a `ByteBuffer`. */
  setSlice(name: string, value: Slice): void {
    if (!select(this.context)) return;
    if (isShadowed()) return noteShadowed("set header", name);
    const bytes = encode(name);
    if (!isFieldName(bytes) || !isFieldValue(value)) return refuseField();
    const status = replaceHeaderMapValue(
      this.map,
      dataOf(bytes),
      sizeOf(bytes),
      dataOf(value),
      sizeOf(value),
    );
    if (status != Status.Ok) unexpected("proxy_replace_header_map_value", status);
  }

  /** Adds a field beside those of the same name. */
  add(name: string, value: string): void {
    this.addSlice(name, encode(value));
  }

  /** As `add`, with a value that need not be text. */
  addBytes(name: string, value: Uint8Array): void {
    this.addSlice(name, sliceOf(value));
  }

  /**
   * Joins a value to those that there are, with commas, in one field (RFC 9110, 5.3); adds the field where there is
   * none. The values need not be text. Those of `set-cookie` cannot be joined: take `add`.
   */
  append(name: string, value: string): void {
    const cursor = this.cursor();
    // The block that the host gave has more than two bytes for each pair beside its texts.
    const most = hostSize();
    const wanted = encode(name);
    const last = encode(value);
    const joined = allocateInArena(most + sizeOf(last));
    if (joined == 0) return;
    let end = joined;
    while (cursor.next()) {
      if (!equalNames(cursor.nameSlice, wanted)) continue;
      const present = cursor.valueSlice;
      memory.copy(end, dataOf(present), sizeOf(present));
      end += sizeOf(present);
      store<u16>(end, COMMA_AND_SPACE);
      end += 2;
    }
    memory.copy(end, dataOf(last), sizeOf(last));
    this.setSlice(name, slice(joined, end - joined + sizeOf(last)));
  }

  /** Removes all fields of a name; it is no error when there are none. */
  remove(name: string): void {
    if (!select(this.context)) return;
    if (isShadowed()) return noteShadowed("remove header", name);
    this.strip(name);
  }

  /** As `remove`, with a name that lies in memory: a cursor's `nameSlice`. */
  removeSlice(name: Slice): void {
    if (!select(this.context)) return;
    if (isShadowed()) return noteShadowed("remove header", decodeSlice(name));
    this.drop(name);
  }

  /**
   * As `remove`, in shadow mode too: for fields that vouch for something and that a client must not send itself.
   */
  strip(name: string): void {
    if (select(this.context)) this.drop(encode(name));
  }

  /** All fields in their order, as `[[name, value], ...]`; changing the list changes nothing else. */
  entries(): string[][] {
    return this.fetch() ? decodePairs(hostData(), hostSize()) : [];
  }

  /**
   * Goes through the fields without making strings of those that are not looked at:
   * `const field = headers.cursor(); while (field.next()) { field.name; field.value; }`.
   * It shows them as they were when it was made, and ends with the callback.
   */
  cursor(): HeaderCursor {
    return this.fetch() ? new HeaderCursor(hostData(), hostSize()) : new HeaderCursor(0, 0);
  }

  /**
   * All fields as one block, which `FieldBlock.cursor` goes through. It lies in host memory and ends with the callback:
   * `copyOf` makes one to keep, for callbacks in which the host does not have the fields any more.
   */
  block(): Slice {
    return this.fetch() ? slice(hostData(), hostSize()) : 0;
  }

  /**
   * Puts these fields in the place of all. Nothing changes when the host would not take them (more than 1,024, more
   * than 1 MiB, an entry that is not a pair): that is logged.
   */
  replaceAll(fields: string[][]): void {
    if (!select(this.context)) return;
    if (isShadowed()) return noteShadowed("replace all headers", "");
    const block = encodePairs(fields);
    if (!fitsPairs()) return;
    const status = setHeaderMapPairs(this.map, dataOf(block), sizeOf(block));
    if (status != Status.Ok) unexpected("proxy_set_header_map_pairs", status);
  }

  /** The size of all names and values in bytes; 0 where the fields do not exist. */
  get byteSize(): u32 {
    if (!select(this.context)) return 0;
    const status = getHeaderMapSize(this.map);
    if (status == Status.Ok) return hostU32();
    if (status != Status.BadArgument && status != Status.NotFound)
      unexpected("proxy_get_header_map_size", status);
    return 0;
  }

  private drop(name: Slice): void {
    const status = removeHeaderMapValue(this.map, dataOf(name), sizeOf(name));
    if (status != Status.Ok && status != Status.NotFound) unexpected("proxy_remove_header_map_value", status);
  }

  private fetch(): bool {
    if (!select(this.context)) return false;
    const status = getHeaderMapPairs(this.map);
    if (status == Status.Ok) return true;
    if (status != Status.BadArgument && status != Status.NotFound)
      unexpected("proxy_get_header_map_pairs", status);
    return false;
  }

  private addSlice(name: string, value: Slice): void {
    if (!select(this.context)) return;
    if (isShadowed()) return noteShadowed("add header", name);
    const bytes = encode(name);
    if (!isFieldName(bytes) || !isFieldValue(value)) return refuseField();
    const status = addHeaderMapValue(this.map, dataOf(bytes), sizeOf(bytes), dataOf(value), sizeOf(value));
    if (status != Status.Ok) unexpected("proxy_add_header_map_value", status);
  }
}

// @ts-ignore: decorator
@lazy
const requestHeaders = new Headers(HeaderMapType.HttpRequestHeaders, 0);
// @ts-ignore: decorator
@lazy
const requestTrailers = new Headers(HeaderMapType.HttpRequestTrailers, 0);
// @ts-ignore: decorator
@lazy
const responseHeaders = new Headers(HeaderMapType.HttpResponseHeaders, 0);
// @ts-ignore: decorator
@lazy
const responseTrailers = new Headers(HeaderMapType.HttpResponseTrailers, 0);

/** A context's request headers: one object for whichever context is current, else one of its own. */
export function requestHeadersOf(context: u32): Headers {
  return isCurrent(context) ? requestHeaders : new Headers(HeaderMapType.HttpRequestHeaders, context);
}

/** As `requestHeadersOf`, for the trailers of the request. */
export function requestTrailersOf(context: u32): Headers {
  return isCurrent(context) ? requestTrailers : new Headers(HeaderMapType.HttpRequestTrailers, context);
}

/** As `requestHeadersOf`, for the headers of the response. */
export function responseHeadersOf(context: u32): Headers {
  return isCurrent(context) ? responseHeaders : new Headers(HeaderMapType.HttpResponseHeaders, context);
}

/** As `requestHeadersOf`, for the trailers of the response. */
export function responseTrailersOf(context: u32): Headers {
  return isCurrent(context) ? responseTrailers : new Headers(HeaderMapType.HttpResponseTrailers, context);
}

// @ts-ignore: decorator
@inline
function isCurrent(context: u32): bool {
  return context == 0 || context == currentContext();
}
