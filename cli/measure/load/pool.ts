import { Connection, type Outcome, type Target } from "./connection.js";

/** Milliseconds after which a request without an answer is given up. */
export const patience = 10_000;

/** The connections to one target, kept alive from one time of load to the next. */
export class Pool {
  readonly connections: Connection[];
  /** Who wants to hear what becomes of requests. */
  onOutcome: Outcome = () => {};

  constructor(target: Target, count: number) {
    const outcome: Outcome = (connection, what) => this.onOutcome(connection, what);
    this.connections = Array.from({ length: count }, () => new Connection(target, outcome));
  }

  /** Gives up what has waited for too long; returns the end of the watch. */
  watch(): () => void {
    const timer = setInterval(() => {
      const limit = performance.now() - patience;
      for (const connection of this.connections)
        if (connection.isBusy && connection.since < limit) connection.giveUp("no answer in time");
    }, 500);
    return () => clearInterval(timer);
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }
}
