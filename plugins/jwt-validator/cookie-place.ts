import {
  ByteBuffer,
  Headers,
  Slice,
  copyOf,
  equalBytes,
  equalNames,
  sizeOf,
  sliceOf,
  utf8Bytes,
} from "as-proxy-wasm";
import { Cookies } from "./cookies";
import { FoundTokens, TokenPlace } from "./token-places";

const COOKIE = "cookie";

/** A cookie that is a token. */
@final
export class CookiePlace extends TokenPlace {
  private readonly name: Uint8Array;

  constructor(name: string) {
    super();
    this.name = utf8Bytes(name);
  }

  find(request: Headers, found: FoundTokens): void {
    if (!request.has(COOKIE)) return;
    const cookieName = utf8Bytes(COOKIE);
    const field = request.cursor();
    while (field.next()) {
      if (!equalNames(field.nameSlice, sliceOf(cookieName))) continue;
      const cookie = new Cookies(field.valueSlice);
      while (cookie.next()) {
        if (this.isIt(cookie.name) && sizeOf(cookie.value) != 0) found.add(cookie.value, this);
      }
    }
  }

  /** Several fields become one, as HTTP allows for this one. (RFC 9113, 8.2.3) */
  remove(request: Headers): void {
    const cookieName = utf8Bytes(COOKIE);
    const rest = new ByteBuffer(256);
    const field = request.cursor();
    while (field.next()) {
      if (!equalNames(field.nameSlice, sliceOf(cookieName))) continue;
      const cookie = new Cookies(field.valueSlice);
      while (cookie.next()) {
        if (this.isIt(cookie.name) || sizeOf(cookie.text) == 0) continue;
        if (rest.size != 0) {
          rest.appendByte(0x3b);
          rest.appendByte(0x20);
        }
        rest.append(cookie.text);
      }
    }
    if (rest.size == 0) request.remove(COOKIE);
    else request.setBytes(COOKIE, copyOf(rest.view()));
  }

  private isIt(name: Slice): bool {
    return equalBytes(name, sliceOf(this.name));
  }
}
