/**
 * The hostcalls of ABI 0.2.1 and Envoy's own, as data: what goes in, what comes out, and with which statuses. What comes
 * out is written to addresses that follow the arguments: of bytes an address and a size, of a number the number.
 */

/** How an argument or a result crosses the boundary; `bytes` takes two parameters, an address and a size. */
export type Form = "u32" | "i32" | "u64" | "i64" | "bytes";

export interface Hostcall {
  takes: Readonly<Record<string, Form>>;
  gives: readonly Form[];
  /** What it may answer, by the specification or by Envoy. */
  statuses: readonly number[];
  /** Whether its result is allocated and written whatever it answers, and when it is empty too. */
  givesAlways?: boolean;
}

const call = (
  takes: Record<string, Form>,
  gives: Form[],
  statuses: number[],
  more: Partial<Hostcall> = {},
): Hostcall => ({ takes, gives, statuses, ...more });

const buffer = { buffer: "u32", start: "u32" } as const;
const grpcTarget = {
  upstream: "bytes",
  service: "bytes",
  method: "bytes",
  metadata: "bytes",
} as const;

export const hostcalls: Readonly<Record<string, Hostcall>> = {
  proxy_log: call({ level: "u32", message: "bytes" }, [], [0, 2, 6]),
  proxy_get_log_level: call({}, ["u32"], [0, 6]),
  proxy_get_current_time_nanoseconds: call({}, ["u64"], [0, 6]),
  proxy_set_tick_period_milliseconds: call({ period: "u32" }, [], [0]),
  proxy_get_buffer_bytes: call({ ...buffer, maximum: "u32" }, ["bytes"], [0, 1, 2, 6]),
  proxy_set_buffer_bytes: call({ ...buffer, size: "u32", data: "bytes" }, [], [0, 1, 2, 6]),
  proxy_get_buffer_status: call({ buffer: "u32" }, ["u32", "u32"], [0, 1, 2, 6]),
  proxy_get_header_map_size: call({ map: "u32" }, ["u32"], [0, 2, 6]),
  proxy_get_header_map_pairs: call({ map: "u32" }, ["bytes"], [0, 2, 6]),
  proxy_set_header_map_pairs: call({ map: "u32", pairs: "bytes" }, [], [0, 2, 6]),
  proxy_get_header_map_value: call({ map: "u32", name: "bytes" }, ["bytes"], [0, 1, 2, 6]),
  proxy_add_header_map_value: call({ map: "u32", name: "bytes", value: "bytes" }, [], [0, 2, 6]),
  proxy_replace_header_map_value: call({ map: "u32", name: "bytes", value: "bytes" }, [], [0, 2, 6]),
  proxy_remove_header_map_value: call({ map: "u32", name: "bytes" }, [], [0, 2, 6]),
  proxy_continue_stream: call({ stream: "u32" }, [], [0, 2, 12]),
  proxy_close_stream: call({ stream: "u32" }, [], [0, 2]),
  proxy_get_status: call({}, ["u32", "bytes"], [0, 6]),
  proxy_send_local_response: call(
    { statusCode: "u32", details: "bytes", body: "bytes", headers: "bytes", grpcStatus: "i32" },
    [],
    [0, 6],
  ),
  proxy_http_call: call(
    { cluster: "bytes", headers: "bytes", body: "bytes", trailers: "bytes", timeout: "u32" },
    ["u32"],
    [0, 2, 6, 10],
  ),
  proxy_grpc_call: call({ ...grpcTarget, message: "bytes", timeout: "u32" }, ["u32"], [0, 4, 6, 10]),
  proxy_grpc_stream: call(grpcTarget, ["u32"], [0, 4, 6, 10]),
  proxy_grpc_send: call({ token: "u32", message: "bytes", end: "u32" }, [], [0, 1, 2, 6]),
  proxy_grpc_cancel: call({ token: "u32" }, [], [0, 1, 2]),
  proxy_grpc_close: call({ token: "u32" }, [], [0, 1, 2]),
  proxy_set_shared_data: call({ key: "bytes", value: "bytes", cas: "u32" }, [], [0, 6, 8]),
  proxy_get_shared_data: call({ key: "bytes" }, ["bytes", "u32"], [0, 1, 6]),
  proxy_register_shared_queue: call({ name: "bytes" }, ["u32"], [0, 6]),
  proxy_resolve_shared_queue: call({ vm: "bytes", name: "bytes" }, ["u32"], [0, 1, 6]),
  proxy_enqueue_shared_queue: call({ queue: "u32", entry: "bytes" }, [], [0, 1, 6]),
  proxy_dequeue_shared_queue: call({ queue: "u32" }, ["bytes"], [0, 1, 6, 7]),
  proxy_define_metric: call({ type: "u32", name: "bytes" }, ["u32"], [0, 2, 6]),
  proxy_record_metric: call({ metric: "u32", value: "u64" }, [], [0, 1]),
  proxy_increment_metric: call({ metric: "u32", delta: "i64" }, [], [0, 1, 2]),
  proxy_get_metric: call({ metric: "u32" }, ["u64"], [0, 1, 2, 6]),
  proxy_get_property: call({ path: "bytes" }, ["bytes"], [0, 1, 3, 6]),
  proxy_set_property: call({ path: "bytes", value: "bytes" }, [], [0, 1, 2, 6]),
  proxy_call_foreign_function: call({ name: "bytes", args: "bytes" }, ["bytes"], [0, 1, 6], {
    givesAlways: true,
  }),
  proxy_set_effective_context: call({ context: "u32" }, [], [0, 2]),
  proxy_done: call({}, [], [0, 1]),
  envoy_resolve_dns: call({ name: "bytes" }, ["u32"], [0, 2, 6]),
};

/** How many WebAssembly parameters these forms take as arguments. */
export function parameterCount(forms: readonly Form[]): number {
  return forms.reduce((count, form) => count + (form === "bytes" ? 2 : 1), 0);
}
