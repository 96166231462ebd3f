import { setTimeout as sleep } from "node:timers/promises";
import type { Expected } from "./ecds.js";
import type { Kubectl } from "./kubectl.js";
import type { Pod } from "./pods.js";
import { type PodState, stateOf } from "./proxy.js";
import { podsOf, selectionText } from "./selection.js";
import type { Deployed } from "./wasm-plugins.js";

export interface Rollout {
  /** True when every proxy took it, and there is one. */
  ok: boolean;
  pods: PodState[];
  /** What is wrong, where something is. */
  trouble?: string;
  /** What somebody should know all the same. */
  notes: string[];
}

export interface RolloutOptions {
  /** Milliseconds until all must have taken it. */
  timeout: number;
  rootNamespace: string;
  say: (line: string) => void;
  signal?: AbortSignal;
  /** When the change was made: logs are read from there. */
  since: Date;
  /** The pods that must take it; those that it selects without it. */
  pods?: () => Promise<Pod[]>;
}

const settled = new Set<PodState["state"]>(["taken", "no-proxy"]);
const broken = new Set<PodState["state"]>(["rejected", "denies-all", "allows-all"]);

/** How long a proxy may look broken until that counts: the state before the change may be the one that is broken. */
const patience = 5_000;

/** Waits until every proxy of the pods has the filter as the WasmPlugin says it. */
export async function rollout(
  kubectl: Kubectl,
  plugin: Deployed,
  expected: Expected,
  options: RolloutOptions,
): Promise<Rollout> {
  const started = Date.now();
  let said = "";
  let brokenSince: number | null = null;
  for (;;) {
    const pods = await (options.pods ?? (() => podsOf(kubectl, plugin, options.rootNamespace)))();
    const states = await kubectl.each(pods, (pod) => stateOf(kubectl, pod, plugin, expected, options.since));
    const withProxy = states.filter(({ state }) => state !== "no-proxy");
    const taken = states.filter(({ state }) => state === "taken").length;
    const line = `${taken} of ${withProxy.length} proxies have taken it`;
    if (line !== said) options.say(line);
    said = line;
    const notes = notesOn(states);
    if (withProxy.length === 0)
      return { ok: false, pods: states, notes, trouble: await nobody(kubectl, plugin, states, options) };
    if (states.every(({ state }) => settled.has(state))) return { ok: true, pods: states, notes };
    const bad = states.filter(({ state }) => broken.has(state));
    brokenSince = bad.length === 0 ? null : (brokenSince ?? Date.now());
    const isLate = Date.now() - started > options.timeout;
    if (
      isLate ||
      (brokenSince !== null && Date.now() - brokenSince > Math.min(patience, options.timeout / 2))
    )
      return { ok: false, pods: states, notes, trouble: troubleIn(states, isLate, options.timeout) };
    await sleep(
      Math.min(1_000, options.timeout / 10),
      undefined,
      options.signal && { signal: options.signal },
    );
  }
}

async function nobody(
  kubectl: Kubectl,
  plugin: Deployed,
  states: readonly PodState[],
  { rootNamespace }: RolloutOptions,
): Promise<string> {
  const who = await selectionText(kubectl, plugin, rootNamespace);
  return states.length === 0
    ? `no pod runs it: there are no ${who} (--no-wait deploys ahead of the pods)`
    : `no pod runs it: ${states.length} are selected (${who}), and none has a sidecar; label the namespace istio-injection=enabled and restart them`;
}

function notesOn(states: readonly PodState[]): string[] {
  const without = states.filter(({ state }) => state === "no-proxy");
  if (without.length === 0) return [];
  return [`without a sidecar, and so without the plugin: ${listed(without)}`];
}

/** The first trouble of each kind, with the pods that have it. */
function troubleIn(states: readonly PodState[], isLate: boolean, timeout: number): string {
  const kinds = new Map<string, PodState[]>();
  for (const state of states) {
    if (settled.has(state.state)) continue;
    const key = `${state.state}: ${state.reason ?? ""}`;
    kinds.set(key, [...(kinds.get(key) ?? []), state]);
  }
  const lines = [...kinds].map(([key, of]) => `${listed(of)}: ${key}`);
  return isLate
    ? `not all proxies took it within ${timeout / 1000} s\n${lines.join("\n")}`
    : lines.join("\n");
}

const listed = (states: readonly PodState[]): string => {
  const names = states.slice(0, 5).map(({ pod }) => pod);
  return `${names.join(", ")}${states.length > 5 ? ` and ${states.length - 5} more` : ""}`;
};
