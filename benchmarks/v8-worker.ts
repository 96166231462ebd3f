import { readFile } from "node:fs/promises";
import { PerformanceObserver } from "node:perf_hooks";
import { type Guest, guestTimes } from "../cli/measure/v8/guest-time.js";
import { Aged, withManyOpen } from "../cli/measure/v8/wear.js";
import type { V8Answer, V8Order } from "./in-v8.js";
import { messagesOf } from "./messages.js";
import { page, workload } from "./workloads.js";

/** A process for the modules of one workload: no other one's calls spoil what V8 knows of the host's. */
async function carryOut(order: V8Order): Promise<V8Answer> {
  const one = workload(order.workload);
  const messages = messagesOf(one, order.bodyBytes > 0 ? page(order.bodyBytes) : undefined);
  const configuration = Buffer.from(one.configuration ?? "{}");
  const guests = await Promise.all(
    order.modules.map(async ({ peer, file }): Promise<Guest> => {
      const module = await readFile(file);
      return { name: peer, rootId: "bench", messages, module, configuration, keepsSharedData: true };
    }),
  );
  if (order.kind === "time")
    return { times: guestTimes(guests, { rounds: order.rounds, milliseconds: order.milliseconds }) };
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ["gc"] });
  const guest = guests[0]!;
  const aged = new Aged(guest);
  aged.run(order.requests, order.milliseconds);
  await new Promise((resolve) => setTimeout(resolve, 10)); // for the observer
  const hostCollections = collections;
  const { rounds } = order;
  const requests = Math.max(20, Math.min(5000, Math.round(aged.requests / 200)));
  return {
    requests: aged.requests,
    memory: aged.memory,
    hostCollections,
    aged: aged.compare({ rounds, requests }).comparison.ratio,
    manyOpen: order.opensMany ? withManyOpen(guest, 10, 10_000, { rounds, requests }).comparison.ratio : null,
  };
}

process.on("message", (order: V8Order) => {
  carryOut(order).then(
    (answer) => process.send!(answer),
    (error: Error) => process.send!({ error: error.message }),
  );
});
process.on("disconnect", () => process.exit());
