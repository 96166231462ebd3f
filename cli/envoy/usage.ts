import { readFile } from "node:fs/promises";

export interface ProcessUsage {
  /** Resident memory in bytes. */
  rss: number;
  /** Processor time since its start, of all threads, in seconds. */
  cpuSeconds: number;
}

/** The kernel counts processor time in hundredths of a second (USER_HZ) on every architecture Envoy is built for. */
const ticksPerSecond = 100;

/** What a process uses, read from /proc: Linux only. */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  const [status, stat] = await Promise.all([
    readFile(`/proc/${pid}/status`, "utf8"),
    readFile(`/proc/${pid}/stat`, "utf8"),
  ]);
  // The command's name stands in brackets and may hold spaces; the fields after it start with the third.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    rss: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
  };
}
