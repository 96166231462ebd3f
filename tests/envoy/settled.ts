import { setTimeout as sleep } from "node:timers/promises";

/**
 * Comes back when what Envoy has logged until now is read. Of a request that was answered it lies in the pipe already,
 * but this process may have read the answer first.
 */
export const settled = (): Promise<void> => sleep(20);
