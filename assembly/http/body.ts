import { BufferType } from "../abi/enums";
import { getBufferBytes, getBufferStatus, setBufferBytes } from "../abi/buffers";
import { hostData, hostSize, hostU32 } from "../abi/out";
import { Status } from "../abi/status";
import { currentContext, select } from "../runtime/entry";
import { unexpected } from "../runtime/failure";
import { isShadowed, noteShadowed } from "../runtime/shadow";
import { Slice, copyOf, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { decodeSlice, encode } from "../runtime/utf8";

/** As much as there is. */
const ALL: u32 = 0x7fffffff;

/**
 * The part of a message's body that the host holds: in a body callback the bytes that just came, or, once a callback
 * has answered `Pause`, all that came since. Elsewhere it is empty and cannot be changed.
 *
 * A change of the length makes `content-length` wrong: remove that header in the headers callback.
 *
 * A body that outgrows the host's buffer limit (1 MiB unless configured) is answered for by the host: a request with
 * 413, a response with 500 or, when its headers have gone on, by cutting it off. The context can end within the call;
 * what the plugin does to it after that has no effect.
 */
@final
export class Body {
  /** For the SDK: `context` is 0 for the body of whichever context's callback runs. */
  constructor(
    private buffer: BufferType,
    private context: u32,
  ) {}

  /** The number of bytes held. */
  get size(): u32 {
    if (!select(this.context)) return 0;
    const status = getBufferStatus(this.buffer);
    if (status == Status.Ok) return hostU32();
    if (status != Status.NotFound && status != Status.BadArgument)
      unexpected("proxy_get_buffer_status", status);
    return 0;
  }

  /** A copy of at most `length` bytes from `start` on; shorter or empty where the body ends before. */
  bytes(start: u32 = 0, length: u32 = ALL): Uint8Array {
    return copyOf(this.view(start, length));
  }

  /** As `bytes`, as text. Bytes that are not UTF-8 become U+FFFD, those of a character cut in two as well. */
  text(start: u32 = 0, length: u32 = ALL): string {
    return decodeSlice(this.view(start, length));
  }

  /** As `bytes`, without a copy: the slice lies in host memory and ends with the callback. */
  view(start: u32 = 0, length: u32 = ALL): Slice {
    if (start > ALL || !select(this.context)) return 0;
    const status = getBufferBytes(this.buffer, start, min(length, ALL - start));
    if (status == Status.Ok) return slice(hostData(), hostSize());
    if (status != Status.NotFound && status != Status.BadArgument)
      unexpected("proxy_get_buffer_bytes", status);
    return 0;
  }

  /** Puts text in the place of all that is held. */
  set(text: string): void {
    this.write(0, this.size, encode(text));
  }

  /** Puts bytes in the place of all that is held. */
  setBytes(bytes: Uint8Array): void {
    this.write(0, this.size, sliceOf(bytes));
  }

  /** As `setBytes`, for bytes that need not be an array's: the host copies them. */
  setSlice(bytes: Slice): void {
    this.write(0, this.size, bytes);
  }

  /** Puts text behind what is held. */
  append(text: string): void {
    this.write(ALL, 0, encode(text));
  }

  /** Puts bytes behind what is held. */
  appendBytes(bytes: Uint8Array): void {
    this.write(ALL, 0, sliceOf(bytes));
  }

  /** Puts text before what is held. */
  prepend(text: string): void {
    this.write(0, 0, encode(text));
  }

  /** Puts bytes before what is held. */
  prependBytes(bytes: Uint8Array): void {
    this.write(0, 0, sliceOf(bytes));
  }

  /** Drops the first `length` bytes, at most all. */
  drain(length: u32): void {
    this.write(0, min(length, this.size), 0);
  }

  private write(start: u32, size: u32, bytes: Slice): void {
    if (!select(this.context)) return;
    if (isShadowed()) return noteShadowed("change", "the body");
    const status = setBufferBytes(this.buffer, start, size, dataOf(bytes), sizeOf(bytes));
    if (status != Status.Ok) unexpected("proxy_set_buffer_bytes", status);
  }
}

// @ts-ignore: decorator
@lazy
const requestBody = new Body(BufferType.HttpRequestBody, 0);
// @ts-ignore: decorator
@lazy
const responseBody = new Body(BufferType.HttpResponseBody, 0);

/** A context's request body: one object for whichever context is current, else one of its own. */
export function requestBodyOf(context: u32): Body {
  return context == 0 || context == currentContext()
    ? requestBody
    : new Body(BufferType.HttpRequestBody, context);
}

/** As `requestBodyOf`, for the response. */
export function responseBodyOf(context: u32): Body {
  return context == 0 || context == currentContext()
    ? responseBody
    : new Body(BufferType.HttpResponseBody, context);
}
