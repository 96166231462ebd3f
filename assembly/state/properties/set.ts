import { setProperty } from "../../abi/properties";
import { Status } from "../../abi/status";
import { select } from "../../runtime/entry";
import { unexpected } from "../../runtime/failure";
import { Slice, dataOf, sizeOf, sliceOf } from "../../runtime/slice";
import { encode } from "../../runtime/utf8";

/**
 * Sets a property of the stream whose callback runs. Envoy keeps it in its filter state as `wasm.<name>`, where other
 * filters and the access log find it (`%FILTER_STATE(wasm.name:PLAIN)%`), and other plugins as the property `name`.
 * False outside of a stream, and for one that was declared read-only and has a value.
 */
export function set(name: string, value: string): bool {
  return setSlice(name, encode(value));
}

/** As `set`, with bytes. */
export function setBytes(name: string, value: Uint8Array): bool {
  return setSlice(name, sliceOf(value));
}

function setSlice(name: string, value: Slice): bool {
  if (!select(0)) return false;
  const path = encode(name);
  const status = setProperty(dataOf(path), sizeOf(path), dataOf(value), sizeOf(value));
  if (status == Status.Ok) return true;
  if (status != Status.NotFound && status != Status.BadArgument) unexpected("proxy_set_property", status);
  return false;
}
