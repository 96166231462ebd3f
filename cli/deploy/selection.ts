import type { Kubectl } from "./kubectl.js";
import { labelText, type Pod, podName, podsWith, type Selection } from "./pods.js";
import type { Deployed } from "./wasm-plugins.js";

type Named = Pick<Deployed, "metadata" | "spec">;

/** A selection, and what it is in words. */
type Told = Selection & { text: string };

/** Istio gives the pods of a gateway or waypoint a label with their Gateway's name. */
const gatewayName = "gateway.networking.k8s.io/gateway-name";

/** Which pods a WasmPlugin is for. `targetRefs` name a Gateway, or a Service whose waypoint it is. */
export async function selectionsOf(
  kubectl: Kubectl,
  { metadata, spec }: Named,
  rootNamespace: string,
): Promise<Told[]> {
  const refs = spec.targetRefs ?? (spec.targetRef === undefined ? [] : [spec.targetRef]);
  if (refs.length > 0) {
    const found: Told[] = [];
    for (const { kind, name, namespace = metadata.namespace } of refs)
      found.push(await selectionOfTarget(kubectl, kind, name, namespace));
    return found;
  }
  const labels = spec.selector?.matchLabels ?? {};
  const isRoot = metadata.namespace === rootNamespace;
  const namespace = isRoot ? "all" : metadata.namespace;
  const place = isRoot ? "all namespaces" : `namespace ${namespace}`;
  const words = labelText(labels);
  return [
    { namespace, labels, text: words === "" ? `all pods of ${place}` : `pods with ${words} in ${place}` },
  ];
}

async function selectionOfTarget(
  kubectl: Kubectl,
  kind: string | undefined,
  name: string,
  namespace: string,
): Promise<Told> {
  const waypoints = { "gateway.istio.io/managed": "istio.io-mesh-controller" };
  if (kind === "Gateway")
    return { namespace, labels: { [gatewayName]: name }, text: `pods of Gateway ${name}` };
  if (kind === "GatewayClass") return { namespace: "all", labels: waypoints, text: "waypoints" };
  const what = `${kind} ${name}`;
  const used = await waypointOf(kubectl, kind, name, namespace);
  if (used === "none")
    return {
      namespace,
      labels: { [gatewayName]: used },
      text: `pods of the waypoint of ${what}, which uses none`,
    };
  // Neither says, or who asks may not see them.
  if (used === null) return { namespace, labels: waypoints, text: `pods of the waypoint of ${what}` };
  return {
    namespace: used.namespace,
    labels: { [gatewayName]: used.name },
    text: `pods of waypoint ${used.name}, which ${what} uses`,
  };
}

/** Which waypoint a Service or ServiceEntry goes through: its own label says so, else that of its namespace. */
async function waypointOf(
  kubectl: Kubectl,
  kind: string | undefined,
  name: string,
  namespace: string,
): Promise<{ name: string; namespace: string } | "none" | null> {
  const resource = kind === "ServiceEntry" ? "serviceentries.networking.istio.io" : "services";
  const ways: [words: string[], scope: string][] = [
    [["get", resource, name], namespace],
    [["get", "namespaces", namespace], "all"],
  ];
  type Labelled = { metadata: { labels?: Record<string, string> } };
  for (const [words, scope] of ways) {
    const found = await kubectl.json<Labelled>(words, { namespace: scope }).catch(() => null);
    const { "istio.io/use-waypoint": used, "istio.io/use-waypoint-namespace": where } =
      found?.metadata.labels ?? {};
    if (used === "none") return used;
    if (used !== undefined && used !== "") return { name: used, namespace: where ?? namespace };
  }
  return null;
}

/** What a WasmPlugin is for, in words. */
export async function selectionText(kubectl: Kubectl, plugin: Named, rootNamespace: string): Promise<string> {
  const selections = await selectionsOf(kubectl, plugin, rootNamespace);
  return selections.map(({ text }) => text).join(" and ");
}

/** The pods that a WasmPlugin selects and that have not ended, in the order of their names. */
export async function podsOf(kubectl: Kubectl, plugin: Named, rootNamespace: string): Promise<Pod[]> {
  const found: Pod[] = [];
  for (const selection of await selectionsOf(kubectl, plugin, rootNamespace))
    found.push(...(await podsWith(kubectl, selection)));
  const unique = new Map(found.map((pod) => [podName(pod), pod]));
  return [...unique.values()].sort((a, b) => podName(a).localeCompare(podName(b)));
}
