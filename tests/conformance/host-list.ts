/**
 * The ABI as Envoy 1.40 has it, written down by hand from proxy-wasm/spec v0.2.1 and Envoy's `registerCallbacks`: what
 * the SDK's own sources are compared with.
 */
export const hostcalls = [
  "proxy_log",
  "proxy_get_log_level",
  "proxy_get_current_time_nanoseconds",
  "proxy_set_tick_period_milliseconds",
  "proxy_get_buffer_bytes",
  "proxy_set_buffer_bytes",
  "proxy_get_buffer_status",
  "proxy_get_header_map_size",
  "proxy_get_header_map_pairs",
  "proxy_set_header_map_pairs",
  "proxy_get_header_map_value",
  "proxy_add_header_map_value",
  "proxy_replace_header_map_value",
  "proxy_remove_header_map_value",
  "proxy_continue_stream",
  "proxy_close_stream",
  "proxy_get_status",
  "proxy_send_local_response",
  "proxy_http_call",
  "proxy_grpc_call",
  "proxy_grpc_stream",
  "proxy_grpc_send",
  "proxy_grpc_cancel",
  "proxy_grpc_close",
  "proxy_set_shared_data",
  "proxy_get_shared_data",
  "proxy_register_shared_queue",
  "proxy_resolve_shared_queue",
  "proxy_enqueue_shared_queue",
  "proxy_dequeue_shared_queue",
  "proxy_define_metric",
  "proxy_record_metric",
  "proxy_increment_metric",
  "proxy_get_metric",
  "proxy_get_property",
  "proxy_set_property",
  "proxy_call_foreign_function",
  "proxy_set_effective_context",
  "proxy_done",
  "envoy_resolve_dns",
];

/** WASI, as far as the SDK's sources or the shim for the language's globals ask for it. */
export const wasiCalls = ["clock_time_get", "random_get", "environ_sizes_get", "environ_get"];

/** What a module exports to be called, or to be recognised by. */
export const callbacks = [
  "proxy_abi_version_0_2_1",
  "proxy_on_memory_allocate",
  "proxy_on_context_create",
  "proxy_on_vm_start",
  "proxy_on_configure",
  "proxy_validate_configuration",
  "proxy_on_tick",
  "proxy_on_queue_ready",
  "proxy_on_new_connection",
  "proxy_on_downstream_data",
  "proxy_on_upstream_data",
  "proxy_on_downstream_connection_close",
  "proxy_on_upstream_connection_close",
  "proxy_on_request_headers",
  "proxy_on_request_body",
  "proxy_on_request_trailers",
  "proxy_on_request_metadata",
  "proxy_on_response_headers",
  "proxy_on_response_body",
  "proxy_on_response_trailers",
  "proxy_on_response_metadata",
  "proxy_on_http_call_response",
  "proxy_on_grpc_receive_initial_metadata",
  "proxy_on_grpc_receive",
  "proxy_on_grpc_receive_trailing_metadata",
  "proxy_on_grpc_close",
  "proxy_on_foreign_function",
  "envoy_on_resolve_dns",
  "envoy_on_stats_update",
  "proxy_on_log",
  "proxy_on_done",
  "proxy_on_delete",
];

/** What Envoy 1.40 never calls, though it looks for it when it loads a module. */
export const neverCalled = [
  // The marker says which ABI the module is for: it is there or not.
  "proxy_abi_version_0_2_1",
  // cpp-host has both; nothing in Envoy's own source calls them.
  "proxy_validate_configuration",
  "proxy_on_foreign_function",
];
