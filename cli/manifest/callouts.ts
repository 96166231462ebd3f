import type { Place } from "../validate/finding.js";
import { isIpAddress } from "../words/endpoint.js";
import type { Callout } from "./deployment.js";

type Config = Record<string, unknown>;

/** Where a plugin's configuration names a service that it calls. */
interface Named {
  /** The key of its URL, where it has one. */
  url?: readonly string[];
  /** The key of its Envoy cluster; beside a URL it may be left out. */
  cluster: readonly string[];
  /** Whether the cluster may be written as `host:port` or as a URL as well. */
  isPlace?: true;
  grpc?: true;
}

const named: Record<string, Named[]> = {
  "jwt-validator": [{ url: ["jwks_uri"], cluster: ["jwks_cluster"] }],
  "rbac-enforcer": [{ url: ["policy_endpoint"], cluster: ["policy_cluster"] }],
  "ext-auth": [{ cluster: ["auth_cluster"] }],
  "rate-limit": [{ cluster: ["global", "cluster"], isPlace: true, grpc: true }],
  "auth-callout": [{ cluster: ["auth_cluster"] }],
};

/** The services that a plugin calls with this configuration. Plugins that are not known here call none. */
export function calloutsOf(plugin: string, config: Config | undefined): Callout[] {
  return placesOfSettings(config).flatMap((place) =>
    (named[plugin] ?? []).flatMap((one) => calloutAt(config, place, one) ?? []),
  );
}

/** A configuration has settings itself, and in each of its overrides. */
function placesOfSettings(config: Config | undefined): Place[] {
  const overrides = config?.["overrides"];
  if (!Array.isArray(overrides)) return [[]];
  return [[], ...overrides.map((_, index): Place => ["overrides", index, "config"])];
}

function calloutAt(config: Config | undefined, place: Place, { url, cluster, isPlace, grpc }: Named) {
  const clusterKey = [...place, ...cluster];
  const name = textAt(config, clusterKey) || undefined;
  const address = url && textAt(config, [...place, ...url]);
  const more = { grpc: grpc ?? false, clusterKey };
  if (address === undefined) {
    if (name === undefined) return null;
    const service = (isPlace && byPlace(name)) || byCluster(name);
    return { ...service, ...more, key: shown(clusterKey) };
  }
  const service = byUrl(address);
  if (service === null) return null;
  const key = shown([...place, ...url!]);
  if (name === undefined) return { ...service, ...more, key };
  // What Istio names is where it says; of any other name it is known by the URL alone.
  const own = byCluster(name);
  return { ...(own.port === 0 ? { ...service, cluster: name } : { ...own, tls: service.tls }), ...more, key };
}

const shown = (place: Place): string =>
  place
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index > 0 ? "." : ""}${key}`))
    .join("");

type Service = Pick<Callout, "cluster" | "host" | "port" | "tls" | "isInMesh">;

/** `https://issuer.example.com/keys`: the cluster is the one that the SDK looks for first. */
function byUrl(text: string): Service | null {
  if (!/^https?:/.test(text) || !URL.canParse(text)) return null;
  const { protocol, hostname, port } = new URL(text);
  const tls = protocol === "https:";
  const number = port === "" ? (tls ? 443 : 80) : Number(port);
  return {
    cluster: `outbound|${number}||${hostname}`,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: number,
    tls,
    isInMesh: isInMesh(hostname),
  };
}

/** `ratelimit.infra:8081`, or with a scheme before it; null of a cluster's name. */
function byPlace(name: string): Service | null {
  if (name.includes("://")) return byUrl(name);
  return /^[^|]+:\d+$/.test(name) ? byUrl(`http://${name}`) : null;
}

/** `outbound|9000||authz.security.svc.cluster.local`, or the name of a cluster in a bootstrap, whose port is 0. */
function byCluster(name: string): Service {
  const [, port, host] = /^outbound\|(\d+)\|[^|]*\|(.+)$/.exec(name) ?? [];
  if (host === undefined) return { cluster: name, host: name, port: 0, tls: false, isInMesh: false };
  return {
    cluster: name,
    host: host.replace(/^\[|\]$/g, ""),
    port: Number(port),
    tls: port === "443",
    isInMesh: isInMesh(host),
  };
}

/** Names of services: short ones, `name.namespace`, and those that end as Kubernetes's do. */
export function isInMesh(host: string): boolean {
  if (isIpAddress(host)) return false;
  return (
    !host.includes(".") ||
    /\.svc(\.cluster\.local)?$/.test(host) ||
    (host.split(".").length === 2 && !/\.[a-z]{2,3}$/i.test(host))
  );
}

function textAt(config: Config | undefined, place: Place): string | undefined {
  const value = place.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Config)[key] : undefined),
    config,
  );
  return typeof value === "string" ? value : undefined;
}
