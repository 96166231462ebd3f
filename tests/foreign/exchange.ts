import type { FieldsToSend } from "../../cli/headers.js";
import { flat } from "../../cli/headers.js";
import type { SeenRequest } from "../../cli/upstream.js";

/** A request of a client. */
export interface Asked {
  path: string;
  method?: string;
  headers?: [string, string][];
  body?: string | string[];
  trailers?: [string, string][];
}

/** All that can be seen of a request from outside of the module. */
export interface Seen {
  client: Message & { status: number };
  /** What the upstream got, and what the service `good`. */
  upstream: AskedOf[];
  service: AskedOf[];
  /** What the module logged, but for its ticks. */
  log: string[];
}

interface Message {
  headers: string[];
  body: string;
  trailers: string[];
}

type AskedOf = Message & { method: string; path: string };

/** What hosts and HTTP libraries add by themselves. That theirs is the same is the subject of other tests. */
const notOfModules = new Set([
  ...["connection", "date", "keep-alive", "server", "trailer", "transfer-encoding"],
  ...["x-envoy-expected-rq-timeout-ms", "x-envoy-internal", "x-envoy-upstream-service-time"],
  ...["x-forwarded-for", "x-forwarded-proto", "x-request-id"],
]);

/** Fields as lines, by name; those of one name in their order. */
export function lines(fields: Iterable<readonly [string, string]>): string[] {
  const own = [...fields].filter(
    ([name, value]) => !notOfModules.has(name.toLowerCase()) && !(name === "content-length" && value === "0"),
  );
  const byName = own.map(([name, value]) => [name.toLowerCase(), value] as const);
  return byName.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([name, value]) => `${name}: ${value}`);
}

export const seenBy = ({ method, path, headers, body, trailers }: SeenRequest): AskedOf => ({
  method,
  path,
  headers: lines(headers),
  body: body.toString(),
  trailers: lines(trailers),
});

export const pairsOf = (fields: FieldsToSend = []): [string, string][] => {
  const raw = flat(fields);
  return raw.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, raw[i + 1]!]] : []));
};

/** What was logged since; ticks come when they come, and queues are looked at between other callbacks. */
export function logged(all: readonly string[]): string[] {
  const lines = all.filter((line) => !isTick(line));
  return [
    ...lines.filter((line) => !line.startsWith("info queue")),
    ...lines.filter((line) => line.startsWith("info queue")),
  ];
}

export const isTick = (line: string): boolean => line.startsWith("info tick ");
