import { table } from "../table.js";
import { green, red, yellow } from "../terminal.js";
import { shortImage } from "./ecds.js";
import { versionsOf } from "./history.js";
import { type ClusterOptions, Kubectl } from "./kubectl.js";
import { Output } from "./output.js";
import { usualIstioNamespace } from "./prerequisites.js";
import { type PodState, stateOf } from "./proxy.js";
import { podsOf, selectionText } from "./selection.js";
import { type Deployed, nameOf, wasmPlugin, wasmPlugins } from "./wasm-plugins.js";

export interface StatusOptions extends ClusterOptions {
  allNamespaces?: boolean;
}

interface Row {
  plugin: Deployed;
  version: number;
  digest: string | undefined;
  pods: PodState[];
  selection: string;
}

const phases = ["AUTHN", "AUTHZ", "STATS", "UNSPECIFIED_PHASE"];

/** Runs `apw status`. */
export async function status(name: string | undefined, options: StatusOptions): Promise<void> {
  const out = new Output(options.json ?? false);
  const kubectl = new Kubectl(options);
  const rootNamespace = options.istioNamespace ?? usualIstioNamespace;
  const plugins =
    name === undefined
      ? await wasmPlugins(kubectl, options.allNamespaces)
      : [await wasmPlugin(kubectl, name)];
  if (plugins.length === 0) {
    out.result({ plugins: [] });
    if (!out.isJson)
      out.say(
        options.allNamespaces
          ? "There is no WasmPlugin in the cluster."
          : `There is no WasmPlugin in namespace ${await kubectl.namespace()} (-A looks in all of them).`,
      );
    return;
  }
  const rows: Row[] = [];
  for (const plugin of plugins) rows.push(await rowOf(kubectl, plugin, rootNamespace));
  rows.sort((a, b) => inOrderOfRequests(a.plugin, b.plugin));
  out.result({ plugins: rows.map(asJson) });
  if (out.isJson) return;
  console.log(
    table(["plugin", "version", "image", "digest", "phase", "priority", "proxies", "state"], rows.map(cells)),
  );
  for (const row of rows) for (const line of details(row, name !== undefined)) console.log(line);
}

async function rowOf(kubectl: Kubectl, plugin: Deployed, rootNamespace: string): Promise<Row> {
  const [current] = versionsOf(plugin);
  const digest = (plugin.spec.sha256 || current?.digest) ?? undefined;
  const expected = { spec: plugin.spec, ...(digest !== undefined && { digest }) };
  const pods = await podsOf(kubectl, plugin, rootNamespace);
  const states = await kubectl.each(pods, (pod) => stateOf(kubectl, pod, plugin, expected));
  const selection = await selectionText(kubectl, plugin, rootNamespace);
  return { plugin, version: current!.number, digest, pods: states, selection };
}

/** As requests meet them: by phase, and within a phase the higher priority first. */
function inOrderOfRequests({ spec: a, ...one }: Deployed, { spec: b, ...other }: Deployed): number {
  const phase = (of: typeof a) => phases.indexOf(of.phase ?? "UNSPECIFIED_PHASE");
  if (one.metadata.namespace !== other.metadata.namespace)
    return one.metadata.namespace.localeCompare(other.metadata.namespace);
  return phase(a) - phase(b) || (b.priority ?? 0) - (a.priority ?? 0);
}

/** What is said of a WasmPlugin as a whole. */
export function verdictOn(pods: readonly PodState[]): { word: string; ok: boolean } {
  const withProxy = pods.filter(({ state }) => state !== "no-proxy");
  if (pods.length === 0) return { word: "no pods", ok: false };
  if (withProxy.length === 0) return { word: "no sidecars", ok: false };
  for (const state of ["denies-all", "allows-all", "rejected", "unreachable", "waiting", "starting"] as const)
    if (withProxy.some((pod) => pod.state === state)) return { word: state, ok: false };
  return { word: "ok", ok: true };
}

function cells({ plugin, version, digest, pods }: Row): (string | number)[] {
  const { spec } = plugin;
  const withProxy = pods.filter(({ state }) => state !== "no-proxy");
  const taken = pods.filter(({ state }) => state === "taken").length;
  return [
    nameOf(plugin),
    version,
    shortImage(spec.url),
    (digest ?? "").slice(0, 12),
    spec.phase && spec.phase !== "UNSPECIFIED_PHASE" ? spec.phase : "-",
    spec.priority ?? 0,
    `${taken}/${withProxy.length}`,
    verdictOn(pods).word,
  ];
}

function details({ plugin, pods, selection }: Row, all: boolean): string[] {
  const lines: string[] = [];
  const { ok, word } = verdictOn(pods);
  if (pods.length === 0) lines.push(`\n${yellow(nameOf(plugin))}  is for ${selection}, and there are none`);
  const shown = pods.filter(({ state }) => all || !["taken", "no-proxy"].includes(state));
  for (const { pod, state, reason } of shown.slice(0, all ? Infinity : 5)) {
    const colour = state === "taken" ? green : state === "no-proxy" || state === "waiting" ? yellow : red;
    lines.push(`${colour(state.padEnd(12))}  ${pod}${reason === undefined ? "" : `  ${reason}`}`);
  }
  if (!ok && word !== "no pods")
    lines.push(`\`apw debug ${plugin.metadata.name} -n ${plugin.metadata.namespace}\` looks for the cause.`);
  return lines;
}

const asJson = ({ plugin, version, digest, pods }: Row) => ({
  name: plugin.metadata.name,
  namespace: plugin.metadata.namespace,
  version,
  url: plugin.spec.url,
  digest: digest ?? null,
  phase: plugin.spec.phase ?? "UNSPECIFIED_PHASE",
  priority: plugin.spec.priority ?? 0,
  ok: verdictOn(pods).ok,
  state: verdictOn(pods).word,
  taken: pods.filter(({ state }) => state === "taken").length,
  proxies: pods.filter(({ state }) => state !== "no-proxy").length,
  pods,
});
