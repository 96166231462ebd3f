import type { ScriptedHost } from "./scripted-host.js";
import type { Pairs } from "./pairs.js";

const utf8 = new TextEncoder();
const bytesOf = (data: string | Uint8Array): Uint8Array =>
  typeof data === "string" ? utf8.encode(data) : data;
const flag = (value: boolean): number => (value ? 1 : 0);

/** An HTTP stream as the host plays it, one callback at a time. What a callback answers is given back. */
export class PlayedStream {
  readonly id: number;

  constructor(
    readonly host: ScriptedHost,
    root: number,
  ) {
    this.id = host.create(root);
  }

  requestHeaders(fields: Pairs = REQUEST, end = true): number {
    return this.#headers("proxy_on_request_headers", 0, fields, end);
  }
  requestBody(data: string | Uint8Array, end = true): number {
    return this.#body("proxy_on_request_body", 0, data, end);
  }
  requestTrailers(fields: Pairs): number {
    return this.#trailers("proxy_on_request_trailers", 1, fields);
  }
  responseHeaders(fields: Pairs = RESPONSE, end = true): number {
    return this.#headers("proxy_on_response_headers", 2, fields, end);
  }
  responseBody(data: string | Uint8Array, end = true): number {
    return this.#body("proxy_on_response_body", 1, data, end);
  }
  responseTrailers(fields: Pairs): number {
    return this.#trailers("proxy_on_response_trailers", 3, fields);
  }

  /** The fields of a map as they now are: 0 and 1 of the request, 2 and 3 of the response. */
  fields(map: number): Pairs {
    return this.host.contexts.get(this.id)?.maps.get(map) ?? [];
  }

  /** The body as it now is, as text. */
  body(buffer: number): string {
    return Buffer.from(this.host.contexts.get(this.id)?.buffers.get(buffer) ?? []).toString();
  }

  /** Its end in Envoy's order: log, done, delete. */
  close(): void {
    this.host.call("proxy_on_log", this.id);
    this.host.call("proxy_on_done", this.id);
    this.host.delete(this.id);
  }

  #headers(callback: string, map: number, fields: Pairs, end: boolean): number {
    this.host.contexts.get(this.id)?.maps.set(map, fields.slice());
    return this.host.call(callback, this.id, fields.length, flag(end)) ?? 0;
  }
  #body(callback: string, buffer: number, data: string | Uint8Array, end: boolean): number {
    this.host.contexts.get(this.id)?.buffers.set(buffer, bytesOf(data));
    return this.host.call(callback, this.id, bytesOf(data).length, flag(end)) ?? 0;
  }
  #trailers(callback: string, map: number, fields: Pairs): number {
    this.host.contexts.get(this.id)?.maps.set(map, fields.slice());
    return this.host.call(callback, this.id, fields.length) ?? 0;
  }
}

/** A TCP connection as the host plays it. */
export class PlayedConnection {
  readonly id: number;

  constructor(
    readonly host: ScriptedHost,
    root: number,
  ) {
    this.id = host.create(root);
  }

  connect(): number {
    return this.host.call("proxy_on_new_connection", this.id) ?? 0;
  }
  downstreamData(data: string | Uint8Array, end = false): number {
    return this.#data("proxy_on_downstream_data", 2, data, end);
  }
  upstreamData(data: string | Uint8Array, end = false): number {
    return this.#data("proxy_on_upstream_data", 3, data, end);
  }

  /** Its end in Envoy's order: both sides closed, done, log, delete. */
  close(peer = 2): void {
    this.host.call("proxy_on_downstream_connection_close", this.id, peer);
    this.host.call("proxy_on_upstream_connection_close", this.id, peer);
    this.host.call("proxy_on_done", this.id);
    this.host.call("proxy_on_log", this.id);
    this.host.delete(this.id);
  }

  #data(callback: string, buffer: number, data: string | Uint8Array, end: boolean): number {
    this.host.contexts.get(this.id)?.buffers.set(buffer, bytesOf(data));
    return this.host.call(callback, this.id, bytesOf(data).length, flag(end)) ?? 0;
  }
}

export const REQUEST: Pairs = [
  [":method", "GET"],
  [":path", "/"],
  [":authority", "example.com"],
];
export const RESPONSE: Pairs = [[":status", "200"]];

export interface PlayedAnswer {
  headers?: Pairs;
  body?: string | Uint8Array;
  trailers?: Pairs;
}

/** The answer to an HTTP call; without headers it is one that failed. */
export function answerHttpCall(
  host: ScriptedHost,
  root: number,
  token: number,
  answer: PlayedAnswer = {},
): void {
  const { headers = [], body = "", trailers = [] } = answer;
  host.waiting.delete(token);
  during(host, { 6: headers, 7: trailers }, { 4: bytesOf(body) }, () => {
    const sizes = [headers.length, bytesOf(body).length, trailers.length];
    host.call("proxy_on_http_call_response", root, token, ...sizes);
  });
}

/** What a gRPC service says, one callback at a time. */
export const grpc = {
  initialMetadata(host: ScriptedHost, root: number, token: number, fields: Pairs): void {
    during(host, { 4: fields }, {}, () => {
      host.call("proxy_on_grpc_receive_initial_metadata", root, token, fields.length);
    });
  },
  /** A message, with which a unary call is over. */
  message(host: ScriptedHost, root: number, token: number, message: string | Uint8Array): void {
    if (token % 4 === 1) host.waiting.delete(token);
    during(host, {}, { 5: bytesOf(message) }, () => {
      host.call("proxy_on_grpc_receive", root, token, bytesOf(message).length);
    });
  },
  trailingMetadata(host: ScriptedHost, root: number, token: number, fields: Pairs): void {
    during(host, { 5: fields }, {}, () => {
      host.call("proxy_on_grpc_receive_trailing_metadata", root, token, fields.length);
    });
  },
  close(host: ScriptedHost, root: number, token: number, code: number, message = ""): void {
    host.waiting.delete(token);
    host.lastStatus = { code, message };
    host.call("proxy_on_grpc_close", root, token, code);
  },
};

/** Lets maps and buffers be those of the callback that runs, and puts back what was there: callbacks nest. */
function during(
  host: ScriptedHost,
  maps: Record<number, Pairs>,
  buffers: Record<number, Uint8Array>,
  run: () => void,
): void {
  const before = { maps: [...host.maps], buffers: [...host.buffers] };
  for (const [map, fields] of Object.entries(maps)) host.maps.set(Number(map), fields.slice());
  for (const [buffer, data] of Object.entries(buffers)) host.buffers.set(Number(buffer), data);
  run();
  host.maps.clear();
  host.buffers.clear();
  for (const [map, fields] of before.maps) host.maps.set(map, fields);
  for (const [buffer, data] of before.buffers) host.buffers.set(buffer, data);
}
