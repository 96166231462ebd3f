import { closedLoop } from "./closed-loop.js";
import { fixedRate } from "./fixed-rate.js";
import type { Done, Order } from "./messages.js";
import { Pool } from "./pool.js";
import type { LoadResult } from "./tally.js";

/** A process of the load generator: it does what it is told, and ends with the one that started it. */
const pools = new Map<number, Pool>();

async function carryOut(order: Order): Promise<LoadResult | null> {
  if (order.kind === "open") {
    pools.set(order.pool, new Pool(order.target, order.connections));
    return null;
  }
  const pool = pools.get(order.pool);
  if (pool === undefined) throw new Error(`no pool ${order.pool}`);
  if (order.kind === "closed loop") return closedLoop(pool, order.options);
  if (order.kind === "fixed rate") return fixedRate(pool, order.options);
  pool.close();
  pools.delete(order.pool);
  return null;
}

const answer = (done: Done) => void process.send?.(done);

process.on("message", (order: Order) => {
  carryOut(order).then(
    (result) => answer({ id: order.id, result }),
    (error: Error) => answer({ id: order.id, error: error.message }),
  );
});
process.on("disconnect", () => process.exit());
// Ctrl-C reaches every process of the terminal: this one ends when the one that started it has done its work.
process.on("SIGINT", () => {});
