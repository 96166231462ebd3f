import { availableParallelism, cpus, loadavg, release, type } from "node:os";
import type { Machine } from "./result.js";

/** The machine in general terms: nothing that names it. */
export function machine(): Machine {
  return {
    processors: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    system: `${type()} ${release().split(/[-+]/)[0]}`,
    node: process.versions.node,
    load: loadavg()[0]!,
  };
}
