import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { Headers, NO_HEADER } from "./headers";
import { withoutQuery } from "./path";

/**
 * The path of a request as it came, without query and fragment, and without the `http://host` of a target in absolute
 * form (RFC 9112, 3.2.2). `/` for a request that has none, as CONNECT. It ends with the callback; `normalizePath` makes
 * of it what a server may take it for.
 */
export function requestPath(request: Headers): Slice {
  const target = request.view(":path");
  return target == NO_HEADER ? encode("/") : withoutOrigin(withoutQuery(target));
}

/** A target without its scheme and authority, where it has them. */
export function withoutOrigin(target: Slice): Slice {
  const end = dataOf(target) + sizeOf(target);
  let at = dataOf(target);
  // What begins with a slash has no scheme, whatever comes later.
  while (at < end && load<u8>(at) != 0x2f && load<u8>(at) != 0x3a) at += 1;
  if (at + 3 > end || load<u8>(at) != 0x3a || load<u16>(at, 1) != 0x2f2f) return target;
  at += 3;
  while (at < end && load<u8>(at) != 0x2f) at += 1;
  return at < end ? slice(at, end - at) : encode("/");
}
