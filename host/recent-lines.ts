import type { LogLine } from "./host.js";

/** How many lines of the log a host keeps. */
export const mostLines = 10_000;

/** Adds a line; where there are too many then, the oldest tenth goes. */
export function keep(lines: LogLine[], line: LogLine): void {
  lines.push(line);
  if (lines.length > mostLines) lines.splice(0, mostLines / 10);
}
