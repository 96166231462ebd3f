import { concat, noBytes } from "./text.js";

/** Bytes of a body or a connection that a callback sees and may change. */
export class BodyBuffer {
  bytes: Uint8Array = noBytes;

  append(bytes: Uint8Array): void {
    this.bytes = concat([this.bytes, bytes]);
  }

  /** All that is held, which is then held no more. */
  take(): Uint8Array {
    const taken = this.bytes;
    this.bytes = noBytes;
    return taken;
  }

  /**
   * Envoy's way to write: from the front (dropping `size` bytes first), or behind the end; false for anything else.
   * (Envoy, `Buffer::copyFrom`)
   */
  write(start: number, size: number, data: Uint8Array): boolean {
    if (start === 0) {
      this.bytes = concat([data, this.bytes.subarray(Math.min(size, this.bytes.length))]);
      return true;
    }
    if (start < this.bytes.length) return false;
    this.append(data);
    return true;
  }
}
