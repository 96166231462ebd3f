import type { Callout } from "./deployment.js";

type Config = Record<string, unknown>;

/** Where bundled plugins name the services that they call, and whether as a URL or as an Envoy cluster. */
const named: Record<string, { url?: string; cluster?: string; grpc?: boolean }[]> = {
  "jwt-validator": [{ url: "jwks_uri", cluster: "jwks_cluster" }],
  "rbac-enforcer": [{ url: "policy_endpoint", cluster: "policy_cluster" }],
  "ext-auth": [{ cluster: "auth_cluster" }],
  "rate-limit": [{ cluster: "global.cluster", grpc: true }],
  "auth-callout": [{ cluster: "auth_cluster" }],
};

/** The services that a plugin calls with this configuration. Plugins that are not known here call none. */
export function calloutsOf(plugin: string, config: Config | undefined): Callout[] {
  return (named[plugin] ?? []).flatMap(({ url, cluster, grpc = false }) => {
    const name = cluster === undefined ? undefined : textAt(config, cluster);
    const address = url === undefined ? undefined : textAt(config, url);
    const key = address === undefined ? cluster! : url!;
    const service = address === undefined ? byCluster(name) : byUrl(address);
    if (service === null) return [];
    return [{ ...service, ...(name !== undefined && address !== undefined && { cluster: name }), grpc, key }];
  });
}

type Service = Omit<Callout, "grpc" | "key">;

/** `https://issuer.example.com/keys`: the cluster is the one that Istio makes for the host. */
function byUrl(text: string): Service | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, port } = new URL(text);
  const tls = protocol === "https:";
  const number = port === "" ? (tls ? 443 : 80) : Number(port);
  return {
    cluster: `outbound|${number}||${hostname}`,
    host: hostname,
    port: number,
    tls,
    isInMesh: isInMesh(hostname),
  };
}

/** `outbound|9000||authz.security.svc.cluster.local`, `ratelimit.infra:8081` or the name of a cluster in a bootstrap. */
function byCluster(name: string | undefined): Service | null {
  if (name === undefined || name === "") return null;
  const [, istioPort, istioHost] = /^outbound\|(\d+)\|[^|]*\|(.+)$/.exec(name) ?? [];
  if (istioHost !== undefined)
    return {
      cluster: name,
      host: istioHost,
      port: Number(istioPort),
      tls: istioPort === "443",
      isInMesh: isInMesh(istioHost),
    };
  const [, host, port] = /^(?:http:\/\/)?([a-z0-9.-]+):(\d+)\/?$/i.exec(name) ?? [];
  if (host !== undefined)
    return {
      cluster: `outbound|${port}||${host}`,
      host,
      port: Number(port),
      tls: false,
      isInMesh: isInMesh(host),
    };
  return { cluster: name, host: name, port: 0, tls: false, isInMesh: false };
}

/** Names of services: short ones, `name.namespace`, and those that end as Kubernetes's do. */
export function isInMesh(host: string): boolean {
  if (/^[\d.]+$/.test(host) || host.includes(":")) return false;
  return (
    !host.includes(".") ||
    /\.svc(\.cluster\.local)?$/.test(host) ||
    (host.split(".").length === 2 && !/\.[a-z]{2,3}$/i.test(host))
  );
}

function textAt(config: Config | undefined, path: string): string | undefined {
  const value = path
    .split(".")
    .reduce<unknown>(
      (at, key) => (typeof at === "object" && at !== null ? (at as Config)[key] : undefined),
      config,
    );
  return typeof value === "string" ? value : undefined;
}
