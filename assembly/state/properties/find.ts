import { hostData, hostSize } from "../../abi/out";
import { getProperty } from "../../abi/properties";
import { Status } from "../../abi/status";
import { select } from "../../runtime/entry";
import { unexpected } from "../../runtime/failure";
import { Slice, dataOf, sizeOf, slice } from "../../runtime/slice";
import { decodeSlice } from "../../runtime/utf8";

/** What `findProperty` answers where there is none. */
export const NO_PROPERTY: Slice = 0xffffffff00000000;

/** A property's bytes in host memory, or `NO_PROPERTY`; `path` has its segments separated by NUL. */
export function findProperty(path: Slice): Slice {
  if (!select(0)) return NO_PROPERTY;
  const status = getProperty(dataOf(path), sizeOf(path));
  if (status == Status.Ok) return slice(hostData(), hostSize());
  if (status != Status.NotFound && status != Status.SerializationFailure && status != Status.BadArgument) {
    unexpected("proxy_get_property", status);
  }
  return NO_PROPERTY;
}

/** A property that is text; null where there is none. */
export function propertyText(path: Slice): string | null {
  const value = findProperty(path);
  return value == NO_PROPERTY ? null : decodeSlice(value);
}
