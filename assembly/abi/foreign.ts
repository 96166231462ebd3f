import { outData, outSize } from "./out";
import { Status } from "./status";

// @ts-ignore: decorator
@external("env", "proxy_call_foreign_function")
declare function proxy_call_foreign_function(
  name: usize,
  nameSize: usize,
  args: usize,
  argsSize: usize,
  dataOut: usize,
  sizeOut: usize,
): Status;

/**
 * Calls a function of the host's own by its name. `NotFound` when the host does not have it; the other statuses are the
 * function's. A result is given whatever the status.
 */
// @ts-ignore: decorator
@inline
export function callForeignFunction(name: usize, nameSize: usize, args: usize, argsSize: usize): Status {
  store<usize>(outData(), 0);
  store<usize>(outSize(), 0);
  return proxy_call_foreign_function(name, nameSize, args, argsSize, outData(), outSize());
}

// @ts-ignore: decorator
@external("env", "envoy_resolve_dns")
declare function envoy_resolve_dns(name: usize, nameSize: usize, tokenOut: usize): Status;

/** Envoy only: asks for a name's addresses; `hostU32()` is the number that `envoy_on_resolve_dns` will name. */
// @ts-ignore: decorator
@inline
export function resolveDns(name: usize, nameSize: usize): Status {
  return envoy_resolve_dns(name, nameSize, outData());
}
