import { comesAfter, guards, recommendedManifest } from "../istio/roles.js";
import type { WasmPluginSpec } from "../istio/types.js";
import { WrongUse } from "../terminal.js";
import { parseModuleUrl } from "../validate/url.js";
import { calloutsOf } from "./callouts.js";
import type { Choices, Deployment, Target } from "./deployment.js";

/** What somebody asks for; what is left out is chosen. */
export interface Wish extends Choices {
  /** A bundled plugin, or what a project's plugin is registered as. */
  plugin: string;
  /** How a project's own manifest says that it is deployed. */
  own?: WasmPluginSpec;
  namespace?: string;
  target?: Target;
  ports?: number[];
  config?: Record<string, unknown>;
  env?: Deployment["env"];
}

/** The deployment that a wish comes to: what it says, else what the plugin's own manifest says, else what is safe. */
export function plan(wish: Wish): Deployment {
  const usual = wish.own ?? recommendedManifest(wish.plugin)?.value.spec;
  const target = wish.target ?? usualTarget(usual) ?? "namespace";
  const isAtGateway = isGateway(target);
  const type = wish.type ?? (usual?.type === "NETWORK" ? "NETWORK" : "HTTP");
  const url = wish.image ?? usual?.url ?? `oci://registry.example.com/${wish.plugin}:1.0.0`;
  checkSource(url, wish);
  const phase = wish.phase ?? usual?.phase ?? "UNSPECIFIED_PHASE";
  const mode = wish.mode ?? (isAtGateway ? "CLIENT" : (modeOf(usual) ?? "SERVER"));
  const failStrategy = wish.failStrategy ?? usual?.failStrategy ?? "FAIL_CLOSE";
  const base = wish.config ?? usual?.pluginConfig;
  const config = wish.debug ? { ...base, log_level: "debug" } : base;
  return {
    plugin: wish.plugin,
    name: wish.name ?? wish.plugin,
    namespace: wish.namespace,
    source: {
      url,
      ...(wish.sha256 !== undefined && { sha256: wish.sha256 }),
      ...(wish.pullPolicy !== undefined && { pullPolicy: wish.pullPolicy }),
      ...(wish.pullSecret !== undefined && { pullSecret: wish.pullSecret }),
    },
    target,
    isAtGateway,
    type,
    phase,
    mode,
    ports: wish.ports ?? [],
    priority: wish.priority ?? usual?.priority ?? 0,
    failStrategy,
    config,
    env: wish.env ?? [],
    holdsHeaders: holdsHeaders(wish.plugin, config),
    callouts: calloutsOf(wish.plugin, config),
    reasons: {
      phase: phaseReason(phase),
      mode: modeReason(mode, isAtGateway),
      failStrategy: failReason(failStrategy, guards.has(wish.plugin)),
      ...(wish.debug && {
        config:
          "Lines at debug come only when the proxy lets them: istioctl proxy-config log <pod> --level wasm:debug",
      }),
    },
  };
}

/**
 * Plugins in the order in which a request is to meet them: phases in Istio's order, and within a phase priorities that go
 * down, with room between them. Throws `WrongUse` where a phase that somebody asked for forbids the order.
 */
export function inOrder(wishes: readonly Wish[]): Deployment[] {
  const planned = wishes.map(plan);
  const rank = (phase: string) => ["AUTHN", "AUTHZ", "STATS", "UNSPECIFIED_PHASE"].indexOf(phase);
  for (const [index, deployment] of planned.entries()) {
    const before = planned[index - 1];
    if (before !== undefined && rank(deployment.phase) < rank(before.phase)) {
      if (wishes[index]!.phase !== undefined)
        throw new WrongUse(
          `${deployment.name} is to run after ${before.name}, and its phase ${deployment.phase} comes before ${before.phase}: give it that phase, or another place in the list`,
        );
      deployment.phase = before.phase;
      deployment.reasons.phase = `The phase of ${before.name}, which comes before it.`;
    }
    const relied = comesAfter[deployment.plugin]?.find((other) =>
      planned.slice(index + 1).some(({ plugin }) => plugin === other),
    );
    if (relied !== undefined)
      throw new WrongUse(
        `${deployment.plugin} relies on ${relied}, which comes after it in the list: put ${relied} first`,
      );
  }
  for (const phase of new Set(planned.map((deployment) => deployment.phase))) {
    const group = planned.filter((deployment) => deployment.phase === phase);
    if (group.length < 2) continue;
    for (const [index, deployment] of group.entries()) {
      const wished = wishes[planned.indexOf(deployment)]!.priority;
      deployment.priority = wished ?? (group.length - index) * 100;
      const next = group[index + 1]?.name;
      deployment.reasons.priority = `Within a phase the higher number runs first: ${index === 0 ? `this one before ${next}` : `after ${group[index - 1]!.name}${next === undefined ? "" : `, before ${next}`}`}.`;
    }
    const numbers = group.map(({ priority }) => priority);
    if (numbers.some((number, index) => index > 0 && number >= numbers[index - 1]!))
      throw new WrongUse(
        `the priorities of ${group.map(({ name }) => name).join(", ")} are ${numbers.join(", ")}: they must go down for this order, since the higher number runs first`,
      );
  }
  return planned;
}

