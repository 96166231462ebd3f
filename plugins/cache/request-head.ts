import {
  CacheControl,
  HeaderCursor,
  NO_HEADER,
  Slice,
  dataOf,
  equalBytes,
  equalNames,
  sizeOf,
  utf8Slice,
} from "as-proxy-wasm";

/** What of a request's head concerns a cache. The slices lie where the fields do that were read. */
@final
export class RequestHead {
  method: Slice = NO_HEADER;
  /** As the origin is told it: by `x-forwarded-proto`, which over HTTP/2 can be another than the request's own. */
  scheme: Slice = NO_HEADER;
  authority: Slice = NO_HEADER;
  /** The path with its query. */
  target: Slice = NO_HEADER;
  ifNoneMatch: Slice = NO_HEADER;
  ifModifiedSince: Slice = NO_HEADER;
  control: CacheControl | null = null;
  isGet: bool = false;
  isHead: bool = false;
  /** Whether it says whose it is: `authorization`. */
  hasAuthorization: bool = false;
  /** Whether the answer may be for one client alone: `authorization` or `cookie`. */
  isPersonal: bool = false;
  /** Whether only the origin can answer: parts of a representation, conditions for writing, other protocols. */
  isForOrigin: bool = false;
  private forwardedScheme: Slice = NO_HEADER;
  /** `pragma: no-cache`. */
  hasPragma: bool = false;

  static read(field: HeaderCursor): RequestHead {
    const head = new RequestHead();
    while (field.next()) head.take(field.nameSlice, field.valueSlice);
    if (head.forwardedScheme != NO_HEADER) head.scheme = head.forwardedScheme;
    head.isGet = equalBytes(head.method, utf8Slice("GET"));
    head.isHead = equalBytes(head.method, utf8Slice("HEAD"));
    return head;
  }

  /** Whether the method changes nothing at the origin. (RFC 9110, 9.2.1) */
  get isSafe(): bool {
    return (
      this.isGet ||
      this.isHead ||
      equalBytes(this.method, utf8Slice("OPTIONS")) ||
      equalBytes(this.method, utf8Slice("TRACE"))
    );
  }

  get noStore(): bool {
    const control = this.control;
    return control !== null && control.noStore;
  }

  get onlyIfCached(): bool {
    const control = this.control;
    return control !== null && control.onlyIfCached;
  }

  /** Whether nothing that is kept will do before the origin was asked. `pragma` counts where nothing newer does. */
  get noCache(): bool {
    const control = this.control;
    return control === null ? this.hasPragma : control.noCache || control.restrictedFields.length != 0;
  }

  private take(name: Slice, value: Slice): void {
    if (sizeOf(name) < 2) return;
    switch (<u32>load<u8>(dataOf(name))) {
      case 0x3a:
        if (is(name, ":path")) this.target = value;
        else if (is(name, ":method")) this.method = value;
        else if (is(name, ":scheme")) this.scheme = value;
        else if (is(name, ":authority")) this.authority = value;
        return;
      case 0x61:
        if (is(name, "authorization")) {
          this.hasAuthorization = true;
          this.isPersonal = true;
        }
        return;
      case 0x63:
        if (is(name, "cookie")) this.isPersonal = true;
        else if (is(name, "cache-control")) {
          let control = this.control;
          if (control === null) {
            control = new CacheControl();
            this.control = control;
          }
          control.add(value);
        }
        return;
      case 0x69:
        if (is(name, "if-none-match")) this.takeCondition(value);
        else if (is(name, "if-modified-since")) this.ifModifiedSince = value;
        else if (is(name, "if-match") || is(name, "if-unmodified-since") || is(name, "if-range"))
          this.isForOrigin = true;
        return;
      case 0x70:
        if (is(name, "pragma") && equalNames(value, utf8Slice("no-cache"))) this.hasPragma = true;
        return;
      case 0x72:
        if (is(name, "range")) this.isForOrigin = true;
        return;
      case 0x75:
        if (is(name, "upgrade")) this.isForOrigin = true;
        return;
      case 0x78:
        if (is(name, "x-forwarded-proto")) this.forwardedScheme = value;
    }
  }

  /** One field alone is looked into: several are the origin's to judge. */
  private takeCondition(value: Slice): void {
    if (this.ifNoneMatch != NO_HEADER) this.isForOrigin = true;
    this.ifNoneMatch = value;
  }
}

function is(name: Slice, expected: string): bool {
  return sizeOf(name) == <usize>expected.length && equalBytes(name, utf8Slice(expected));
}
