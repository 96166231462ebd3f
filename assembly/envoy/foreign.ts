import { callForeignFunction } from "../abi/foreign";
import { hostData, hostSize } from "../abi/out";
import { Status } from "../abi/status";
import { select } from "../runtime/entry";
import { copyOf, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";

/** What a function of the host's answered. */
@final
export class ForeignResult {
  constructor(
    /** `Ok`, `NotFound` where the host has no such function, or what the function says. */
    readonly status: Status,
    /** The result; what it means is the function's affair. Empty where there is none. */
    readonly bytes: Uint8Array,
  ) {}

  get ok(): bool {
    return this.status == Status.Ok;
  }

  /** Whether the host has the function at all; some of Envoy's also say so of what they were asked about. */
  get exists(): bool {
    return this.status != Status.NotFound && this.status != Status.Unimplemented;
  }
}

/**
 * Calls a function that the host has beyond the ABI, by its name. A function that it does not have is a normal answer:
 * `exists` is false. Envoy's own have typed functions in this folder. (ABI 0.2.1, `proxy_call_foreign_function`)
 */
export function callForeign(name: string, args: Uint8Array): ForeignResult {
  if (!select(0)) return new ForeignResult(Status.BadArgument, new Uint8Array(0));
  const bytes = encode(name);
  const given = sliceOf(args);
  const status = callForeignFunction(dataOf(bytes), sizeOf(bytes), dataOf(given), sizeOf(given));
  return new ForeignResult(status, copyOf(slice(hostData(), hostSize())));
}
