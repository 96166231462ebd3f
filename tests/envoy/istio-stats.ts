/**
 * What Istio's bootstrap says of statistics, for a pod with an annotation `sidecar.istio.io/extraStatTags`: the rules
 * that every proxy has, one for each of the annotation's tags among them, and which statistics it keeps at all.
 * (istio, `tools/packaging/common/envoy_bootstrap.json` and `pkg/bootstrap/config.go`)
 */
export function istioStatsConfig(extraStatTags: string): { stats_config: object } {
  const tags = [...new Set([...standardTags, ...extraStatTags.split(",")])];
  const rules: [string, string][] = [
    ["cluster_name", "^cluster\\.((.+?(\\..+?\\.svc\\.cluster\\.local)?)\\.)"],
    ["tcp_prefix", "^tcp\\.((.*?)\\.)\\w+?$"],
    ["response_code", "_rq(_(\\d{3}))$"],
    ["response_code_class", "_rq(_(\\dxx))$"],
    [
      "http_conn_manager_listener_prefix",
      "^listener(?=\\.).*?\\.http\\.(((?:[_.[:digit:]]*|[_\\[\\]aAbBcCdDeEfF[:digit:]]*))\\.)",
    ],
    ["http_conn_manager_prefix", "^http\\.(((?:[_.[:digit:]]*|[_\\[\\]aAbBcCdDeEfF[:digit:]]*))\\.)"],
    ["listener_address", "^listener\\.(((?:[_.[:digit:]]*|[_\\[\\]aAbBcCdDeEfF[:digit:]]*))\\.)"],
    ["mongo_prefix", "^mongo\\.(.+?)\\.(collection|cmd|cx_|op_|delays_|decoding_)(.*?)$"],
    ...tags.map((tag): [string, string] => [tag, `(${tag}=\\.=(.*?);\\.;)`]),
    ["cache", "(cache\\.(.+?)\\.)"],
    ["component", "(component\\.(.+?)\\.)"],
    ["tag", "(tag\\.(.+?);\\.)"],
    ["wasm_filter", "(wasm_filter\\.(.+?)\\.)"],
    ["authz_enforce_result", "rbac(\\.(allowed|denied))"],
    ["authz_dry_run_action", "(\\.istio_dry_run_(allow|deny)_)"],
    ["authz_dry_run_result", "(\\.shadow_(allowed|denied))"],
  ];
  const kept = "reporter=,cluster_manager,listener_manager,server,cluster.xds-grpc,wasm,component,istio";
  return {
    stats_config: {
      use_all_default_tags: false,
      stats_tags: rules.map(([tag_name, regex]) => ({ tag_name, regex })),
      stats_matcher: { inclusion_list: { patterns: kept.split(",").map((prefix) => ({ prefix })) } },
    },
  };
}

/** Tags of Istio's own metrics, which have rules in every proxy. */
const standardTags = [
  ...["reporter", "source_namespace", "source_workload", "source_workload_namespace", "source_principal"],
  ...["source_app", "source_version", "source_cluster", "destination_namespace", "destination_workload"],
  ...["destination_workload_namespace", "destination_principal", "destination_app", "destination_version"],
  ...["destination_service", "destination_service_name", "destination_service_namespace", "destination_port"],
  ...["destination_cluster", "request_protocol", "request_operation", "request_host", "response_flags"],
  ...["grpc_response_status", "connection_security_policy", "source_canonical_service"],
  ...["destination_canonical_service", "source_canonical_revision", "destination_canonical_revision"],
];
