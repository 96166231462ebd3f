import type { Emit } from "./events.js";

const meanings: Record<string, string> = {
  refused: "takes no connections",
  "no address": "has a name that leads nowhere",
  "connect timeout": "takes no connections",
  timeout: "does not answer in time",
  reset: "closes the connection before it answers",
  malformed: "does not speak HTTP as it should",
};

/** Says once, when the upstream begins to fail, what that means; again when it has answered in between. */
export function hints(emit: Emit, upstream: string | null): Emit {
  let told: string | undefined;
  return (event) => {
    emit(event);
    if (event.event !== "diff" || upstream === null || event.failure === told) return;
    if (event.failure === undefined && event.status < 500) told = undefined;
    if (event.failure === undefined) return;
    told = event.failure;
    const meaning = meanings[event.failure] ?? event.failure;
    emit({
      event: "warning",
      message: `the upstream ${upstream} ${meaning}: is it running, and is --upstream right?`,
    });
  };
}
