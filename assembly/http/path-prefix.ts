import { Slice, copyOf, dataOf, sizeOf, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { Headers, NO_HEADER } from "./headers";
import { hasPathPrefix, normalizePath, withoutQuery } from "./path";

/**
 * A path prefix as configurations name it. Paths are compared on segment boundaries (`/api` has `/api/x` under it, not
 * `/apix`), without their query, as they came and normalised. Matching makes no garbage.
 */
@final
export class PathPrefix {
  private constructor(
    private readonly given: Uint8Array,
    private readonly normal: Uint8Array,
  ) {}

  /** The prefix of a text; null for one that is not a path: it begins with a slash and has no query. */
  static parse(text: string): PathPrefix | null {
    const prefix = encode(text);
    if (sizeOf(prefix) == 0 || load<u8>(dataOf(prefix)) != 0x2f) return null;
    if (sizeOf(withoutQuery(prefix)) != sizeOf(prefix)) return null;
    return new PathPrefix(copyOf(prefix), copyOf(normalizePath(prefix)));
  }

  /**
   * Whether a path lies under the prefix in one of its spellings, or, with `strict`, in all of them: what switches
   * something off must ask for all.
   */
  matches(path: Slice, strict: bool): bool {
    const asItCame = hasPathPrefix(withoutQuery(path), sliceOf(this.given));
    if (asItCame != strict) return asItCame;
    return hasPathPrefix(normalizePath(path), sliceOf(this.normal));
  }

  /** Whether a request's path lies under the prefix in one of its spellings. */
  fits(request: Headers): bool {
    const path = request.view(":path");
    return path != NO_HEADER && this.matches(path, false);
  }
}
