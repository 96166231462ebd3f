import { decodePairs, encodePairs } from "./pairs.js";
import type { Behaviour, Call } from "./scripted-host.js";

/**
 * What hostcalls do unless they are told otherwise: as Envoy, where that is simple; the rest answers Ok.
 * (HOST: 'Hostcalls', 'V8/Envoy host quirks')
 */

const [NOT_FOUND, BAD_ARGUMENT, EMPTY, CAS_MISMATCH] = [1, 2, 7, 8];

const number = (call: Call, key: string): number => Number(call.args[key]);
const bytes = (call: Call, key: string): Uint8Array => call.args[key] as Uint8Array;
const latin1 = (call: Call, key: string): string => Buffer.from(bytes(call, key)).toString("latin1");
const text = (call: Call, key: string): string => Buffer.from(bytes(call, key)).toString("utf8");
const name = (call: Call): string => latin1(call, "name").toLowerCase();

/** Takes a call on: its number tells of which kind it is. (HOST: http 0, grpc call 1, grpc stream 2, modulo 4) */
const takeOn =
  (kind: number): Behaviour =>
  (call, host) => {
    host.lastToken += 4;
    const token = host.lastToken + kind;
    host.waiting.set(token, call);
    return { values: [token] };
  };

const endsWaiting: Behaviour = (call, host) => (host.waiting.delete(number(call, "token")) ? 0 : NOT_FOUND);

