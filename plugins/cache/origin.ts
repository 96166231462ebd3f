import { properties } from "as-proxy-wasm";

const VIA_UPSTREAM = "via_upstream";

/**
 * Whether the response that is on its way comes from the upstream, and is no answer that the host or another filter made
 * itself: those are never kept. A host that does not say is taken to pass on what came.
 */
export function isOfUpstream(): bool {
  const details = properties.response.codeDetails();
  return details === null || details.length == 0 || details == VIA_UPSTREAM;
}

/**
 * Whether a response says that the origin failed, so that something stale may stand in for it: its own errors, and those
 * that the host's router reports. The refusal of another filter is none. (RFC 5861, 4)
 */
export function canStandIn(status: i32, isOfOrigin: bool): bool {
  if (status != 500 && (status < 502 || status > 504)) return false;
  if (isOfOrigin) return true;
  const details = properties.response.codeDetails();
  if (details === null) return false;
  return (
    details.startsWith("upstream_") ||
    details.startsWith("no_healthy_upstream") ||
    details.endsWith("timeout")
  );
}
