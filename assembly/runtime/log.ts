import { LogLevel } from "../abi/enums";
import { getLogLevel, log as writeToHost } from "../abi/log";
import { hostU32 } from "../abi/out";
import { Status } from "../abi/status";
import { unexpected } from "./failure";
import { dataOf, sizeOf } from "./slice";
import { encode } from "./utf8";

/** What a plugin's `log_level` says: no text below it is written. -1 where it says nothing. */
let threshold: i32 = -1;

/** Sets the level below which nothing is written; -1 leaves it to the host's own level. */
export function setLogThreshold(level: i32): void {
  threshold = level;
}

/** Writes one line to the host's log. */
export function writeLog(level: LogLevel, text: string): void {
  if (<i32>level < threshold) return;
  const bytes = encode(text);
  writeToHost(level, dataOf(bytes), sizeOf(bytes));
}

/** Writes why a configuration is refused, at `error` whatever the plugin's level: else nobody would learn it. */
export function writeRefusal(text: string): void {
  const level = threshold;
  threshold = -1;
  writeLog(LogLevel.Error, text);
  threshold = level;
}

/** Whether a line of this level would be written: the plugin's own level and the host's both let it pass. */
export function wouldLog(level: LogLevel): bool {
  if (<i32>level < threshold) return false;
  const status = getLogLevel();
  if (status == Status.Ok) return level >= <LogLevel>hostU32();
  unexpected("proxy_get_log_level", status);
  return true;
}

/**
 * The host's log. A line is written when its level reaches both the plugin's `log_level` (where its configuration
 * has one) and the host's own level for Wasm (Envoy: `--component-log-level wasm:debug`, or the admin page's
 * `/logging?wasm=debug`). A text that is costly to build deserves a look at `log.has(level)` first.
 */
export namespace log {
  /** Whether a line of this level would be written now. Costs a hostcall, except below the plugin's `log_level`. */
  export function has(level: LogLevel): bool {
    return wouldLog(level);
  }
  export function trace(text: string): void {
    writeLog(LogLevel.Trace, text);
  }
  export function debug(text: string): void {
    writeLog(LogLevel.Debug, text);
  }
  export function info(text: string): void {
    writeLog(LogLevel.Info, text);
  }
  export function warn(text: string): void {
    writeLog(LogLevel.Warn, text);
  }
  export function error(text: string): void {
    writeLog(LogLevel.Error, text);
  }
  export function critical(text: string): void {
    writeLog(LogLevel.Critical, text);
  }
}
