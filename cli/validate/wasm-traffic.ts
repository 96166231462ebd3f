import type { WasmPluginSpec } from "../istio/types.js";
import { type Finding, isObject, type Place } from "./finding.js";

const rule = "wasmplugin";

/** Selectors of gateways, as Istio's own charts and the Gateway API's controller label them. */
const isGatewaySelector = (labels: Record<string, string> = {}): boolean =>
  Object.entries(labels).some(
    ([key, value]) =>
      (key === "istio" && /gateway/.test(value)) ||
      (key === "app" && /gateway/.test(value)) ||
      /gateway-name$/.test(key),
  );

const isAtGateway = ({ selector, targetRef, targetRefs }: WasmPluginSpec): boolean =>
  isGatewaySelector(selector?.matchLabels) ||
  [targetRef, ...(Array.isArray(targetRefs) ? targetRefs : [])].some((target) =>
    /^Gateway/.test(target?.kind ?? ""),
  );

/** What is wrong with which proxies get it. */
export function targetFindings(spec: WasmPluginSpec, namespace: string | undefined): Finding[] {
  const ways = (["selector", "targetRef", "targetRefs"] as const).filter((way) => spec[way] !== undefined);
  const found: Finding[] = [];
  if (ways.length > 1)
    found.push({
      level: "error",
      rule: `${rule}/targets`,
      place: ["spec", ways[1]!],
      message: `only one of spec.${ways.join(" and spec.")} can be there`,
    });
  if (ways.length === 0 && namespace === "istio-system")
    found.push({
      level: "warning",
      rule: `${rule}/everywhere`,
      place: ["spec"],
      message:
        "it has no selector and no targetRefs, and istio-system is usually Istio's root namespace: it runs in every proxy of the mesh",
      proposal: "Give spec.selector.matchLabels or spec.targetRefs where that is not meant.",
    });
  const refs = Array.isArray(spec.targetRefs) ? spec.targetRefs : [];
  for (const [index, target] of refs.entries()) {
    const isGateway = target?.kind === "Gateway" || target?.kind === "GatewayClass";
    const group = target?.group ?? "";
    const place: Place = ["spec", "targetRefs", index, "group"];
    if (isGateway && group !== "gateway.networking.k8s.io")
      found.push({
        level: "error",
        rule: `${rule}/target-group`,
        place,
        message: `a ${target.kind} is of the group gateway.networking.k8s.io; with ${group === "" ? "no group" : group} nothing is found`,
        proposal: "Write group: gateway.networking.k8s.io.",
        fix: [{ set: place, to: "gateway.networking.k8s.io" }],
      });
    if (target?.kind === "Service" && group !== "" && group !== "core")
      found.push({
        level: "error",
        rule: `${rule}/target-group`,
        place,
        message: `a Service is of no group; with ${group} nothing is found`,
        proposal: 'Write group: "".',
        fix: [{ set: place, to: "" }],
      });
  }
  return found;
}

/** What is wrong with what the VM sees as its environment. */
export function environmentFindings({ vmConfig }: WasmPluginSpec): Finding[] {
  const entries = Array.isArray(vmConfig?.env) ? vmConfig.env : [];
  const found: Finding[] = [];
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    if (!isObject(entry)) continue;
    const place: Place = ["spec", "vmConfig", "env", index];
    if (entry.valueFrom === "HOST" && entry.value !== undefined)
      found.push({
        level: "error",
        rule: `${rule}/env-host-value`,
        place: [...place, "value"],
        message: `${entry.name} takes the proxy's own variable (valueFrom: HOST) and has a value`,
        proposal: "Leave out value, or write valueFrom: INLINE.",
      });
    if (seen.has(entry.name))
      found.push({
        level: "error",
        rule: `${rule}/env-twice`,
        place: [...place, "name"],
        message: `${entry.name} is there twice`,
        proposal: "Leave one of them out.",
      });
    seen.add(entry.name);
  }
  return found;
}

/** What is wrong with which traffic goes through it. */
export function matchFindings(spec: WasmPluginSpec): Finding[] {
  const found: Finding[] = [];
  const entries = Array.isArray(spec.match) ? spec.match : [];
  for (const [index, entry] of entries.entries()) {
    const ports = Array.isArray(entry?.ports) ? entry.ports.map((port) => port?.number) : [];
    for (const [at, port] of ports.entries()) {
      if (ports.indexOf(port) < at)
        found.push({
          level: "error",
          rule: `${rule}/port-twice`,
          place: ["spec", "match", index, "ports", at],
          message: `port ${port} is there twice`,
        });
    }
  }
  if (isAtGateway(spec)) {
    const only = entries.length > 0 && entries.every((entry) => entry?.mode === "SERVER");
    if (only)
      found.push({
        level: "warning",
        rule: `${rule}/gateway-mode`,
        place: ["spec", "match", 0, "mode"],
        message: "it is at a gateway, whose traffic counts as CLIENT: with mode SERVER alone it never runs",
        proposal: "Write mode: CLIENT.",
        fix: entries.map((_, index) => ({ set: ["spec", "match", index, "mode"], to: "CLIENT" })),
      });
    return found;
  }
  const bothWays = (mode: unknown) =>
    mode === undefined || mode === "UNDEFINED" || mode === "CLIENT_AND_SERVER";
  const index = entries.findIndex((entry) => isObject(entry) && bothWays(entry.mode));
  // Asked for in so many words, it is meant.
  const isMeant = entries.some((entry) => entry?.mode === "CLIENT_AND_SERVER");
  const modes = new Set(entries.map((entry) => entry?.mode));
  if (
    !isMeant &&
    (entries.length === 0 ||
      index >= 0 ||
      (modes.has("CLIENT") && modes.has("SERVER") && entries.every((entry) => entry?.ports === undefined)))
  )
    found.push({
      level: "warning",
      rule: `${rule}/both-directions`,
      place: entries.length === 0 ? ["spec"] : ["spec", "match", Math.max(index, 0)],
      message:
        "without a mode it runs inbound and outbound: a call between two workloads of this selection passes through it twice",
      proposal:
        "Give spec.match a mode: SERVER for what comes in, CLIENT for what goes out, CLIENT_AND_SERVER where both are meant.",
    });
  return found;
}
