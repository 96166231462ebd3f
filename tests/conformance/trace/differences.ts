/** A way in which the embedded host may differ from Envoy. */
export interface AllowedDifference {
  name: string;
  /** The acts in which it shows, and what every line of it is like. */
  acts: RegExp;
  lines: RegExp;
  /** Why it is so, and why it may be. */
  reason: string;
}

/** All of them. The law is that there be no more than five. */
export const allowedDifferences: readonly AllowedDifference[] = [
  {
    name: "expressions",
    acts: /^foreign: (VM \d|start|expressions)$/,
    lines:
      /expr_(create|evaluate|delete)|proxy_send_local_response|proxy_on_response_body|^client: (body|content-length)/,
    reason:
      "the embedded host has no interpreter for CEL, and answers as an Envoy does that was built without one (NOT_FOUND)",
  },
  {
    name: "the upstream's address before it answers",
    acts: /^probe: everything read$/,
    lines: /proxy_get_property\(path="upstream\./,
    reason:
      "Envoy knows the upstream as soon as it is connected, some time after the headers went on; the embedded host connects to nothing, and knows of one when its answer is there",
  },
  {
    name: "what Envoy's router and connection manager make of headers",
    acts: /^(probe: everything read( over HTTP\/1\.1)?|stop-iteration: .*)$/,
    lines: /proxy_get_header_map_(pairs|size)\(map=[02]\)|proxy_get_property\(path="request\.total_size"\)/,
    reason:
      "Envoy adds and takes fields behind the plugins (x-envoy-expected-rq-timeout-ms, server, connection), and shows plugins the same maps afterwards: when the stream is logged, and where headers wait under allow_on_headers_stop_iteration; the embedded host leaves what lies behind plugins to whoever uses it",
  },
];
