import { readdir, readFile } from "node:fs/promises";
import { usageOf } from "../envoy/usage.js";

/** Processor time of all threads of a process, in nanoseconds, and how finely the kernel counts it. */
export interface ProcessorTime {
  nanoseconds: number;
  resolution: "1 ns" | "10 ms";
}

/**
 * Linux only. The scheduler's own account where the kernel keeps it, to the nanosecond; else the clock ticks of
 * /proc/PID/stat. A thread that has ended is in the second only: what is measured does not end threads under load.
 */
export async function processorTime(pid: number): Promise<ProcessorTime> {
  try {
    const threads = await readdir(`/proc/${pid}/task`);
    const times = await Promise.all(
      threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(gone)),
    );
    const nanoseconds = times.reduce((sum, text) => sum + Number(text.split(" ")[0]), 0);
    if (nanoseconds > 0) return { nanoseconds, resolution: "1 ns" };
  } catch {
    // no schedstat in this kernel
  }
  const { cpuSeconds } = await usageOf(pid);
  return { nanoseconds: cpuSeconds * 1e9, resolution: "10 ms" };
}

/** A thread may end between the list and the reading; a kernel without the file fails for all of them. */
const gone = (): string => "0";
