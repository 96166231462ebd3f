import { outData, outSize } from "./out";
import { Status } from "./status";

// @ts-ignore: decorator
@external("env", "proxy_set_effective_context")
declare function proxy_set_effective_context(context: u32): Status;

/** Makes the following hostcalls act on another context. `BadArgument` when it is gone. */
// @ts-ignore: decorator
@inline
export function setEffectiveContext(context: u32): Status {
  return proxy_set_effective_context(context);
}

// @ts-ignore: decorator
@external("env", "proxy_done")
declare function proxy_done(): Status;

/** Ends a root context whose `proxy_on_done` answered false. `NotFound` when it did not. */
// @ts-ignore: decorator
@inline
export function done(): Status {
  return proxy_done();
}

// @ts-ignore: decorator
@external("env", "proxy_get_status")
declare function proxy_get_status(codeOut: usize, dataOut: usize, sizeOut: usize): Status;

/** Where `getStatus` has the host write the code, for its message takes the usual place. */
const CODE = memory.data(4);

/** The code of the last call that ended, and its message in host memory. */
// @ts-ignore: decorator
@inline
export function getStatus(): Status {
  return proxy_get_status(CODE, outData(), outSize());
}

/** The code that `getStatus` gave: of a gRPC call its status, 0 to 16. */
// @ts-ignore: decorator
@inline
export function hostStatusCode(): u32 {
  return load<u32>(CODE);
}
