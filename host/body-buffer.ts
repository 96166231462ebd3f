import { concat, noBytes } from "./text.js";

/** Bytes of a body or a connection that a callback sees and may change. */
export class BodyBuffer {
  constructor(
    public bytes: Uint8Array = noBytes,
    /** Whether a callback may change it. */
    readonly isWritable = true,
  ) {}

  get length(): number {
    return this.bytes.length;
  }

  append(bytes: Uint8Array): void {
    this.bytes = this.bytes.length === 0 ? bytes : concat([this.bytes, bytes]);
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

/** What stands for a body that is not there: it is empty, and stays so. */
export const noBody = new BodyBuffer(noBytes, false);
