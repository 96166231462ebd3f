import { outData, outSize } from "./out";
import { Status } from "./status";

// @ts-ignore: decorator
@external("env", "proxy_get_property")
declare function proxy_get_property(path: usize, pathSize: usize, dataOut: usize, sizeOut: usize): Status;

/**
 * A property in host memory; the path's segments are separated by NUL. `NotFound` where there is none;
 * `SerializationFailure` for a value without a form of its own (null, an error, a whole group).
 */
// @ts-ignore: decorator
@inline
export function getProperty(path: usize, pathSize: usize): Status {
  return proxy_get_property(path, pathSize, outData(), outSize());
}

// @ts-ignore: decorator
@external("env", "proxy_set_property")
declare function proxy_set_property(path: usize, pathSize: usize, value: usize, valueSize: usize): Status;

/**
 * Sets a property of the stream's. Envoy keeps it in the filter state as `wasm.<path>`; nothing of its own can be set.
 * `NotFound` outside of a stream, `BadArgument` for one that is read-only.
 */
// @ts-ignore: decorator
@inline
export function setProperty(path: usize, pathSize: usize, value: usize, valueSize: usize): Status {
  return proxy_set_property(path, pathSize, value, valueSize);
}
