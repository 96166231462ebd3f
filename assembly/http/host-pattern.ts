import { Slice, copyOf, dataOf, sizeOf, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { fitsHost, isHostPattern } from "./authority";

const COLON: u32 = 0x3a;

/**
 * A pattern for hosts as configurations name them: `example.com`, `*.example.com` (any name below it, not itself),
 * `example.*`, `*`, `[::1]`. Case, ports and the dot that may end an absolute name do not count. An IPv6 address is
 * compared as text. Matching makes no garbage.
 */
@final
export class HostPattern {
  private constructor(private readonly text: Uint8Array) {}

  /** The pattern of a text; null where that is none, as for an IPv6 address without its brackets. */
  static parse(text: string): HostPattern | null {
    const given = encode(text);
    return isHostPattern(given) && !isBareAddress(given) ? new HostPattern(copyOf(given)) : null;
  }

  /** Whether an authority, as a request has it, names a host that fits. */
  fits(authority: Slice): bool {
    return fitsHost(sliceOf(this.text), authority);
  }

  /** Whether every host that fits another pattern fits this one too. */
  covers(other: HostPattern): bool {
    // A pattern is a text that fits itself and those that are wider.
    return this.fits(sliceOf(other.text));
  }
}

/** Whether a text has two colons and no brackets around them: it would fit no authority, which has them. */
function isBareAddress(text: Slice): bool {
  const end = dataOf(text) + sizeOf(text);
  let colons = 0;
  for (let at = dataOf(text); at < end; at++) {
    if (<u32>load<u8>(at) == COLON) colons += 1;
  }
  return colons > 1 && load<u8>(dataOf(text)) != 0x5b;
}
