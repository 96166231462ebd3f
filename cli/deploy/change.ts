import type { WasmPluginSpec } from "../istio/types.js";
import { digestIfKnown } from "./digest.js";
import { remember, same, type Version, versionsOf } from "./history.js";
import type { Kubectl } from "./kubectl.js";
import { whoAmI } from "./prerequisites.js";
import { type Deployed, kind, nameOf, wasmPluginOrNull } from "./wasm-plugins.js";
import { asManifest, write } from "./write.js";

/** A WasmPlugin that was written. */
export interface Change {
  action: "created" | "updated" | "unchanged";
  /** Before; null where there was none. */
  before: Deployed | null;
  after: Deployed;
  version: number;
  digest: string | undefined;
}

/** An object that a file describes. */
export interface Wanted {
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: WasmPluginSpec;
}

/** Writes a WasmPlugin as it is wanted, with the state before it kept; one that is so already is left alone. */
export async function change(kubectl: Kubectl, wanted: Wanted, what: string): Promise<Change> {
  const { name, namespace, labels, annotations } = wanted.metadata;
  const before = await wasmPluginOrNull(kubectl, name, namespace);
  const versions = before === null ? [] : versionsOf(before);
  const digest = await digestIfKnown(wanted.spec.url, wanted.spec.sha256);
  const has = (had: Record<string, string> | undefined, some: Record<string, string> = {}) =>
    Object.entries(some).every(([key, value]) => had?.[key] === value);
  if (
    before !== null &&
    same(before.spec, wanted.spec) &&
    has(before.metadata.labels, labels) &&
    has(before.metadata.annotations, annotations)
  )
    return { action: "unchanged", before, after: before, version: versions[0]!.number, digest };
  const after: Deployed = {
    apiVersion: "extensions.istio.io/v1alpha1",
    kind: "WasmPlugin",
    metadata: {
      ...before?.metadata,
      name,
      namespace,
      ...((labels ?? before?.metadata.labels) && { labels: { ...before?.metadata.labels, ...labels } }),
      ...((annotations ?? before?.metadata.annotations) && {
        annotations: { ...before?.metadata.annotations, ...annotations },
      }),
    },
    spec: wanted.spec,
  };
  const version: Omit<Version, "number"> = {
    at: new Date().toISOString(),
    by: await whoAmI(kubectl),
    what,
    ...(digest !== undefined && { digest }),
    spec: wanted.spec,
  };
  const history = remember(versions, version);
  await write(kubectl, after, history);
  const number = Math.max(0, ...versions.map((one) => one.number)) + 1;
  return { action: before === null ? "created" : "updated", before, after, version: number, digest };
}

/** Takes a change back: the spec from before, as a further version; what was not there before is deleted. */
export async function takeBack(
  kubectl: Kubectl,
  { action, before, after }: Change,
  why: string,
): Promise<string> {
  if (action === "unchanged") return `${nameOf(after)} is as it was`;
  if (before === null) {
    await kubectl.change(["delete", kind, after.metadata.name, "--wait=true"], {
      namespace: after.metadata.namespace,
    });
    return `deleted ${nameOf(after)} again`;
  }
  const { metadata, spec } = before;
  const undone = await change(kubectl, { metadata, spec }, why);
  return `${nameOf(after)} is as before, as version ${undone.version}`;
}

/** A WasmPlugin as YAML that can be applied again. */
export async function manifestText(object: Deployed): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(asManifest(object), { lineWidth: 0 });
}
