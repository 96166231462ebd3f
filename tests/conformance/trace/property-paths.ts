/** Properties that every host knows, some that none knows, and groups. (Envoy, `expr/context.h`) */
export const propertyPaths: string[] = [
  ...["path", "url_path", "host", "scheme", "method", "referer", "useragent", "id", "protocol", "query"],
  ...["size", "total_size", "time", "duration", "headers.x-do", "headers.X-Do", "headers.absent", "nothing"],
]
  .map((name) => `request.${name}`)
  .concat(
    ["code", "code_details", "flags", "grpc_status", "size", "headers.x-upstream", "trailers.x-trailer"].map(
      (name) => `response.${name}`,
    ),
    ["connection.mtls", "connection.requested_server_name", "connection.tls_version"],
    ["source.address", "source.port", "destination.address", "destination.port"],
    ["upstream.address", "upstream.port", "upstream.transport_failure_reason"],
    ["xds.cluster_name", "xds.route_name", "xds.virtual_host_name", "xds.filter_chain_name"],
    ["xds.listener_direction", "xds.node.id", "xds.node.cluster"],
    ["plugin_name", "plugin_root_id", "plugin_vm_id"],
    ["request", "response", "connection", "source", "upstream", "xds", "filter_state", "node"],
    ["metadata", "metadata.filter_metadata", "filter_state.nothing", "no_such_property", ""],
  );
