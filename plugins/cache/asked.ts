import { FieldBlock, NO_HEADER, Slice, copyOf, dataOf, sizeOf, sliceOf } from "as-proxy-wasm";
import { RequestHead } from "./request-head";

/** A request that went to the origin, as far as its answer depends on it: the host will not have it any more then. */
@final
export class Asked {
  readonly hasAuthorization: bool;
  readonly isPersonal: bool;
  readonly isGet: bool;
  /**
   * Whether its host is in small letters. Others get what is kept for that, but what an origin says that takes them for
   * another host must change nothing for everybody.
   */
  readonly isUsual: bool;
  /** Whether its URI had responses that vary when it was looked for. */
  hadVariants: bool = false;
  private readonly fields: Uint8Array;

  constructor(
    head: RequestHead,
    block: Slice,
    /** The key of its URI. */
    readonly low: u64,
    readonly high: u64,
    /** When it went, in milliseconds since 1970. */
    readonly time: i64,
  ) {
    this.hasAuthorization = head.hasAuthorization;
    this.isPersonal = head.isPersonal;
    this.isGet = head.isGet;
    this.isUsual = !hasCapitals(head.authority);
    this.fields = copyOf(block);
  }

  /** Its fields as a block, as they came. */
  get block(): Slice {
    return sliceOf(this.fields);
  }

  /** Its head as it came. */
  head(): RequestHead {
    return RequestHead.read(FieldBlock.cursor(this.block));
  }
}

function hasCapitals(text: Slice): bool {
  if (text == NO_HEADER) return false;
  for (let at = dataOf(text), end = at + sizeOf(text); at < end; at++) {
    if (<u32>load<u8>(at) - 0x41 < 26) return true;
  }
  return false;
}