function checkSource(url: string, { sha256 }: Wish): void {
  const parsed = parseModuleUrl(url);
  if (parsed === null || !["oci", "http", "https", "file"].includes(parsed.scheme ?? ""))
    throw new WrongUse(
      `${url} is no place of a module: write oci://host/name:tag, or https://host/file.wasm`,
    );
  if (sha256 !== undefined && !/^[a-f0-9]{64}$/.test(sha256))
    throw new WrongUse(
      `--sha256 ${sha256}: expected 64 hexadecimal digits in lower case, as \`apw image push\` prints them`,
    );
}

function usualTarget(spec: WasmPluginSpec | undefined): Target | null {
  const labels = spec?.selector?.matchLabels;
  if (labels !== undefined) return { labels };
  const [ref] = spec?.targetRefs ?? [];
  if (ref?.kind === "Gateway") return { gateway: ref.name };
  return ref?.kind === "Service" ? { service: ref.name } : null;
}

const modeOf = (spec: WasmPluginSpec | undefined): Deployment["mode"] | undefined => {
  const mode = spec?.match?.[0]?.mode;
  return mode === undefined || mode === "UNDEFINED" ? undefined : mode;
};

export function isGateway(target: Target): boolean {
  if (target === "namespace" || "service" in target) return false;
  return (
    "gateway" in target ||
    Object.entries(target.labels).some(
      ([key, value]) => (key === "istio" || key === "app") && value.includes("gateway"),
    )
  );
}

/** Bundled plugins that wait for a body before the headers go on, by their configuration. */
function holdsHeaders(plugin: string, config: Record<string, unknown> | undefined): boolean {
  if (plugin === "ext-auth") return config?.["with_request_body"] === true;
  return plugin === "transform" && JSON.stringify(config ?? {}).includes('"hold_headers":true');
}

function phaseReason(phase: Deployment["phase"]): string {
  if (phase === "AUTHN")
    return "Before Istio's own authentication filters: whoever comes later sees what it made of the request.";
  if (phase === "AUTHZ") return "After Istio's authentication, before its authorization.";
  if (phase === "STATS")
    return "After Istio's authorization, before its metrics: only requests that were let by come here.";
  return "Without a phase: the end of the chain, next to the router.";
}

function modeReason(mode: Deployment["mode"], isAtGateway: boolean): string {
  if (isAtGateway) return "What goes through a gateway counts as CLIENT.";
  if (mode === "SERVER")
    return "Requests that come in at the workload. With CLIENT_AND_SERVER a call between two workloads would pass twice.";
  if (mode === "CLIENT") return "Requests that the workload makes.";
  return "Inbound and outbound: a call between two of these workloads passes twice.";
}

function failReason(strategy: Deployment["failStrategy"], isGuard: boolean): string {
  if (strategy === "FAIL_OPEN")
    return `When the module cannot be fetched or fails, requests go on without it${isGuard ? ", unchecked: choose FAIL_CLOSE where they must not" : ""}.`;
  if (strategy === "FAIL_RELOAD")
    return "When the module traps, requests fail, and the VM is started again, at most once a second.";
  return `When the module cannot be fetched or fails, requests are refused${isGuard ? ": what it checks must not be open by accident" : ". Choose FAIL_OPEN where the site must stay up without it"}.`;
}
