import { MissingPrerequisite } from "../terminal.js";
import { type DiscoveredFilter, type Expected, filterOf, filtersIn } from "./ecds.js";
import type { Kubectl } from "./kubectl.js";
import { Forbidden } from "./kubectl-trouble.js";
import { hasProxy, type Pod, podName, proxyContainer, proxyIsRunning } from "./pods.js";
import type { Deployed } from "./wasm-plugins.js";

/** What a proxy says of its filters. */
export interface Told {
  filters: DiscoveredFilter[];
  /** Counters by name. Istio leaves those of ECDS out, unless a mesh asks for them. */
  counters: Map<string, number>;
}

/** How far a pod is with a WasmPlugin. */
export interface PodState {
  pod: string;
  state:
    | "taken"
    /** It has none yet, or an older one. */
    | "waiting"
    /** Envoy refused it. */
    | "rejected"
    /** The module could not be had: all requests are refused, or go on without it. */
    | "denies-all"
    | "allows-all"
    /** There is no Envoy in the pod. */
    | "no-proxy"
    /** Its Envoy does not run yet. */
    | "starting"
    /** It did not answer. */
    | "unreachable";
  reason?: string;
}

const statsFilter = "^(wasm|extension_config_discovery)\\.|extension_config_missing";

/**
 * Asks a pod's Envoy, through Istio's agent in the same container. Where that is forbidden istioctl is asked, which goes
 * another way: it knows the filters, and no counters.
 */
export async function askProxy(kubectl: Kubectl, pod: Pod): Promise<Told> {
  try {
    return await askByExec(kubectl, pod);
  } catch (error) {
    if (!(error instanceof Forbidden)) throw error;
    const filters = await (await kubectl.istioctl())?.filters(pod);
    if (filters === undefined || filters === null) throw error;
    return { filters: filtersIn(filters), counters: new Map() };
  }
}

async function askByExec(kubectl: Kubectl, pod: Pod): Promise<Told> {
  const { namespace, name } = pod.metadata;
  const ask = (path: string) =>
    kubectl.text(["exec", name, "-c", proxyContainer, "--", "pilot-agent", "request", "GET", path], {
      namespace,
      timeout: 20_000,
    });
  const [dump, stats] = [
    await ask("config_dump?resource=ecds_filters"),
    await ask(`stats?filter=${encodeURIComponent(statsFilter)}`),
  ];
  let parsed: unknown;
  try {
    parsed = JSON.parse(dump);
  } catch {
    throw new MissingPrerequisite(`the proxy of ${podName(pod)} gave no config dump: ${dump.slice(0, 100)}`);
  }
  return { filters: filtersIn(parsed), counters: countersIn(stats) };
}

/** `name: value` a line; histograms and texts are left out. */
export function countersIn(stats: string): Map<string, number> {
  const found = [...stats.matchAll(/^(\S.*): (\d+)$/gm)];
  return new Map(found.map(([, name, value]) => [name!, Number(value)]));
}

/**
 * True where Envoy refused the last update of a resource. The config dump shows what came last, also when it was
 * refused; the counters have the time of the last one that was taken. Null where Istio leaves such counters out.
 */
export function isRefused({ counters }: Told, { resource, updated }: DiscoveredFilter): boolean | null {
  for (const type of ["http_filter", "network_filter"]) {
    const counter = (name: string) => counters.get(`extension_config_discovery.${type}.${resource}.${name}`);
    const [rejected, failed, taken] = [
      counter("update_rejected"),
      counter("config_fail"),
      counter("update_time"),
    ];
    if (rejected === undefined && failed === undefined) continue;
    if ((rejected ?? 0) + (failed ?? 0) === 0) return false;
    return taken === undefined || updated === undefined || taken < Date.parse(updated);
  }
  return null;
}

