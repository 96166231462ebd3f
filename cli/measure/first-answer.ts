import { setTimeout as sleep } from "node:timers/promises";
import { Connection, type Target } from "./load/connection.js";

/** Asks until there is an answer, every millisecond while nobody listens; its status. Rejects when `signal` says so. */
export async function firstAnswer(target: Target, signal: AbortSignal): Promise<number> {
  for (;;) {
    signal.throwIfAborted();
    const outcome = await ask(target, signal);
    if (typeof outcome === "number") return outcome;
    await sleep(1, undefined, { signal });
  }
}

/** One request on a connection of its own: the answer's status, or why there is none. */
export function ask(target: Target, signal: AbortSignal): Promise<number | string> {
  return new Promise((resolve) => {
    const connection = new Connection(target, (_, outcome) => {
      signal.removeEventListener("abort", leave);
      connection.close();
      resolve(outcome);
    });
    const leave = () => connection.giveUp("aborted");
    signal.addEventListener("abort", leave, { once: true });
    connection.send(performance.now());
  });
}
