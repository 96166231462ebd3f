/**
 * Which test shows what each hostcall and each callback does: file, test, names. A test of this table fails when Envoy
 * did not see its hostcalls made and answered with 0, or its callbacks called, while it ran.
 */
export const coverage: Record<string, Record<string, string[]>> = {
  "messages.test.ts": {
    "starts, configures and ends a plugin, and tells it of each stream's life": [
      "proxy_log",
      "proxy_on_memory_allocate",
      "proxy_on_context_create",
      "proxy_on_vm_start",
      "proxy_on_configure",
      "proxy_on_log",
      "proxy_on_done",
      "proxy_on_delete",
    ],
    "reads, counts, replaces, adds and removes headers": [
      "proxy_get_header_map_value",
      "proxy_get_header_map_size",
      "proxy_get_header_map_pairs",
      "proxy_set_header_map_pairs",
      "proxy_add_header_map_value",
      "proxy_replace_header_map_value",
      "proxy_remove_header_map_value",
      "proxy_on_request_headers",
      "proxy_on_response_headers",
    ],
    "reads and replaces bodies": [
      "proxy_get_buffer_bytes",
      "proxy_get_buffer_status",
      "proxy_set_buffer_bytes",
      "proxy_on_request_body",
      "proxy_on_response_body",
    ],
    "reads and changes trailers": ["proxy_on_request_trailers", "proxy_on_response_trailers"],
    "lets a request go on that waits": ["proxy_continue_stream"],
    "breaks a stream off": ["proxy_close_stream"],
    "answers by itself": ["proxy_send_local_response"],
    "hears of HTTP/2 metadata": ["proxy_on_request_metadata", "proxy_on_response_metadata"],
    "logs at each level, and knows which one the host has": ["proxy_get_log_level"],
    "tells the time": ["clock_time_get", "proxy_get_current_time_nanoseconds"],
    "has the environment that its VM was given, and random numbers": [
      "environ_sizes_get",
      "environ_get",
      "random_get",
    ],
    "hears of Envoy's figures": ["envoy_on_stats_update"],
  },
  "callouts.test.ts": {
    "tells the answers of a service from the failures to reach it": [
      "proxy_http_call",
      "proxy_on_http_call_response",
    ],
  },
  "grpc.test.ts": {
    "gets the answer to a unary call": ["proxy_grpc_call", "proxy_on_grpc_receive"],
    "gets the status and the message of a call that fails": ["proxy_get_status", "proxy_on_grpc_close"],
    "breaks a call off": ["proxy_grpc_cancel"],
    "talks both ways, and ends its side": [
      "proxy_grpc_stream",
      "proxy_grpc_send",
      "proxy_grpc_close",
      "proxy_on_grpc_receive_initial_metadata",
      "proxy_on_grpc_receive_trailing_metadata",
    ],
  },
  "state.test.ts": {
    "shares data, and writes only over what it has read": ["proxy_get_shared_data", "proxy_set_shared_data"],
    "hears of entries in a queue, found by the id of its VM": [
      "proxy_resolve_shared_queue",
      "proxy_on_queue_ready",
    ],
    "takes entries from a queue in their order, empty ones too": [
      "proxy_register_shared_queue",
      "proxy_enqueue_shared_queue",
      "proxy_dequeue_shared_queue",
    ],
    "measures with counters, gauges and histograms, with labels": [
      "proxy_define_metric",
      "proxy_record_metric",
      "proxy_increment_metric",
      "proxy_get_metric",
    ],
    "is called by time, by several timers at once": ["proxy_set_tick_period_milliseconds", "proxy_on_tick"],
    "sets a property that the access log and other plugins read": ["proxy_set_property"],
    "reads what the host knows of a request": ["proxy_get_property"],
  },
  "foreign.test.ts": {
    "checks signatures": ["proxy_call_foreign_function"],
    "resolves names": ["envoy_resolve_dns", "envoy_on_resolve_dns"],
  },
  "contexts.test.ts": {
    "acts on another stream from a stream's callback, and on its own again": ["proxy_set_effective_context"],
    "delays the end of a root context": ["proxy_done"],
  },
  "connections.test.ts": {
    "reads and changes the data of a connection, both ways": [
      "proxy_on_new_connection",
      "proxy_on_downstream_data",
      "proxy_on_upstream_data",
    ],
    "hears who closed a connection": [
      "proxy_on_downstream_connection_close",
      "proxy_on_upstream_connection_close",
    ],
  },
};
