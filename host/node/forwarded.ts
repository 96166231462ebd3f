import { isIP } from "node:net";
import type { HeaderMap } from "../index.js";

/** Whom a listener takes for the client. */
export interface ClientSettings {
  /** Who connects, and not whom `x-forwarded-for` names. */
  useRemoteAddress?: boolean;
  /** How many proxies in front of this one are trusted to have written `x-forwarded-for`. */
  trustedHops?: number;
}

/** Who has connected. */
export interface Peer {
  address: string;
  port: number;
}

/** What clients may not tell routers, and what those at the edge may not tell at all. */
const internal = [
  "x-envoy-internal",
  "x-envoy-retriable-status-codes",
  "x-envoy-retriable-header-names",
  "x-envoy-retry-on",
  "x-envoy-retry-grpc-on",
  "x-envoy-max-retries",
  "x-envoy-upstream-alt-stat-name",
  "x-envoy-upstream-rq-timeout-ms",
  "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response",
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-force-trace",
  "x-envoy-ip-tags",
  "x-envoy-original-url",
  "x-envoy-hedge-on-per-try-timeout",
];
const ofTheMesh = [
  "x-envoy-decorator-operation",
  "x-envoy-downstream-service-cluster",
  "x-envoy-downstream-service-node",
  "x-envoy-original-path",
];

/**
 * Puts right what a client says of itself and of proxies before this one; gives back who it is, with a port of 0 where
 * another proxy says so. (Envoy, `ConnectionManagerUtility::mutateRequestHeaders`)
 */
export function identifyClient(fields: HeaderMap, peer: Peer, settings: ClientSettings = {}): Peer {
  const { useRemoteAddress = false, trustedHops = 0 } = settings;
  const skipped = useRemoteAddress ? trustedHops - 1 : trustedHops;
  const named = skipped < 0 ? undefined : lastAddress(fields.joined("x-forwarded-for"), skipped);
  const client = named === undefined ? peer : { address: named, port: 0 };
  for (const name of internal) fields.remove(name);
  if (!useRemoteAddress) return client;
  for (const name of ofTheMesh) fields.remove(name);
  const before = fields.text("x-forwarded-for");
  fields.set("x-forwarded-for", before === undefined ? peer.address : `${before},${peer.address}`);
  if (trustedHops === 0) fields.set("x-forwarded-proto", "http");
  fields.set("x-envoy-external-address", client.address);
  return client;
}

/** The last address of a list, but for so many behind it; undefined where that is none. */
function lastAddress(list: Uint8Array | undefined, skipped: number): string | undefined {
  if (list === undefined) return undefined;
  const address =
    new TextDecoder()
      .decode(list)
      .split(",")
      .at(-1 - skipped)
      ?.trim() ?? "";
  return isIP(address) === 0 ? undefined : address;
}

/** As Envoy writes an address with its port. */
export const withPort = ({ address, port }: Peer): string =>
  isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
