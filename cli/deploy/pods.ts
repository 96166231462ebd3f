import type { WasmPluginSpec } from "../istio/types.js";
import type { Kubectl } from "./kubectl.js";
import type { Deployed } from "./wasm-plugins.js";

export interface Pod {
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    deletionTimestamp?: string;
    ownerReferences?: { kind: string; name: string; controller?: boolean }[];
  };
  spec?: { containers?: Container[]; initContainers?: Container[] };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

interface Container {
  name: string;
  image?: string;
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: Record<string, { reason?: string } | undefined>;
}

/** The container that Envoy and Istio's agent run in: of sidecars, gateways and waypoints. */
export const proxyContainer = "istio-proxy";

/** How a WasmPlugin names its pods. */
export interface Selection {
  /** A namespace, or `all` of them. */
  namespace: string;
  labels: Record<string, string>;
  /** The same in words. */
  text: string;
}

/**
 * Which pods a WasmPlugin is for. `targetRefs` name a Gateway or a Service, whose waypoint it is: Istio gives the pods
 * of both a label with the Gateway's name.
 */
export function selectionsOf(
  { metadata, spec }: Pick<Deployed, "metadata" | "spec">,
  rootNamespace: string,
): Selection[] {
  const isRoot = metadata.namespace === rootNamespace;
  const refs = spec.targetRefs ?? (spec.targetRef === undefined ? [] : [spec.targetRef]);
  if (refs.length > 0)
    return refs.map((ref): Selection => {
      const namespace = ref.namespace ?? metadata.namespace;
      if (ref.kind === "Gateway") {
        const labels = { "gateway.networking.k8s.io/gateway-name": ref.name };
        return { namespace, labels, text: `pods of Gateway ${ref.name}` };
      }
      const labels = { "gateway.istio.io/managed": "istio.io-mesh-controller" };
      const what = ref.kind === "GatewayClass" ? "waypoints" : `the waypoint of ${ref.kind} ${ref.name}`;
      return { namespace: ref.kind === "GatewayClass" ? "all" : namespace, labels, text: what };
    });
  const labels = spec.selector?.matchLabels ?? {};
  const namespace = isRoot ? "all" : metadata.namespace;
  const place = isRoot ? "all namespaces" : `namespace ${namespace}`;
  const words = labelText(labels);
  return [
    { namespace, labels, text: words === "" ? `all pods of ${place}` : `pods with ${words} in ${place}` },
  ];
}

export const labelText = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

/** The pods that a WasmPlugin selects and that have not ended, in the order of their names. */
export async function podsOf(
  kubectl: Kubectl,
  plugin: Pick<Deployed, "metadata" | "spec">,
  rootNamespace: string,
): Promise<Pod[]> {
  const found: Pod[] = [];
  for (const selection of selectionsOf(plugin, rootNamespace))
    found.push(...(await podsWith(kubectl, selection)));
  const unique = new Map(found.map((pod) => [podName(pod), pod]));
  return [...unique.values()].sort((a, b) => podName(a).localeCompare(podName(b)));
}

export async function podsWith(
  kubectl: Kubectl,
  { namespace, labels }: Pick<Selection, "namespace" | "labels">,
): Promise<Pod[]> {
  const selector = labelText(labels);
  const words = ["get", "pods", ...(selector === "" ? [] : ["-l", selector])];
  const everywhere = namespace === "all";
  const { items } = await kubectl.json<{ items: Pod[] }>([...words, ...(everywhere ? ["-A"] : [])], {
    namespace,
  });
  return items.filter(
    ({ status, metadata }) =>
      metadata.deletionTimestamp === undefined && !["Succeeded", "Failed"].includes(status?.phase ?? ""),
  );
}

export const podName = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

/** True where Envoy runs in it: as a container, or as an init container that stays (Istio's native sidecars). */
export function hasProxy({ spec }: Pod): boolean {
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return all.some(({ name }) => name === proxyContainer);
}

/** The version of its proxy, by its image's tag; null where that does not say. */
export function proxyVersion({ spec }: Pod): string | null {
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const image = all.find(({ name }) => name === proxyContainer)?.image ?? "";
  return /:v?(\d+\.\d+\.\d+[^@]*)/.exec(image)?.[1] ?? null;
}

export const proxyIsRunning = ({ status }: Pod): boolean => {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const proxy = statuses.find(({ name }) => name === proxyContainer);
  return proxy === undefined ? status?.phase === "Running" : proxy.state?.["running"] !== undefined;
};

/** True where two WasmPlugins may be for the same pod, by their labels. */
export function mayOverlap(one: WasmPluginSpec, other: WasmPluginSpec): boolean {
  const a = one.selector?.matchLabels ?? {};
  const b = other.selector?.matchLabels ?? {};
  return Object.entries(a).every(([key, value]) => b[key] === undefined || b[key] === value);
}
