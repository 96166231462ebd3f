import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Estimate } from "../cli/measure/comparison.js";
import type { GuestTime } from "../cli/measure/v8/guest-time.js";
import type { PeerName, WorkloadName } from "./names.js";

export interface ModuleFile {
  peer: PeerName;
  file: string;
}

/** What the process for a workload is asked: to time modules beside each other, or to wear out the first of them. */
export type V8Order = { workload: WorkloadName; modules: ModuleFile[]; bodyBytes: number; rounds: number } & (
  | { kind: "time"; milliseconds: number }
  | { kind: "wear"; requests: number; milliseconds: number; opensMany: boolean }
);

export interface V8Times {
  times: GuestTime[];
}

export interface V8Wear {
  requests: number;
  memory: { requests: number; bytes: number }[];
  hostCollections: number;
  aged: Estimate;
  manyOpen: Estimate | null;
}

export type V8Answer = V8Times | V8Wear;

/** Has a process of its own do that, and ends it. Throws what it throws. */
export function inV8<T extends V8Answer>(order: V8Order): Promise<T> {
  const child = fork(fileURLToPath(new URL("v8-worker.ts", import.meta.url)), {
    serialization: "advanced",
    stdio: "inherit",
  });
  return new Promise<T>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the process for ${order.workload} ended with ${code}`)));
    child.once("message", (answer: T | { error: string }) => {
      child.disconnect();
      if ("error" in answer)
        reject(new Error(`${order.workload}, ${order.modules[0]?.peer}: ${answer.error}`));
      else resolve(answer);
    });
    child.send(order);
  });
}
