import { setTimeout as sleep } from "node:timers/promises";
import type { Emit } from "./events.js";

/** For how long after a plugin was loaded its other workers may still speak, in milliseconds. */
const echoes = 300;

/**
 * A plugin is configured once a worker and twice more, and says the same each time: while one is loaded, a line is told
 * once.
 */
export function once(emit: Emit): { emit: Emit; during<T>(work: () => Promise<T>): Promise<T> } {
  let loading = 0;
  const told = new Set<string>();
  return {
    emit: (event) => {
      if (loading > 0 && event.event === "log") {
        const key = JSON.stringify(event);
        if (told.has(key)) return;
        told.add(key);
      }
      emit(event);
    },
    during: async (work) => {
      loading++;
      try {
        return await work();
      } finally {
        void sleep(echoes, null, { ref: false }).then(() => {
          if (--loading === 0) told.clear();
        });
      }
    },
  };
}
