import type { TargetRef, WasmPlugin } from "../istio/types.js";
import type { Place } from "../validate/finding.js";
import { isIpAddress } from "../words/endpoint.js";
import { commented } from "./commented.js";
import type { Deployment, Target } from "./deployment.js";
import { wantsEntry } from "./in-istio.js";

/** A plugin as a WasmPlugin, with the reason of each choice beside it. */
export function wasmPluginYaml(deployment: Deployment): string {
  return commented(wasmPlugin(deployment), comments(deployment));
}

export function wasmPlugin(deployment: Deployment): WasmPlugin {
  const { source, target, type, phase, mode, ports, env } = deployment;
  return {
    apiVersion: "extensions.istio.io/v1alpha1",
    kind: "WasmPlugin",
    metadata: {
      name: deployment.name,
      ...(deployment.namespace !== undefined && { namespace: deployment.namespace }),
    },
    spec: {
      ...targetOf(target),
      url: source.url,
      ...(source.sha256 !== undefined && { sha256: source.sha256 }),
      ...(source.pullPolicy !== undefined && { imagePullPolicy: source.pullPolicy }),
      ...(source.pullSecret !== undefined && { imagePullSecret: source.pullSecret }),
      pluginName: deployment.plugin,
      ...(type === "NETWORK" && { type }),
      phase,
      priority: deployment.priority,
      match: [{ mode, ...(ports.length > 0 && { ports: ports.map((number) => ({ number })) }) }],
      failStrategy: deployment.failStrategy,
      ...(env.length > 0 && { vmConfig: { env } }),
      ...(deployment.config !== undefined && { pluginConfig: deployment.config }),
    },
  };
}

function targetOf(target: Target): Pick<WasmPlugin["spec"], "selector" | "targetRefs"> {
  if (target === "namespace") return {};
  if ("labels" in target) return { selector: { matchLabels: target.labels } };
  const ref: TargetRef =
    "gateway" in target
      ? { group: "gateway.networking.k8s.io", kind: "Gateway", name: target.gateway }
      : { group: "", kind: "Service", name: target.service };
  return { targetRefs: [ref] };
}

function comments({ source, reasons, target, type, env, ports, callouts }: Deployment): [Place, string][] {
  const isImage = source.url.startsWith("oci://");
  const said: [Place, string | undefined][] = [
    [
      ["spec", "selector"],
      reasons.target ??
        "The pods that get the plugin. Without a selector all pods of the namespace do; in Istio's root namespace, all of the mesh.",
    ],
    [
      ["spec", "targetRefs"],
      reasons.target ??
        (typeof target === "object" && "service" in target
          ? "At the waypoint of this service."
          : "At the proxies of this gateway."),
    ],
    [["spec", "url"], isImage ? "Keep the oci://: without it Istio drops the plugin." : undefined],
    [
      ["spec", "sha256"],
      isImage
        ? "The digest of the image's manifest, not of the module: the proxy refuses any other image under this name."
        : "The digest of the module: the proxy refuses any other.",
    ],
    [
      ["spec", "imagePullPolicy"],
      source.pullPolicy === "Always"
        ? "The registry is asked at each start whether the tag has another image."
        : "What is there under this name is not asked for again.",
    ],
    [["spec", "imagePullSecret"], "A Secret of type kubernetes.io/dockerconfigjson in this namespace."],
    [["spec", "type"], type === "NETWORK" ? "A filter of connections, not of HTTP requests." : undefined],
    [["spec", "phase"], reasons.phase],
    [["spec", "priority"], reasons.priority ?? "Within a phase the higher number runs first."],
    [["spec", "match"], reasons.mode],
    [
      ["spec", "match", 0, "ports"],
      ports.length > 0
        ? "Only traffic to these ports of the workload, or of the service that is called."
        : undefined,
    ],
    [["spec", "failStrategy"], reasons.failStrategy],
    [
      ["spec", "vmConfig"],
      env.length > 0
        ? "What the module sees as its environment. Plugins with another environment do not share a VM."
        : undefined,
    ],
    [["spec", "pluginConfig"], reasons.config],
    ...callouts
      .filter((callout) => isIpAddress(callout.host) && wantsEntry(callout))
      .map(({ clusterKey = [] }): [Place, string] => [
        ["spec", "pluginConfig", ...clusterKey],
        "The cluster that the ServiceEntry makes: Istio has none that is named for an address.",
      ]),
  ];
  return said.filter((entry): entry is [Place, string] => entry[1] !== undefined);
}
