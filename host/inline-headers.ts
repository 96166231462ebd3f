/**
 * The fields that Envoy keeps but once in a map: a further value is appended to the first, behind a comma.
 * (Envoy, `header_map.h`, `INLINE_REQ_HEADERS` and its siblings, and what its own filters register)
 */
const inline = new Set(
  `:authority :method :path :protocol :scheme :status
  accept accept-encoding access-control-request-headers access-control-request-method authorization cache-control
  connection content-encoding content-length content-type date etag expect grpc-accept-encoding grpc-message
  grpc-status grpc-timeout if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive origin
  pragma proxy-connection proxy-status referer server te transfer-encoding upgrade user-agent vary via
  x-client-trace-id x-envoy-attempt-count x-envoy-decorator-operation x-envoy-degraded
  x-envoy-downstream-service-cluster x-envoy-downstream-service-node x-envoy-expected-rq-timeout-ms
  x-envoy-external-address x-envoy-force-trace x-envoy-internal x-envoy-ip-tags x-envoy-max-retries
  x-envoy-original-path x-envoy-overloaded x-envoy-ratelimited x-envoy-retry-on x-envoy-retry-grpc-on
  x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-alt-response
  x-envoy-upstream-rq-timeout-ms x-envoy-upstream-service-time x-forwarded-client-cert x-forwarded-for
  x-forwarded-host x-forwarded-port x-forwarded-proto x-request-id`.split(/\s+/),
);

/** Whether a field, in lower case, is one that Envoy keeps but once. */
export const isInline = (name: string): boolean => inline.has(name);
