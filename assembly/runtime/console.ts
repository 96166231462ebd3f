import { LogLevel } from "../abi/enums";
import { Clock, clockTime } from "../abi/timers";
import { hostU64 } from "../abi/out";
import { decimal } from "./decimal";
import { writeLog } from "./log";

/** When each label of `console.time` began, in nanoseconds. */
// @ts-ignore: decorator
@lazy
const timers = new Map<string, u64>();

/** The standard `console`, writing to the host's log: one line a call, at the level of the method's name. */
// @ts-ignore: decorator
@global
export namespace proxyConsole {
  /** Writes an error when the condition is false; does not trap. */
  export function assert<T>(condition: T, message: string = ""): void {
    if (!condition) writeLog(LogLevel.Error, "Assertion failed: " + message);
  }
  /** As `info`. */
  export function log(message: string = ""): void {
    writeLog(LogLevel.Info, message);
  }
  export function debug(message: string = ""): void {
    writeLog(LogLevel.Debug, message);
  }
  export function info(message: string = ""): void {
    writeLog(LogLevel.Info, message);
  }
  export function warn(message: string = ""): void {
    writeLog(LogLevel.Warn, message);
  }
  export function error(message: string = ""): void {
    writeLog(LogLevel.Error, message);
  }
  /** Starts the clock of a label. */
  export function time(label: string = "default"): void {
    timers.set(label, now());
  }
  /** Writes the time since `time` of the same label, at info. */
  export function timeLog(label: string = "default"): void {
    if (!timers.has(label)) {
      writeLog(LogLevel.Warn, "No such label: " + label);
      return;
    }
    writeLog(LogLevel.Info, label + ": " + decimal((now() - timers.get(label)) / 1000) + "us");
  }
  /** As `timeLog`, and forgets the label. */
  export function timeEnd(label: string = "default"): void {
    timeLog(label);
    timers.delete(label);
  }
}

function now(): u64 {
  return clockTime(Clock.Monotonic) == 0 ? hostU64() : 0;
}
