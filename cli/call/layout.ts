/**
 * What the arguments of hostcalls and callbacks are, in their order: `name:kind`. An `in` of bytes is an address and a
 * size in the module's memory; what begins with `>` is a place that the host writes to. (proxy-wasm/spec, v0.2.1)
 */
export type Kind = "u32" | "u64" | "bytes" | "text" | "pairs" | "address";

export interface Argument {
  name: string;
  kind: Kind;
  /** Whether the host writes it. */
  out: boolean;
}

function argumentsOf(text: string): Argument[] {
  return text.split(" ").flatMap((part) => {
    const [, out, name, kind = "u32"] = /^(>?)(\w+)(?::(\w+))?$/.exec(part) ?? [];
    return name === undefined ? [] : [{ name, kind: kind as Kind, out: out !== "" }];
  });
}

function layouts(table: Record<string, string>): ReadonlyMap<string, readonly Argument[]> {
  return new Map(Object.entries(table).map(([name, text]) => [name, argumentsOf(text)]));
}

export const hostcallLayouts = layouts({
  proxy_log: "level message:text",
  proxy_get_log_level: ">level",
  proxy_get_current_time_nanoseconds: ">time:u64",
  proxy_set_tick_period_milliseconds: "period",
  proxy_get_buffer_bytes: "buffer start max >bytes:bytes",
  proxy_set_buffer_bytes: "buffer start size bytes:bytes",
  proxy_get_buffer_status: "buffer >size >flags",
  proxy_get_header_map_size: "map >size",
  proxy_get_header_map_pairs: "map >fields:pairs",
  proxy_set_header_map_pairs: "map fields:pairs",
  proxy_get_header_map_value: "map name:text >value:text",
  proxy_add_header_map_value: "map name:text value:text",
  proxy_replace_header_map_value: "map name:text value:text",
  proxy_remove_header_map_value: "map name:text",
  proxy_continue_stream: "stream",
  proxy_close_stream: "stream",
  proxy_get_status: ">code >message:text",
  proxy_send_local_response: "status details:text body:bytes fields:pairs grpc_status",
  proxy_http_call: "cluster:text fields:pairs body:bytes trailers:pairs timeout >call",
  proxy_grpc_call: "service:bytes service_name:text method:text metadata:pairs message:bytes timeout >call",
  proxy_grpc_stream: "service:bytes service_name:text method:text metadata:pairs >call",
  proxy_grpc_send: "call message:bytes end",
  proxy_grpc_cancel: "call",
  proxy_grpc_close: "call",
  proxy_set_shared_data: "key:text value:bytes version",
  proxy_get_shared_data: "key:text >value:bytes >version",
  proxy_register_shared_queue: "name:text >queue",
  proxy_resolve_shared_queue: "vm:text name:text >queue",
  proxy_enqueue_shared_queue: "queue entry:bytes",
  proxy_dequeue_shared_queue: "queue >entry:bytes",
  proxy_define_metric: "type name:text >metric",
  proxy_record_metric: "metric value:u64",
  proxy_increment_metric: "metric delta:u64",
  proxy_get_metric: "metric >value:u64",
  proxy_get_property: "path:text >value:bytes",
  proxy_set_property: "path:text value:bytes",
  proxy_call_foreign_function: "function:text arguments:bytes >result:bytes",
  proxy_set_effective_context: "context",
  proxy_done: "",
  envoy_resolve_dns: "name:text >token",
  clock_time_get: "clock precision:u64 >time:u64",
  random_get: "address:address size",
  environ_sizes_get: ">count >size",
  environ_get: "addresses:address buffer:address",
});

/** Of callbacks all arguments are numbers. */
export const callbackLayouts = layouts({
  proxy_on_memory_allocate: "size",
  proxy_on_context_create: "context parent",
  proxy_on_vm_start: "context size",
  proxy_on_configure: "context size",
  proxy_validate_configuration: "context size",
  proxy_on_tick: "context",
  proxy_on_queue_ready: "context queue",
  proxy_on_new_connection: "context",
  proxy_on_downstream_data: "context size end",
  proxy_on_upstream_data: "context size end",
  proxy_on_downstream_connection_close: "context peer",
  proxy_on_upstream_connection_close: "context peer",
  proxy_on_request_headers: "context count end",
  proxy_on_request_body: "context size end",
  proxy_on_request_trailers: "context count",
  proxy_on_request_metadata: "context count",
  proxy_on_response_headers: "context count end",
  proxy_on_response_body: "context size end",
  proxy_on_response_trailers: "context count",
  proxy_on_response_metadata: "context count",
  proxy_on_http_call_response: "context call headers body trailers",
  proxy_on_grpc_receive_initial_metadata: "context call count",
  proxy_on_grpc_receive: "context call size",
  proxy_on_grpc_receive_trailing_metadata: "context call count",
  proxy_on_grpc_close: "context call status",
  proxy_on_foreign_function: "context function size",
  envoy_on_resolve_dns: "context token size",
  envoy_on_stats_update: "context size",
  proxy_on_log: "context",
  proxy_on_done: "context",
  proxy_on_delete: "context",
});
