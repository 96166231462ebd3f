import {
  FieldBlock,
  Headers,
  HeadersAction,
  HttpContext,
  NO_HEADER,
  Slice,
  dataOf,
  decodeSlice,
  equalNames,
  now,
  sizeOf,
  slice,
  utf8Slice,
} from "as-proxy-wasm";
import { isOfUpstream } from "./origin";
import { Cache } from "./plugin";
import { RequestHead } from "./request-head";

const SLASH: u32 = 0x2f;
const COLON: u32 = 0x3a;
const QUESTION_MARK: u32 = 0x3f;
const HASH: u32 = 0x23;

/** A request that changes something at the origin: what it succeeds with makes what is kept out of date. */
@final
export class UnsafeRequest {
  private readonly scheme: string;
  private readonly authority: string;
  private readonly target: string;

  constructor(head: RequestHead) {
    this.scheme = text(head.scheme);
    this.authority = text(head.authority);
    this.target = text(head.target);
  }

  /**
   * Withdraws what is kept under its URI, and under those of the same origin that the answer names, unless it failed or
   * is not the origin's. (RFC 9111, 4.4)
   */
  take(plugin: Cache, headers: Headers): void {
    const status = headers.number(":status");
    if (status < 200 || status > 399 || !isOfUpstream()) return;
    const time = <i64>(now() / 1000000);
    this.withdraw(plugin, this.target, time);
    this.withdrawNamed(plugin, headers.view("location"), time);
    this.withdrawNamed(plugin, headers.view("content-location"), time);
  }

  private withdrawNamed(plugin: Cache, reference: Slice, time: i64): void {
    if (reference == NO_HEADER) return;
    const target = targetOf(reference, utf8Slice(this.scheme), utf8Slice(this.authority), this.target);
    if (target.length != 0) this.withdraw(plugin, target, time);
  }

  /** Whichever settings it was kept under: those of a method, or of another path, may be others. */
  private withdraw(plugin: Cache, target: string, time: i64): void {
    const all = plugin.withOverrides();
    for (let i = 0; i < all.length; i++) {
      const store = changetype<Cache>(unchecked(all[i])).store;
      store.withdrawUri(utf8Slice(this.scheme), utf8Slice(this.authority), utf8Slice(target), time);
    }
  }
}

/** A request that an override leaves alone. What it changes at the origin is out of date all the same. */
@final
export class SkippedRequest extends HttpContext {
  private unsafe: UnsafeRequest | null = null;

  constructor(private readonly plugin: Cache) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const head = RequestHead.read(FieldBlock.cursor(this.request.headers.block()));
    if (!head.isSafe) this.unsafe = new UnsafeRequest(head);
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const unsafe = this.unsafe;
    if (unsafe !== null) unsafe.take(this.plugin, this.response.headers);
    return HeadersAction.Continue;
  }
}

/**
 * The path with its query that a reference has below a URI, whose path is `base`; "" where it is of another origin.
 * (RFC 3986, 5.2) Segments `.` and `..` are taken as they are.
 */
export function targetOf(reference: Slice, scheme: Slice, authority: Slice, base: string): string {
  let at = dataOf(reference);
  let end = at;
  const last = at + sizeOf(reference);
  while (end < last && <u32>load<u8>(end) != HASH) end += 1;
  const schemeSize = schemeSizeOf(at, end);
  if (schemeSize != 0) {
    if (!equalNames(slice(at, schemeSize), scheme)) return "";
    at += schemeSize + 1;
    if (!isAt(at, end, SLASH) || !isAt(at + 1, end, SLASH)) return "";
  }
  if (isAt(at, end, SLASH) && isAt(at + 1, end, SLASH)) {
    at += 2;
    const host = at;
    while (at < end && <u32>load<u8>(at) != SLASH && <u32>load<u8>(at) != QUESTION_MARK) at += 1;
    if (!equalNames(slice(host, at - host), authority)) return "";
    const rest = decodeSlice(slice(at, end - at));
    return rest.startsWith("/") ? rest : "/" + rest;
  }
  const rest = decodeSlice(slice(at, end - at));
  if (isAt(at, end, SLASH)) return rest;
  const query = base.indexOf("?");
  const path = query < 0 ? base : base.substring(0, query);
  if (rest.startsWith("?")) return path + rest;
  return rest.length == 0 ? base : path.substring(0, path.lastIndexOf("/") + 1) + rest;
}

/** How long the scheme is that something begins with; 0 where it has none. */
function schemeSizeOf(at: usize, end: usize): usize {
  let size: usize = 0;
  while (at + size < end) {
    const byte = <u32>load<u8>(at + size);
    if (byte == COLON) return size;
    const isOfScheme = (byte | 0x20) - 0x61 < 26 || byte - 0x30 < 10 || (byte - 0x2b < 4 && byte != 0x2c);
    if (!isOfScheme) return 0;
    size += 1;
  }
  return 0;
}

function isAt(at: usize, end: usize, byte: u32): bool {
  return at < end && <u32>load<u8>(at) == byte;
}

function text(field: Slice): string {
  return field == NO_HEADER ? "" : decodeSlice(field);
}
