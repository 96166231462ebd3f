import type { IncomingMessage } from "node:http";
import { type HeaderList, HeaderMap, type HttpCall, type HttpOutcome } from "../index.js";
import { concat } from "../text.js";
import { outgoingRequest, responseFields, trailerFields } from "./fields.js";
import { type ConnectionPool, type Failure, UpstreamRequest } from "./upstream-request.js";

const outcomes: Record<Failure, HttpOutcome> = {
  refused: "refused",
  "connect timeout": "refused",
  timeout: "timeout",
  reset: "reset",
  malformed: "reset",
};

/** What plugins ask services goes to the URL of the cluster; undefined for a cluster that has none. */
export function makeHttpCalls(
  clusters: ReadonlyMap<string, URL>,
  pool: ConnectionPool,
  connectTimeout: number,
): (call: HttpCall) => Promise<HttpOutcome> | undefined {
  return (call) => {
    const target = clusters.get(call.cluster);
    return target && makeCall(call, target, pool, connectTimeout);
  };
}

function makeCall(
  call: HttpCall,
  target: URL,
  pool: ConnectionPool,
  connectTimeout: number,
): Promise<HttpOutcome> {
  const started = performance.now();
  const chunks: Uint8Array[] = [];
  return new Promise((resolve) => {
    const request = new UpstreamRequest(
      pool,
      target,
      outgoingRequest(new HeaderMap(call.headers), true, addedTo(call)),
      { connect: connectTimeout, answer: call.timeoutMs },
      {
        onResponse: () => {},
        onData: (bytes) => chunks.push(bytes),
        onEnd: (response) => resolve(answer(response, concat(chunks), performance.now() - started)),
        onFailure: (failure, before) =>
          resolve(before === "headers" ? outcomes[failure] : "reset in the body"),
        onDrain: () => {},
      },
    );
    if (call.body.length > 0) request.write(call.body);
    request.end();
  });
}

/** What Envoy puts behind the headers of a call. Trailers it does not send. */
function addedTo(call: HttpCall): HeaderList {
  return [
    ["x-envoy-internal", "true"],
    ...(call.timeoutMs > 0 ? [["x-envoy-expected-rq-timeout-ms", String(call.timeoutMs)] as const] : []),
  ];
}

function answer(response: IncomingMessage, body: Uint8Array, milliseconds: number): HttpOutcome {
  const headers = responseFields(response, Math.floor(milliseconds)).pairs;
  return { headers, body, trailers: trailerFields(response.rawTrailers).pairs };
}
