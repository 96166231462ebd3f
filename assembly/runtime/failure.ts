import { LogLevel } from "../abi/enums";
import { Status } from "../abi/status";
import { decimal } from "./decimal";
import { writeLog } from "./log";

/**
 * Says in the log that a hostcall answered what the ABI does not let it answer there. The caller goes on with its
 * neutral value: nothing that a host does traps the plugin.
 */
export function unexpected(hostcall: string, status: Status): void {
  writeLog(LogLevel.Critical, hostcall + " answered " + decimal(<u32>status));
}
