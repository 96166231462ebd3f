import { LogLevel } from "../abi/enums";
import { writeLog } from "./log";
import { decimal } from "./decimal";

let aborting: bool = false;

/**
 * What asc calls before a trap: writes one line to the host's log. The trap itself follows, for asc puts it behind
 * every call of `abort`, and it ends the VM for all streams of its worker.
 */
// @ts-ignore: decorator
@global
export function proxyAbort(
  message: string | null = null,
  file: string | null = null,
  line: u32 = 0,
  column: u32 = 0,
): void {
  // Without memory for the text there is no line.
  if (aborting) unreachable();
  aborting = true;
  let text = "abort: ";
  text += message !== null ? message : "(no message)";
  if (file !== null) text += " in " + file + ":" + decimal(line) + ":" + decimal(column);
  writeLog(LogLevel.Critical, text);
  unreachable();
}

/** AssemblyScript's `trace`: the message and up to five numbers as one line at level trace. */
// @ts-ignore: decorator
@global
export function proxyTrace(
  message: string,
  count: i32 = 0,
  a: f64 = 0,
  b: f64 = 0,
  c: f64 = 0,
  d: f64 = 0,
  e: f64 = 0,
): void {
  let text = message;
  if (count > 0) text += " " + a.toString();
  if (count > 1) text += " " + b.toString();
  if (count > 2) text += " " + c.toString();
  if (count > 3) text += " " + d.toString();
  if (count > 4) text += " " + e.toString();
  writeLog(LogLevel.Trace, text);
}
