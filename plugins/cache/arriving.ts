import { ByteBuffer, Slice } from "as-proxy-wasm";
import { EntryDraft } from "./entry";

/** A response that is to be kept once its body is here: its entry, as far as it has come. */
@final
export class Arriving {
  constructor(
    readonly draft: EntryDraft,
    /** What it varies by, with what all do, separated by commas. */
    readonly names: string,
    /** Whether it says itself that it varies. */
    readonly saysVary: bool,
    /** Until when it is to be kept, in seconds since 1970. */
    readonly until: i64,
    /** How long its body says that it is; -1 where it does not. */
    private readonly contentLength: i64,
    readonly fieldsSize: usize,
    private readonly entry: ByteBuffer,
  ) {
    this.headSize = entry.size;
  }

  private readonly headSize: usize;

  /** Adds a part of the body. */
  append(bytes: Slice): void {
    this.entry.append(bytes);
  }

  /** Whether more came than is kept. */
  get isTooLong(): bool {
    return this.entry.overflowed;
  }

  /** Whether what is here is as long as it says. */
  get isWhole(): bool {
    return this.contentLength < 0 || this.contentLength == <i64>(this.entry.size - this.headSize);
  }

  /** The entry, under the key that its draft has. */
  finish(): Slice {
    return this.draft.finish(this.entry, this.fieldsSize);
  }
}
