import { Body, ByteBuffer, Slice, dataOf, sizeOf, slice } from "as-proxy-wasm";

/** Of a body over the limit this much is kept, in bytes. */
const FIRST_BYTES: usize = 256;

/** A body as it went by, put together from its pieces: all of it up to a limit, its first bytes beyond that. */
@final
export class BodyCopy {
  /** The size of the body so far. */
  size: u32 = 0;
  /** Whether the host holds what came, so that the next callback sees it again. */
  held: bool = false;
  private readonly kept: ByteBuffer = new ByteBuffer(0);

  constructor(private readonly limit: u32) {}

  /** Whether the body is over the limit. */
  get cut(): bool {
    return this.size > this.limit;
  }

  /** Takes what a body callback sees, `size` bytes: what just came, at the end of all that is held. */
  take(body: Body, size: u32): void {
    const known = this.held ? min(this.size, size) : 0;
    const wasCut = this.cut;
    this.size += size - known;
    if (wasCut) return;
    const wanted = this.cut ? <u32>FIRST_BYTES - min(<u32>this.kept.size, <u32>FIRST_BYTES) : size - known;
    this.kept.append(body.view(known, wanted));
  }

  /** The body, or of one that is over the limit its first bytes. */
  view(): Slice {
    const all = this.kept.view();
    return this.cut ? slice(dataOf(all), min(sizeOf(all), FIRST_BYTES)) : all;
  }
}
