import { LogLevel } from "../abi/enums";
import { writeLog } from "./log";

/**
 * Shadow mode (`shadow: true` in a plugin's configuration): what a plugin would change is logged and not done, so
 * that its decisions can be watched on live traffic first.
 */
let shadowed: bool = false;

/** Switches shadow mode on or off for the callback that runs. */
export function setShadowed(on: bool): void {
  shadowed = on;
}

/** Whether changes are to be logged instead of made. */
// @ts-ignore: decorator
@inline
export function isShadowed(): bool {
  return shadowed;
}

/** Logs a change that was not made: what would be done, and to what. */
export function noteShadowed(change: string, subject: string): void {
  writeLog(LogLevel.Info, "shadow: would " + change + " " + subject);
}
