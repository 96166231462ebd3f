import { LogLevel } from "../abi/enums";
import { Status } from "../abi/status";
import { writeLog } from "./log";

/**
 * Says in the log that a hostcall answered what the ABI does not let it answer there. The caller goes on with its
 * neutral value: nothing that a host does traps the plugin.
 */
export function unexpected(hostcall: string, status: Status): void {
  writeLog(LogLevel.Critical, hostcall + " answered " + decimal(<u32>status));
}

/** A number in decimal; smaller than the standard library's conversions. */
export function decimal(value: u64): string {
  let digits = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) digits += 1;
  const text = __new(<usize>digits << 1, idof<string>());
  while (digits > 0) {
    digits -= 1;
    store<u16>(text + (<usize>digits << 1), <u16>(0x30 + (value % 10)));
    value /= 10;
  }
  return changetype<string>(text);
}
