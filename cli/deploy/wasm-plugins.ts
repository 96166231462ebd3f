import type { ObjectMeta, WasmPluginSpec } from "../istio/types.js";
import { near } from "../near.js";
import { WrongUse } from "../terminal.js";
import { historyAnnotation } from "./history.js";
import type { Kubectl } from "./kubectl.js";
import { NotFound } from "./kubectl-trouble.js";

/** The kind with its group: other kinds may have the same short name. */
export const kind = "wasmplugins.extensions.istio.io";

export interface LiveMeta extends ObjectMeta {
  name: string;
  namespace: string;
  resourceVersion?: string;
  generation?: number;
  uid?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  managedFields?: { manager?: string; operation?: string; time?: string; subresource?: string }[];
  finalizers?: string[];
  ownerReferences?: { kind?: string; name?: string }[];
}

/** A WasmPlugin as the cluster has it. */
export interface Deployed {
  apiVersion: string;
  kind: string;
  metadata: LiveMeta;
  spec: WasmPluginSpec;
  status?: unknown;
}

/** The WasmPlugin of a name. Throws `WrongUse` with the names that there are. */
export async function wasmPlugin(kubectl: Kubectl, name: string): Promise<Deployed> {
  const found = await wasmPluginOrNull(kubectl, name);
  if (found !== null) return found;
  const namespace = await kubectl.namespace();
  const names = (await wasmPlugins(kubectl)).map(({ metadata }) => metadata.name);
  const meant = near(name, names);
  const there =
    names.length === 0
      ? "there is none in it (-n names another namespace)"
      : meant === null
        ? `there are ${names.join(", ")}`
        : `did you mean ${meant}?`;
  throw new WrongUse(`namespace ${namespace} has no WasmPlugin ${name}: ${there}`);
}

export async function wasmPluginOrNull(
  kubectl: Kubectl,
  name: string,
  namespace?: string,
): Promise<Deployed | null> {
  try {
    return await kubectl.json<Deployed>(
      ["get", kind, name, "--show-managed-fields"],
      namespace === undefined ? {} : { namespace },
    );
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

export async function wasmPlugins(kubectl: Kubectl, everywhere = false): Promise<Deployed[]> {
  const words = ["get", kind, "--show-managed-fields", ...(everywhere ? ["-A"] : [])];
  const { items } = await kubectl.json<{ items: Deployed[] }>(words, everywhere ? { namespace: "all" } : {});
  return items.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/** `default/auth`. */
export const nameOf = ({ metadata }: Deployed): string => `${metadata.namespace}/${metadata.name}`;

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** What is kept of an object that somebody may want to apply again. */
export function asManifest({ apiVersion, kind: what, metadata, spec }: Deployed): object {
  const { name, namespace, labels, annotations = {} } = metadata;
  const own = Object.entries(annotations).filter(([key]) => key !== lastApplied && key !== historyAnnotation);
  return {
    apiVersion,
    kind: what,
    metadata: {
      name,
      namespace,
      ...(labels !== undefined && { labels }),
      ...(own.length > 0 && { annotations: Object.fromEntries(own) }),
    },
    spec,
  };
}

/**
 * Writes a WasmPlugin with its versions, all in one: two writes could be broken off between them. It carries kubectl's
 * own note of what was applied, without the versions, so that a later `kubectl apply` of a file takes out what the file
 * no longer has and leaves the versions alone. An object that changed since it was read is not overwritten.
 */
export async function write(kubectl: Kubectl, object: Deployed, history: string): Promise<void> {
  const isNew = object.metadata.resourceVersion === undefined;
  const { managedFields: _, uid: _uid, generation: _generation, ...metadata } = object.metadata;
  const applied = JSON.stringify(asManifest(object));
  const whole = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [lastApplied]: `${applied}\n`, [historyAnnotation]: history },
    },
    spec: object.spec,
  };
  const verb = isNew ? "create" : "replace";
  await kubectl.change([verb, "-f", "-", "--validate=strict", "--field-manager=apw"], {
    input: JSON.stringify(whole),
    namespace: object.metadata.namespace,
  });
}

/** Tools that put back what their repository says: what is changed here they undo. */
export function gitopsOwner({ metadata }: Deployed): string | null {
  const managers = (metadata.managedFields ?? []).map(({ manager = "" }) => manager);
  if (managers.some((name) => /^argocd/.test(name))) return "Argo CD";
  if (managers.some((name) => /^(kustomize|helm)-controller$/.test(name))) return "Flux";
  if (
    managers.some((name) => name === "helm") ||
    metadata.labels?.["app.kubernetes.io/managed-by"] === "Helm"
  )
    return "Helm";
  return null;
}
