import type { WasmPluginSpec } from "../istio/types.js";
import type { Kubectl } from "./kubectl.js";

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

/** Which pods, by their labels. */
export interface Selection {
  /** A namespace, or `all` of them. */
  namespace: string;
  labels: Record<string, string>;
}

export const labelText = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

export async function podsWith(kubectl: Kubectl, { namespace, labels }: Selection): Promise<Pod[]> {
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
