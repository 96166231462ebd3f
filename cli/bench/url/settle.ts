import { setTimeout as sleep } from "node:timers/promises";
import { WrongUse } from "../../terminal.js";
import type { Service } from "./service.js";

export interface SettleOptions {
  /** Milliseconds to wait in any case. */
  milliseconds: number;
  /** A response header that is there with the plugin only. */
  sign?: string;
  /** How long to wait for the sign beyond that; 60,000 ms without it. */
  patience?: number;
  signal: AbortSignal;
}

/** There may be several proxies: so many answers in a row have to agree. */
const inARow = 20;

/** Waits until the proxies have taken a change: for some time, and where there is a sign of it, until that is seen. */
export async function settled(service: Service, state: "on" | "off", options: SettleOptions): Promise<void> {
  const { milliseconds, sign, patience = 60_000, signal } = options;
  await sleep(milliseconds, undefined, { signal });
  if (sign === undefined) return;
  const deadline = performance.now() + patience;
  for (let agreed = 0; agreed < inARow;) {
    signal.throwIfAborted();
    const { headers } = await service.probe();
    agreed = headers.has(sign.toLowerCase()) === (state === "on") ? agreed + 1 : 0;
    if (agreed > 0) continue;
    if (performance.now() > deadline)
      throw new WrongUse(
        `The plugin was turned ${state}, and answers ${state === "on" ? "still lack" : "still have"} the header ${sign} (--sign) after ${Math.round(patience / 1000)} s.`,
      );
    await sleep(200, undefined, { signal });
  }
}
