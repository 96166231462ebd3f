import { LogLevel } from "./enums";
import { outData } from "./out";
import { Status } from "./status";

// @ts-ignore: decorator
@external("env", "proxy_log")
declare function proxy_log(level: LogLevel, message: usize, messageSize: usize): Status;

/** Writes a line to the host's log. `BadArgument` for a level that does not exist. */
// @ts-ignore: decorator
@inline
export function log(level: LogLevel, message: usize, messageSize: usize): Status {
  return proxy_log(level, message, messageSize);
}

// @ts-ignore: decorator
@external("env", "proxy_get_log_level")
declare function proxy_get_log_level(levelOut: usize): Status;

/** The host's own level for Wasm, read with `hostU32()`. */
// @ts-ignore: decorator
@inline
export function getLogLevel(): Status {
  return proxy_get_log_level(outData());
}