export const behaviours: Record<string, Behaviour> = {
  proxy_log(call, host) {
    host.logs.push({ level: number(call, "level"), text: text(call, "message") });
    return 0;
  },
  proxy_get_log_level: () => ({ values: [0] }),
  proxy_get_current_time_nanoseconds: (_call, host) => ({ values: [host.clock] }),
  proxy_set_tick_period_milliseconds(call, host) {
    host.tickPeriod = number(call, "period");
    return 0;
  },

  proxy_get_buffer_status(call, host) {
    const buffer = host.bufferOf(number(call, "buffer"));
    return buffer === undefined ? NOT_FOUND : { values: [buffer.length, 0] };
  },
  proxy_get_buffer_bytes(call, host) {
    const buffer = host.bufferOf(number(call, "buffer"));
    if (buffer === undefined) return NOT_FOUND;
    const start = number(call, "start");
    return { values: [buffer.subarray(start, start + number(call, "maximum"))] };
  },
  proxy_set_buffer_bytes(call, host) {
    const id = number(call, "buffer");
    const buffer = host.effective?.buffers.get(id);
    if (buffer === undefined) return BAD_ARGUMENT;
    const start = number(call, "start");
    const data = bytes(call, "data");
    if (start === 0)
      host.effective?.buffers.set(id, Buffer.concat([data, buffer.subarray(number(call, "size"))]));
    else if (start >= buffer.length) host.effective?.buffers.set(id, Buffer.concat([buffer, data]));
    else return BAD_ARGUMENT;
    return 0;
  },

  proxy_get_header_map_size(call, host) {
    const map = host.mapOf(number(call, "map"));
    if (map === undefined) return BAD_ARGUMENT;
    return { values: [map.reduce((sum, pair) => sum + pair[0].length + pair[1].length, 0)] };
  },
  proxy_get_header_map_pairs(call, host) {
    const map = host.mapOf(number(call, "map"));
    return { values: [map === undefined || map.length === 0 ? "" : encodePairs(map)] };
  },
  proxy_set_header_map_pairs(call, host) {
    const map = host.mapOf(number(call, "map"));
    if (map === undefined) return BAD_ARGUMENT;
    map.splice(0, map.length, ...decodePairs(bytes(call, "pairs")));
    return 0;
  },
  proxy_get_header_map_value(call, host) {
    const map = host.mapOf(number(call, "map"));
    if (map === undefined) return BAD_ARGUMENT;
    const found = map.find(([key]) => key === name(call));
    return found === undefined ? NOT_FOUND : { values: [Buffer.from(found[1], "latin1")] };
  },
  proxy_add_header_map_value(call, host) {
    const map = host.mapOf(number(call, "map"));
    if (map === undefined) return BAD_ARGUMENT;
    map.push([name(call), latin1(call, "value")]);
    return 0;
  },
  proxy_replace_header_map_value(call, host) {
    const map = host.mapOf(number(call, "map"));
    if (map === undefined) return BAD_ARGUMENT;
    const found = map.findIndex(([key]) => key === name(call));
    const others = map.filter(([key]) => key !== name(call));
    others.splice(found < 0 ? others.length : found, 0, [name(call), latin1(call, "value")]);
    map.splice(0, map.length, ...others);
    return 0;
  },
  proxy_remove_header_map_value(call, host) {
    const map = host.mapOf(number(call, "map"));
    if (map === undefined) return BAD_ARGUMENT;
    map.splice(0, map.length, ...map.filter(([key]) => key !== name(call)));
    return 0;
  },

  proxy_get_status: (_call, host) => ({ values: [host.lastStatus.code, host.lastStatus.message] }),
  proxy_http_call: takeOn(0),
  proxy_grpc_call: takeOn(1),
  proxy_grpc_stream: takeOn(2),
  proxy_grpc_send: (call, host) => (host.waiting.has(number(call, "token")) ? 0 : NOT_FOUND),
  // Closing a stream ends its sending side alone; a call it ends.
  proxy_grpc_close: (call, host) =>
    number(call, "token") % 4 === 1
      ? endsWaiting(call, host)
      : host.waiting.has(number(call, "token"))
        ? 0
        : NOT_FOUND,
  proxy_grpc_cancel: endsWaiting,
  envoy_resolve_dns: takeOn(3),

  proxy_get_shared_data(call, host) {
    const entry = host.shared.get(latin1(call, "key"));
    return entry === undefined ? NOT_FOUND : { values: [entry.value, entry.cas] };
  },
  proxy_set_shared_data(call, host) {
    const key = latin1(call, "key");
    const before = host.shared.get(key);
    const cas = number(call, "cas");
    if (before !== undefined && cas !== 0 && cas !== before.cas) return CAS_MISMATCH;
    host.shared.set(key, { value: bytes(call, "value"), cas: (before?.cas ?? 0) + 1 });
    return 0;
  },
  proxy_register_shared_queue(call, host) {
    const queue = latin1(call, "name");
    if (!host.queues.has(queue)) host.queues.set(queue, []);
    return { values: [[...host.queues.keys()].indexOf(queue) + 1] };
  },
  proxy_resolve_shared_queue(call, host) {
    const index = [...host.queues.keys()].indexOf(latin1(call, "name"));
    return index < 0 ? NOT_FOUND : { values: [index + 1] };
  },
  proxy_enqueue_shared_queue(call, host) {
    const entries = [...host.queues.values()][number(call, "queue") - 1];
    if (entries === undefined) return NOT_FOUND;
    entries.push(bytes(call, "entry"));
    return 0;
  },
  proxy_dequeue_shared_queue(call, host) {
    const entries = [...host.queues.values()][number(call, "queue") - 1];
    if (entries === undefined) return NOT_FOUND;
    const entry = entries.shift();
    return entry === undefined ? EMPTY : { values: [entry] };
  },

  proxy_define_metric(call, host) {
    host.metrics.push({ type: number(call, "type"), name: text(call, "name"), value: 0n });
    return { values: [host.metrics.length] };
  },
  proxy_record_metric(call, host) {
    const metric = host.metrics[number(call, "metric") - 1];
    if (metric === undefined) return NOT_FOUND;
    metric.value = BigInt.asUintN(64, call.args["value"] as bigint);
    return 0;
  },
  proxy_increment_metric(call, host) {
    const metric = host.metrics[number(call, "metric") - 1];
    if (metric === undefined) return NOT_FOUND;
    metric.value += call.args["delta"] as bigint;
    return 0;
  },
  proxy_get_metric(call, host) {
    const metric = host.metrics[number(call, "metric") - 1];
    return metric === undefined ? NOT_FOUND : { values: [metric.value] };
  },

  proxy_get_property(call, host) {
    const value = host.properties.get(latin1(call, "path").replaceAll("\0", "."));
    return value === undefined ? NOT_FOUND : { values: [value] };
  },
  proxy_set_property(call, host) {
    host.properties.set(latin1(call, "path").replaceAll("\0", "."), bytes(call, "value"));
    return 0;
  },
  proxy_call_foreign_function: () => NOT_FOUND,
  proxy_set_effective_context(call, host) {
    const id = number(call, "context");
    if (!host.contexts.has(id)) return BAD_ARGUMENT;
    host.makeEffective(id);
    return 0;
  },
};
