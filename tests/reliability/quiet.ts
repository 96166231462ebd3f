import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Proxy } from "../envoy/harness.js";

/** What of a proxy is still under way: streams, calls, contexts of the witness; nothing where all is over. */
export async function underWay(proxy: Proxy): Promise<Record<string, number>> {
  const names = "witness_contexts|_active_requests|rq_active$|rq_pending_active$";
  const stats = await proxy.envoy.admin.stats(names);
  return Object.fromEntries([...stats].filter(([name, value]) => value !== 0 && !name.includes("admin")));
}

/** Waits until nothing is under way any more, and gives what is after ten seconds. */
export async function rest(proxy: Proxy): Promise<Record<string, number>> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const open = await underWay(proxy);
    if (Object.keys(open).length === 0 || performance.now() > deadline) return open;
    await sleep(50);
  }
}

export const assertQuiet = async (proxy: Proxy): Promise<void> => assert.deepEqual(await rest(proxy), {});

/** How many there are of each, as a text. */
export function tally(all: Iterable<string | number>): string {
  const counts = new Map<string | number, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([one, count]) => `${count} times ${one}`).join(", ");
}

/** Waits until something holds; fails with `what` when it does not in time. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  seconds = 20,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `not within ${seconds} seconds: ${what}`);
    await sleep(20);
  }
}

/** Envoy's memory in bytes: by its allocator, and by the kernel, which counts the modules' memories too. */
export async function memoryOf({ envoy }: Proxy): Promise<{ allocated: number; resident: number }> {
  const { allocated } = await envoy.admin.memory();
  return { allocated, resident: (await envoy.usage()).rss };
}
