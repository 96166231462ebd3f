import type { Connection } from "./connection.js";
import type { Expected } from "./expected.js";
import type { Pool } from "./pool.js";
import { type LoadResult, Tally } from "./tally.js";

export interface ClosedLoop {
  /** When it ends: after so many milliseconds ... */
  milliseconds?: number;
  /** ... or so many requests. */
  requests?: number;
  expected: Expected;
}

/** So many failures one after the other end it: there is nothing to measure. */
const hopeless = 200;

/** Every connection asks again as soon as it has its answer: as fast as the server goes. */
export function closedLoop(pool: Pool, options: ClosedLoop): Promise<LoadResult> {
  const { connections } = pool;
  return new Promise((resolve) => {
    const unwatch = pool.watch();
    const tally = new Tally(options.expected);
    const start = performance.now();
    const deadline = start + (options.milliseconds ?? Infinity);
    let toSend = options.requests ?? Infinity;
    let underWay = 0;
    let inARow = 0;
    const next = (connection: Connection, now: number) => {
      if (toSend <= 0 || now >= deadline || inARow >= hopeless) return;
      toSend--;
      underWay++;
      connection.send(now);
    };
    pool.onOutcome = (connection, outcome) => {
      const now = performance.now();
      const since = connection.since;
      connection.since = 0;
      underWay--;
      if (typeof outcome === "number") {
        inARow = 0;
        tally.answer(outcome, now - since, now);
        next(connection, now);
      } else {
        inARow++;
        tally.failure(outcome, now);
        // What cannot be reached is not asked at full speed.
        underWay++;
        setTimeout(() => {
          underWay--;
          next(connection, performance.now());
          finish();
        }, 10);
      }
      finish();
    };
    const finish = () => {
      if (underWay > 0) return;
      unwatch();
      pool.onOutcome = () => {};
      resolve(tally.result);
    };
    for (const connection of connections) next(connection, performance.now());
    finish();
  });
}