/** Lines of a proxy's log, or of its agent's, that say that a filter was refused or a module could not be had. */
export const refusalLine =
  /TypedExtensionConfig rejected|config update rejected|error in converting the wasm config|\t(?:error|critical)\tenvoy wasm |\]\[(?:error|critical)\]\[wasm\]/;

/** What some plugin says itself, at whatever level, refuses nothing: it may be of a request, or another plugin's. */
const isOwnWords = (line: string): boolean => /\bwasm log\b/.test(line);

/** The last such line since a time; null where there is none, or the log cannot be had. */
export async function refusalInLog(
  kubectl: Kubectl,
  pod: Pod,
  since: Date,
  bytes?: number,
): Promise<string | null> {
  const { namespace, name } = pod.metadata;
  const limit = bytes === undefined ? [] : [`--limit-bytes=${bytes}`];
  const words = ["logs", name, "-c", proxyContainer, `--since-time=${since.toISOString()}`, ...limit];
  const log = await kubectl.text(words, { namespace }).catch(() => "");
  return (
    log
      .split("\n")
      .filter((line) => refusalLine.test(line) && !isOwnWords(line))
      .pop() ?? null
  );
}

/** What Envoy says of an update that it refuses follows within moments: of a log of days the beginning is enough. */
const atOnce = { milliseconds: 1_000, bytes: 1 << 20 };

/**
 * How far a pod is. Its proxy's log is looked at too: for why Envoy refused a filter, and for whether it did where Istio
 * leaves out the counters of ECDS, as it does unless a mesh asks for them. With a time it is read from there, else from
 * when the filter came.
 */
export async function stateOf(
  kubectl: Kubectl,
  pod: Pod,
  plugin: Deployed,
  expected: Expected,
  since?: Date,
): Promise<PodState> {
  const name = podName(pod);
  if (!hasProxy(pod)) return { pod: name, state: "no-proxy", reason: "it has no sidecar" };
  if (!proxyIsRunning(pod)) return { pod: name, state: "starting", reason: "its proxy does not run yet" };
  let told: Told;
  try {
    told = await askProxy(kubectl, pod);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { pod: name, state: "unreachable", reason: error.message };
  }
  const { resource, ...state } = judged(told, plugin, expected);
  const isCounted = resource !== undefined && isRefused(told, resource) !== null;
  const came = resource?.updated === undefined ? undefined : Date.parse(resource.updated);
  const doubtful: PodState["state"][] = isCounted ? ["rejected"] : ["taken", "waiting", "rejected"];
  if (!doubtful.includes(state.state)) return { pod: name, ...state };
  const line =
    since !== undefined
      ? await refusalInLog(kubectl, pod, since)
      : came !== undefined && state.state !== "waiting"
        ? await refusalInLog(kubectl, pod, new Date(came - atOnce.milliseconds), atOnce.bytes)
        : null;
  return line === null ? { pod: name, ...state } : { pod: name, state: "rejected", reason: line };
}

/** What a proxy's words mean for a WasmPlugin. */
export function judged(
  told: Told,
  plugin: Pick<Deployed, "metadata">,
  expected: Expected,
): Omit<PodState, "pod"> & { resource?: DiscoveredFilter } {
  const found = filterOf(told.filters, plugin, expected);
  if (found === null) return { state: "waiting", reason: "its proxy has no such filter" };
  const { filter, difference } = found;
  const state = (): Omit<PodState, "pod"> => {
    if (filter.refused !== undefined) return { state: "rejected", reason: filter.refused };
    if (filter.standIn === "deny")
      return { state: "denies-all", reason: "the module could not be had, and Istio refuses all requests" };
    if (filter.standIn === "allow")
      return { state: "allows-all", reason: "the module could not be had, and requests go on without it" };
    if (isRefused(told, filter) === true)
      return {
        state: "rejected",
        reason: `Envoy refused the last update of ${filter.resource}: see its log`,
      };
    return difference === null ? { state: "taken" } : { state: "waiting", reason: difference };
  };
  return { ...state(), resource: filter };
}
