import { readFile } from "node:fs/promises";
import type { Envoy } from "../envoy/process.js";

/** What an Envoy holds, in bytes. */
export interface Memory {
  /** Resident: what it takes of the machine, pages shared with other processes among it. */
  resident: number;
  /** The same, with each shared page divided among those who share it: what one more such process costs. */
  proportional: number;
  /** What its allocator has handed out: modules' memories are not in it. */
  allocated: number;
}

/** Linux only. */
export async function memoryOf(envoy: Envoy): Promise<Memory> {
  const [rollup, { allocated }] = await Promise.all([
    readFile(`/proc/${envoy.pid}/smaps_rollup`, "utf8"),
    envoy.admin.memory(),
  ]);
  const bytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(rollup)?.[1] ?? NaN) * 1024;
  return { resident: bytes("Rss"), proportional: bytes("Pss"), allocated };
}
