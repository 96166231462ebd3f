/**
 * What a proxy-wasm host of ABI 0.2.1 offers a module and asks of it, with types, as `params -> results`.
 * Taken from proxy-wasm/spec abi-versions/v0.2.1 and from what Envoy 1.40 registers.
 */

const i32 = (count: number): string => Array<string>(count).fill("i32").join(" ");
const call = (count: number): string => `${i32(count)} -> i32`.trim();
const event = (count: number): string => `${i32(count)} ->`.trim();

export const abiMarkers = ["proxy_abi_version_0_1_0", "proxy_abi_version_0_2_0", "proxy_abi_version_0_2_1"];

/** Only hosts of ABI 0.2.1 have these. */
export const since021 = new Set(["proxy_get_log_level"]);

export const hostcalls: ReadonlyMap<string, string> = new Map([
  ["proxy_log", call(3)],
  ["proxy_get_log_level", call(1)],
  ["proxy_get_current_time_nanoseconds", call(1)],
  ["proxy_set_tick_period_milliseconds", call(1)],
  ["proxy_get_buffer_bytes", call(5)],
  ["proxy_set_buffer_bytes", call(5)],
  ["proxy_get_buffer_status", call(3)],
  ["proxy_get_header_map_size", call(2)],
  ["proxy_get_header_map_pairs", call(3)],
  ["proxy_set_header_map_pairs", call(3)],
  ["proxy_get_header_map_value", call(5)],
  ["proxy_add_header_map_value", call(5)],
  ["proxy_replace_header_map_value", call(5)],
  ["proxy_remove_header_map_value", call(3)],
  ["proxy_continue_stream", call(1)],
  ["proxy_close_stream", call(1)],
  ["proxy_get_status", call(3)],
  ["proxy_send_local_response", call(8)],
  ["proxy_http_call", call(10)],
  ["proxy_grpc_call", call(12)],
  ["proxy_grpc_stream", call(9)],
  ["proxy_grpc_send", call(4)],
  ["proxy_grpc_cancel", call(1)],
  ["proxy_grpc_close", call(1)],
  ["proxy_set_shared_data", call(5)],
  ["proxy_get_shared_data", call(5)],
  ["proxy_register_shared_queue", call(3)],
  ["proxy_resolve_shared_queue", call(5)],
  ["proxy_enqueue_shared_queue", call(3)],
  ["proxy_dequeue_shared_queue", call(3)],
  ["proxy_define_metric", call(4)],
  ["proxy_record_metric", "i32 i64 -> i32"],
  ["proxy_increment_metric", "i32 i64 -> i32"],
  ["proxy_get_metric", call(2)],
  ["proxy_get_property", call(4)],
  ["proxy_set_property", call(4)],
  ["proxy_call_foreign_function", call(6)],
  ["proxy_set_effective_context", call(1)],
  ["proxy_done", call(0)],
  ["envoy_resolve_dns", call(3)],
  ["pthread_equal", call(2)],
  ["emscripten_notify_memory_growth", event(1)],
]);

/** What hosts offer to modules with the marker of ABI 0.1.0 alone. (cpp-host, `src/wasm.cc`) */
export const hostcalls010: ReadonlyMap<string, string> = new Map([
  ["proxy_get_configuration", call(2)],
  ["proxy_continue_request", call(0)],
  ["proxy_continue_response", call(0)],
  ["proxy_clear_route_cache", call(0)],
]);

/** The WASI functions that hosts document; Envoy's newest has more, most of them stubs. */
export const wasiCalls: ReadonlyMap<string, string> = new Map([
  ["fd_write", call(4)],
  ["fd_read", call(4)],
  ["fd_seek", "i32 i64 i32 i32 -> i32"],
  ["fd_close", call(1)],
  ["fd_fdstat_get", call(2)],
  ["environ_get", call(2)],
  ["environ_sizes_get", call(2)],
  ["args_get", call(2)],
  ["args_sizes_get", call(2)],
  ["proc_exit", event(1)],
  ["clock_time_get", "i32 i64 i32 -> i32"],
  ["random_get", call(2)],
]);

export const wasiModules = ["wasi_snapshot_preview1", "wasi_unstable"];

/** The allocator that hosts look for first, and the specification's own. */
export const allocators = ["malloc", "proxy_on_memory_allocate"];

export const callbacks: ReadonlyMap<string, string> = new Map([
  ...abiMarkers.map((marker): [string, string] => [marker, event(0)]),
  ["_initialize", event(0)],
  ["_start", event(0)],
  ["main", call(2)],
  ["__main_void", call(0)],
  ["malloc", call(1)],
  ["proxy_on_memory_allocate", call(1)],
  ["proxy_on_context_create", event(2)],
  ["proxy_on_done", call(1)],
  ["proxy_on_log", event(1)],
  ["proxy_on_delete", event(1)],
  ["proxy_on_vm_start", call(2)],
  ["proxy_validate_configuration", call(2)],
  ["proxy_on_configure", call(2)],
  ["proxy_on_tick", event(1)],
  ["proxy_on_queue_ready", event(2)],
  ["proxy_on_new_connection", call(1)],
  ["proxy_on_downstream_data", call(3)],
  ["proxy_on_upstream_data", call(3)],
  ["proxy_on_downstream_connection_close", event(2)],
  ["proxy_on_upstream_connection_close", event(2)],
  ["proxy_on_request_headers", call(3)],
  ["proxy_on_request_body", call(3)],
  ["proxy_on_request_trailers", call(2)],
  ["proxy_on_request_metadata", call(2)],
  ["proxy_on_response_headers", call(3)],
  ["proxy_on_response_body", call(3)],
  ["proxy_on_response_trailers", call(2)],
  ["proxy_on_response_metadata", call(2)],
  ["proxy_on_http_call_response", event(5)],
  ["proxy_on_grpc_receive_initial_metadata", event(3)],
  ["proxy_on_grpc_receive", event(3)],
  ["proxy_on_grpc_receive_trailing_metadata", event(3)],
  ["proxy_on_grpc_close", event(3)],
  ["proxy_on_foreign_function", event(3)],
  ["envoy_on_resolve_dns", event(3)],
  ["envoy_on_stats_update", event(2)],
]);
