import type { ObjectMeta, WasmPluginSpec } from "../istio/types.js";
import { near } from "../near.js";
import { WrongUse } from "../terminal.js";
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
  managedFields?: {
    manager?: string;
    operation?: string;
    time?: string;
    subresource?: string;
    fieldsV1?: Record<string, unknown>;
  }[];
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
