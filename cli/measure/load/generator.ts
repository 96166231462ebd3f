import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ClosedLoop } from "./closed-loop.js";
import type { Target } from "./connection.js";
import type { FixedRate } from "./fixed-rate.js";
import type { Done, Order } from "./messages.js";
import { type LoadResult, together } from "./tally.js";

/** Load on one target. */
export interface Load {
  closedLoop(options: ClosedLoop): Promise<LoadResult>;
  fixedRate(options: FixedRate): Promise<LoadResult>;
  close(): Promise<void>;
}

type Work = Order extends infer One ? (One extends Order ? Omit<One, "id"> : never) : never;

interface Waiter {
  resolve(result: LoadResult | null): void;
  reject(error: Error): void;
}

const entry = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url),
);

/**
 * Sends load from processes of its own, so that nothing else this one does is seen in the latencies. Whoever starts one
 * stops it; it also ends with this process.
 */
export class LoadGenerator {
  private readonly waiting = new Map<number, Waiter>();
  private lastId = 0;
  private lastPool = 0;

  private constructor(private readonly workers: ChildProcess[]) {
    for (const worker of workers) {
      worker.on("message", (done: Done) => {
        const waiter = this.waiting.get(done.id);
        this.waiting.delete(done.id);
        if ("error" in done) waiter?.reject(new Error(done.error));
        else waiter?.resolve(done.result);
      });
      worker.on("error", (error) => this.fail(error));
      worker.on("exit", (code) => this.fail(new Error(`the load generator ended with ${code}`)));
    }
  }

  static start(workers = 1): LoadGenerator {
    return new LoadGenerator(
      Array.from({ length: workers }, () => fork(entry, { serialization: "advanced", stdio: "inherit" })),
    );
  }

  /** Connections to a target, divided among the processes; they are made with the first request. */
  async open(target: Target, connections: number): Promise<Load> {
    const pool = ++this.lastPool;
    const workers = this.workers.slice(0, connections);
    const share = shares(connections, workers.length);
    await this.each(workers, (index) => ({ kind: "open", pool, target, connections: share[index]! }));
    return {
      closedLoop: async (options) => {
        const requests = options.requests === undefined ? null : shares(options.requests, workers.length);
        const results = await this.each(workers, (index) => ({
          kind: "closed loop",
          pool,
          options: { ...options, ...(requests && { requests: requests[index]! }) },
        }));
        return together(results as LoadResult[]);
      },
      fixedRate: async (options) => {
        const rate = options.rate / workers.length;
        const results = await this.each(workers, () => ({
          kind: "fixed rate",
          pool,
          options: { ...options, rate },
        }));
        return together(results as LoadResult[]);
      },
      close: async () => void (await this.each(workers, () => ({ kind: "close", pool }))),
    };
  }

  async stop(): Promise<void> {
    const living = this.workers.filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
    );
    const ended = living.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
    for (const worker of living) if (worker.connected) worker.disconnect();
    await Promise.all(ended);
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private each(workers: ChildProcess[], work: (index: number) => Work): Promise<(LoadResult | null)[]> {
    return Promise.all(
      workers.map(
        (worker, index) =>
          new Promise<LoadResult | null>((resolve, reject) => {
            const id = ++this.lastId;
            this.waiting.set(id, { resolve, reject });
            worker.send({ id, ...work(index) }, (error) => {
              if (error) reject(error);
            });
          }),
      ),
    );
  }
}

/** `total` in `count` whole parts that differ by one at most. */
const shares = (total: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.floor(total / count) + (index < total % count ? 1 : 0));
