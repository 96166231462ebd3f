import type { RequestToSend } from "../../../cli/scenarios/scenario.js";
import type { SeenRequest } from "../../../cli/upstream.js";
import { normalised } from "./normalise.js";
import { fieldsLine } from "./recording.js";

/** What a client has that got no whole answer. What it got meanwhile it may have seen or not. */
export const brokenOff = ({ leaves_after_ms: left }: RequestToSend): string[] =>
  left === undefined ? ["client: broken off"] : [];

/** What a client got, as lines. */
export function clientLines(got: {
  status: number;
  headers: Iterable<[string, string]>;
  body: Uint8Array;
  trailers: Iterable<[string, string]>;
}): string[] {
  // HTTP says nothing of the order of fields with different names, and connections are the stages' own.
  const fields = [...got.headers].filter(
    ([name]) => !/^(connection|transfer-encoding|keep-alive)$/i.test(name),
  );
  return [
    `client: ${got.status}`,
    ...sorted(fields).map((line) => `client: ${line}`),
    `client: ${bodyLine(got.body)}`,
    ...sorted([...got.trailers]).map((line) => `client: trailer ${line}`),
  ].map(normalised);
}

/** Requests as the upstream saw them, as lines; those that were under way at once in the order of these. */
export function allUpstreamLines(seen: readonly SeenRequest[]): string[] {
  const blocks = seen.map((request) => upstreamLines(request));
  return blocks.sort((a, b) => (a.join("\n") < b.join("\n") ? -1 : 1)).flat();
}

/** A request as the upstream saw it, as lines. */
function upstreamLines({ method, path, headers, body, trailers }: SeenRequest): string[] {
  const fields = [...headers].filter(([name]) => !/^(connection|transfer-encoding|host)$/i.test(name));
  return [
    `upstream: ${method} ${path}`,
    ...sorted(fields).map((line) => `upstream: ${line}`),
    `upstream: ${bodyLine(body)}`,
    ...sorted([...trailers]).map((line) => `upstream: trailer ${line}`),
  ].map(normalised);
}

const timely = /^x-(now|host-time|date|random|start)$/;

const sorted = (fields: [string, string][]): string[] =>
  fields
    .map(([name, value]): [string, string] => [name, timely.test(name) ? "<time>" : value])
    .map((field) => fieldsLine([field]).replace(/^(x-envoy-upstream-service-time): \d+/, "$1: <ms>"))
    .sort();

const bodyLine = (body: Uint8Array): string => {
  const text = Buffer.from(body).toString();
  return text.length > 200 ? `a body of ${body.length} bytes` : `body ${JSON.stringify(text)}`;
};
