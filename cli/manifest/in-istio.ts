import type { Place } from "../validate/finding.js";
import { isIpAddress } from "../words/endpoint.js";
import type { Callout, Deployment } from "./deployment.js";

/**
 * The host of the ServiceEntry for a service. Istio takes names alone there, so that an address gets one, and the cluster
 * is named for that.
 */
export const entryHost = ({ host, port }: Pick<Callout, "host" | "port">): string =>
  isIpAddress(host) ? `${entryName({ host, port })}.external` : host;

/** What objects for a service are called. */
export function entryName({ host, port }: Pick<Callout, "host" | "port">): string {
  const name = host
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "-")
    .replace(/^-+|-+$/g, (hyphens) => "0".repeat(hyphens.length));
  return `${name}-${port}`;
}

/** The cluster that Istio makes of such a ServiceEntry. */
export const entryCluster = (service: Pick<Callout, "host" | "port">): string =>
  `outbound|${service.port}||${entryHost(service)}`;

/** Whether a ServiceEntry is needed for the cluster to be there, and makes it. */
export const wantsEntry = (callout: Callout): boolean =>
  !callout.isInMesh && callout.port !== 0 && callout.cluster === entryCluster(callout);

/**
 * A deployment as it is in Istio: a plugin that calls an address is told the cluster that is made for it, since it would look
 * for one that is named for the address.
 */
export function inIstio(deployment: Deployment): Deployment {
  const config = structuredClone(deployment.config);
  const callouts = deployment.callouts.map((callout): Callout => {
    const isOfIstio = callout.cluster.startsWith(`outbound|${callout.port}|`);
    if (!isIpAddress(callout.host) || callout.port === 0 || !isOfIstio || !callout.clusterKey) return callout;
    const cluster = entryCluster(callout);
    put(config!, callout.clusterKey, cluster);
    return { ...callout, cluster };
  });
  return { ...deployment, config, callouts };
}

function put(config: Record<string, unknown>, place: Place, value: string): void {
  let at = config;
  for (const key of place.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[place.at(-1)!] = value;
}
