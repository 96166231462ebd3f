import { WrongUse } from "../terminal.js";
import type { Deployment } from "./deployment.js";
import type { Canary } from "./project-file.js";

/**
 * Two deployments of one plugin: the stable version for pods with one label, the new one for pods with another. A
 * WasmPlugin selects pods and never a share of the traffic: how many pods have which label is what is turned up.
 */
export function besideCanary(stable: Deployment, canary: Canary): [Deployment, Deployment] {
  const { labels = { track: "canary" }, stableLabels = { track: "stable" } } = canary;
  const { target } = stable;
  if (target === "namespace" || !("labels" in target))
    throw new WrongUse(
      "a canary needs pods that labels tell apart: give --selector with the labels that both have",
    );
  const text = (some: Record<string, string>) =>
    Object.entries(some)
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
  if (text(labels) === text(stableLabels))
    throw new WrongUse("the canary's labels must be others than those of the stable version");
  const of = (some: Record<string, string>, what: string, more: Partial<Deployment>): Deployment => ({
    ...stable,
    ...more,
    target: { labels: { ...target.labels, ...some } },
    reasons: {
      ...stable.reasons,
      target: `${what}: its pods need the label ${text(some)} in their template. Pods with neither label get no plugin at all.`,
    },
  });
  const { sha256: _, ...source } = stable.source;
  return [
    of(stableLabels, "The stable version", { name: `${stable.name}-stable` }),
    of(labels, "The new version", {
      name: `${stable.name}-canary`,
      source: { ...source, url: canary.image, ...(canary.sha256 !== undefined && { sha256: canary.sha256 }) },
    }),
  ];
}
