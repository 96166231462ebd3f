import { wayOut } from "../words/unnamed-clusters.js";
import type { Emit } from "./events.js";

const meanings: Record<string, string> = {
  refused: "takes no connections",
  "no address": "has a name that leads nowhere",
  "connect timeout": "takes no connections",
  timeout: "does not answer in time",
  reset: "closes the connection before it answers",
  malformed: "does not speak HTTP as it should",
};

/**
 * Says once, when the upstream begins to fail, what that means, and again when it has answered in between; and once of
 * each cluster that a plugin logs there is none of, where that is not `known`.
 */
export function hints(emit: Emit, upstream: string | null, known: readonly string[] = []): Emit {
  let told: string | undefined;
  const clusters = new Set(known);
  return (event) => {
    emit(event);
    if (event.event === "log") {
      const cluster = unknownCluster(event.message);
      if (cluster === null || clusters.has(cluster)) return;
      clusters.add(cluster);
      return emit({ event: "warning", message: `${event.plugin} calls ${cluster}, ${wayOut(cluster)}` });
    }
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

/** In the words of the SDK, of its plugins, and of the templates. */
function unknownCluster(message: string): string | null {
  const [, tried] = /^no cluster for \S+ is known to the host: tried ([^,\s]+)/.exec(message) ?? [];
  const [, named] = /\bthere is no cluster (?!for )"?([^\s",;]+)/.exec(message) ?? [];
  return tried ?? named ?? null;
}
