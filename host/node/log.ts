import { LogLevel } from "../index.js";
import type { LogEntry } from "./options.js";

/** How many lines are kept; the oldest go first. */
const most = 10_000;

/** What plugins logged, as much as is kept. */
export class ProxyLog {
  readonly entries: LogEntry[] = [];

  constructor(private readonly listener: ((entry: LogEntry) => void) | undefined) {}

  add(worker: number, plugin: string, level: LogLevel, message: string): void {
    const entry = { time: new Date(), worker, plugin, level, message };
    this.entries.push(entry);
    if (this.entries.length > most) this.entries.splice(0, most / 10);
    this.listener?.(entry);
  }
}

const names: Record<LogLevel, string> = {
  [LogLevel.Trace]: "trace",
  [LogLevel.Debug]: "debug",
  [LogLevel.Info]: "info",
  [LogLevel.Warn]: "warning",
  [LogLevel.Error]: "error",
  [LogLevel.Critical]: "critical",
};

/** A line as it stands in Envoy's log; the worker's number is in the place of the thread's. */
export function logLine({ time, worker, plugin, level, message }: LogEntry): string {
  const stamp = time.toISOString().replace("T", " ").replace("Z", "");
  return `[${stamp}][${worker}][${names[level]}][wasm] wasm log ${plugin}: ${message}`;
}
