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
