import { WrongUse } from "../terminal.js";
import type { Shares } from "./canary.js";
import { change } from "./change.js";
import type { Kubectl } from "./kubectl.js";
import { NotFound } from "./kubectl-trouble.js";
import { labelText } from "./pods.js";
import type { Deployed } from "./wasm-plugins.js";

interface Destination {
  destination?: { host?: string; subset?: string };
  weight?: number;
}

interface VirtualService {
  spec: { http?: { route?: Destination[]; [other: string]: unknown }[] };
}

interface DestinationRule {
  spec: { host: string; subsets?: { name: string; labels?: Record<string, string> }[] };
}

const virtualServices = "virtualservices.networking.istio.io";

/**
 * The new version for a share of the requests: a VirtualService's weights between two subsets, whose pods have other
 * labels in their templates. The plugin itself splits no traffic: all pods of the subset have the new version.
 */
export async function routeShares(
  kubectl: Kubectl,
  live: Deployed,
  name: string,
  subset: string,
): Promise<Shares> {
  const [namespace, service] = name.includes("/")
    ? (name.split("/") as [string, string])
    : [live.metadata.namespace, name];
  const found = await kubectl
    .json<VirtualService>(["get", virtualServices, service], { namespace })
    .catch((error: unknown) => {
      if (error instanceof NotFound)
        throw new WrongUse(`namespace ${namespace} has no VirtualService ${service}`);
      throw error;
    });
  const http = found.spec.http ?? [];
  const isSplit = ({ route = [] }: { route?: Destination[] }) =>
    route.length === 2 && route.some(({ destination }) => destination?.subset === subset);
  const split = http.find(isSplit);
  if (split === undefined)
    throw new WrongUse(
      `VirtualService ${name} has no route to two destinations of which one is the subset ${subset}: --canary-subset names another`,
    );
  const host = split.route!.find(({ destination }) => destination?.subset === subset)!.destination!.host!;
  const rules = await kubectl.json<{ items: DestinationRule[] }>(
    ["get", "destinationrules.networking.istio.io"],
    { namespace },
  );
  const rule = rules.items.find(({ spec }) => spec.host === host);
  const labels = rule?.spec.subsets?.find((one) => one.name === subset)?.labels;
  if (labels === undefined)
    throw new WrongUse(
      `namespace ${namespace} has no DestinationRule for ${host} with labels of the subset ${subset}`,
    );
  const stable = live.spec.selector?.matchLabels ?? {};
  if (Object.entries(labels).every(([key, value]) => stable[key] === undefined || stable[key] === value))
    throw new WrongUse(
      `${live.metadata.name} selects the pods of subset ${subset} too (${labelText(labels)}), and they would run both versions: give its selector the labels of the stable subset first`,
    );
  const weigh = async (spec: VirtualService["spec"]["http"]) => {
    const patch = JSON.stringify({ spec: { http: spec } });
    await kubectl.change(["patch", virtualServices, service, "--type=merge", "-p", patch], { namespace });
  };
  let isMoved = false;
  return {
    what: `by the weights of VirtualService ${name}`,
    selector: labels,
    async set(percent) {
      isMoved = true;
      await weigh(
        http.map((route) =>
          isSplit(route)
            ? {
                ...route,
                route: route.route!.map((one) => ({
                  ...one,
                  weight: one.destination?.subset === subset ? percent : 100 - percent,
                })),
              }
            : route,
        ),
      );
      return `of the requests of VirtualService ${name}`;
    },
    tend: () => Promise.resolve(0),
    async settle(final, removeCanary) {
      const done = await change(kubectl, { metadata: live.metadata, spec: final }, "after a canary");
      // The requests go back before the canary's pods are without the plugin.
      if (isMoved) await weigh(http);
      isMoved = false;
      await removeCanary();
      return done.version;
    },
  };
}
