import { FieldBlock, Slice, copyOf, sliceOf } from "as-proxy-wasm";
import { RequestHead } from "./request-head";

/** A request that went to the origin, as far as its answer depends on it: the host will not have it any more then. */
@final
export class Asked {
  readonly hasAuthorization: bool;
  readonly isPersonal: bool;
  readonly isGet: bool;
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
