import type { Connection } from "./connection.js";
import type { Expected } from "./expected.js";
import type { Pool } from "./pool.js";
import { type LoadResult, Tally } from "./tally.js";

export interface FixedRate {
  /** Requests a second. */
  rate: number;
  milliseconds: number;
  expected: Expected;
}

/** What is due sooner than this is waited for without sleeping, since timers are that coarse. */
const timerGrain = 2;

/**
 * Requests leave when they are due, whether earlier ones were answered or not, and their latency counts from when they
 * were due: time in which no connection was free counts as well (no coordinated omission). What has not left after twice
 * the time does not leave: the server does not reach the rate.
 */
export function fixedRate(pool: Pool, options: FixedRate): Promise<LoadResult> {
  const { rate, milliseconds, expected } = options;
  let total = Math.max(1, Math.round((rate * milliseconds) / 1000));
  const gap = 1000 / rate;
  return new Promise((resolve) => {
    const unwatch = pool.watch();
    const tally = new Tally(expected);
    const free: Connection[] = pool.connections.filter(({ isBusy }) => !isBusy);
    const start = performance.now() + 1;
    const latest = start + 2 * milliseconds;
    const due = (index: number) => start + index * gap;
    /** The next request that is to leave: those before it have. */
    let next = 0;
    let answered = 0;
    const finish = () => {
      unwatch();
      pool.onOutcome = () => {};
      resolve(tally.result);
    };
    pool.onOutcome = (connection, outcome) => {
      const now = performance.now();
      const latency = now - connection.since;
      connection.since = 0;
      answered++;
      if (typeof outcome === "number") tally.answer(outcome, latency, now);
      else tally.failure(outcome, now);
      if (next < total && due(next) <= now) connection.send(due(next++));
      else free.push(connection);
      if (answered === total) finish();
    };
    const leave = () => {
      const now = performance.now();
      if (now > latest) {
        tally.giveUp(total - next);
        total = next;
        if (answered === total) return finish();
      }
      while (next < total && due(next) <= now && free.length > 0) {
        tally.late(now - due(next));
        free.pop()!.send(due(next++));
      }
      if (next >= total) return;
      const wait = Math.max(due(next), 0) - performance.now();
      if (wait > timerGrain) setTimeout(leave, wait - timerGrain + 1);
      else setImmediate(leave);
    };
    leave();
  });
}
