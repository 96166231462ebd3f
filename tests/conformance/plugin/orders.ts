import { HttpContext, TimerHandler } from "as-proxy-wasm";

/** A stream that reads from its request what it is to do. */
export class OrderedStream extends HttpContext {
  /** A header of the request as text; "" without it. */
  order(name: string): string {
    const value = this.request.headers.get(name);
    return value === null ? "" : value;
  }

  /** A header of the request as a number; 0 without it. */
  orderedNumber(name: string): u32 {
    const value = this.request.headers.number(name);
    return value < 0 ? 0 : <u32>value;
  }
}

/** Lets the request of a stream go on when the time has come. */
export class ResumeLater extends TimerHandler {
  constructor(private readonly stream: HttpContext) {
    super();
  }

  onTimer(): void {
    this.stream.request.resume();
  }
}

/** Lets the response of a stream go on when the time has come. */
export class ResumeResponseLater extends TimerHandler {
  constructor(private readonly stream: HttpContext) {
    super();
  }

  onTimer(): void {
    this.stream.response.resume();
  }
}

/** The number that decimal digits are. */
export function numberOf(text: string): u64 {
  let value: u64 = 0;
  for (let i = 0; i < text.length; i++) value = value * 10 + (text.charCodeAt(i) - 0x30);
  return value;
}

/** Bytes from pairs of hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = <u8>((digit(text, 2 * i) << 4) | digit(text, 2 * i + 1));
  return bytes;
}

function digit(text: string, index: i32): i32 {
  const code = text.charCodeAt(index);
  return code >= 0x61 ? code - 0x61 + 10 : code - 0x30;
}

const DIGITS = "0123456789abcdef";

/** Pairs of hexadecimal digits for bytes. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += DIGITS.charAt(bytes[i] >> 4) + DIGITS.charAt(bytes[i] & 15);
  return text;
}

/** The bytes of a text in UTF-8. */
export function utf8(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}
