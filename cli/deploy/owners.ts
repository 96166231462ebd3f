import { yellow } from "../terminal.js";
import { type Deployed, nameOf } from "./wasm-plugins.js";

/** Tools that put back what their repository says: what is changed here they undo. */
export function gitopsOwner({ metadata }: Deployed): string | null {
  const { labels = {}, annotations = {} } = metadata;
  const managers = (metadata.managedFields ?? []).map(({ manager = "" }) => manager);
  if (
    managers.some((name) => /^argocd/.test(name)) ||
    annotations["argocd.argoproj.io/tracking-id"] !== undefined ||
    labels["argocd.argoproj.io/instance"] !== undefined
  )
    return "Argo CD";
  if (
    managers.some((name) => /^(kustomize|helm)-controller$/.test(name)) ||
    Object.keys(labels).some((key) => /^(kustomize|helm)\.toolkit\.fluxcd\.io\/name$/.test(key))
  )
    return "Flux";
  if (managers.some((name) => name === "helm") || labels["app.kubernetes.io/managed-by"] === "Helm")
    return "Helm";
  return null;
}

/** What somebody must know who changes an object that such a tool keeps too; null where none does. */
export function ownerWarning(object: Deployed): string | null {
  const owner = gitopsOwner(object);
  if (owner === null) return null;
  return `${yellow("warning")}  ${nameOf(object)} is also kept by ${owner}, which will put back what it knows: make the change in its repository too`;
}
