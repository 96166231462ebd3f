import { bold, dim, Finding, green, red, yellow } from "../terminal.js";
import { PluginSchemas } from "../validate/plugin-config.js";
import { manifestsIn } from "../validate/read.js";
import { validate, validateImages } from "../validate/validate.js";
import { type Cause, causesIn, type Evidence } from "./causes.js";
import { versionsOf } from "./history.js";
import type { Analysis } from "./istioctl.js";
import { type ClusterOptions, Kubectl } from "./kubectl.js";
import { isOfPlugin } from "./log-lines.js";
import { Output } from "./output.js";
import {
  hasProxy,
  mayOverlap,
  type Pod,
  podName,
  proxyContainer,
  proxyIsRunning,
  proxyVersion,
} from "./pods.js";
import { usualIstioNamespace } from "./prerequisites.js";
import { askProxy, refusalLine, stateOf } from "./proxy.js";
import { podsOf, selectionText } from "./selection.js";
import { type Deployed, nameOf, wasmPlugin, wasmPlugins } from "./wasm-plugins.js";
import { asManifest } from "./write.js";

export interface DebugOptions extends ClusterOptions {
  since: string;
  images: boolean;
}

/** Of how many pods logs and counters are read: enough to see what is wrong, and no more. */
const mostPods = 10;

/** Runs `apw debug`. */
export async function debug(name: string, options: DebugOptions): Promise<void> {
  const out = new Output(options.json ?? false);
  const kubectl = new Kubectl(options);
  const plugin = await wasmPlugin(kubectl, name);
  const evidence = await look(kubectl, plugin, options, out);
  const causes = causesIn(evidence);
  const isWell = causes.every(({ certainty }) => certainty < 50);
  out.result({
    name,
    namespace: plugin.metadata.namespace,
    ok: isWell,
    causes,
    pods: evidence.pods,
    lines: evidence.lines,
    istiod: evidence.istiod,
    analyses: evidence.analyses,
    stats: Object.fromEntries(evidence.stats),
    findings: evidence.findings,
  });
  if (!out.isJson) for (const line of report(evidence, causes, isWell)) console.log(line);
  if (!isWell) throw new Finding();
}

async function look(
  kubectl: Kubectl,
  plugin: Deployed,
  options: DebugOptions,
  out: Output,
): Promise<Evidence> {
  const rootNamespace = options.istioNamespace ?? usualIstioNamespace;
  const [current] = versionsOf(plugin);
  const digest = (plugin.spec.sha256 || current?.digest) ?? undefined;
  const expected = { spec: plugin.spec, ...(digest !== undefined && { digest }) };
  const pods = await podsOf(kubectl, plugin, rootNamespace);
  out.say(dim(`asking ${pods.length} pods ...`));
  const states = await kubectl.each(pods, (pod) => stateOf(kubectl, pod, plugin, expected));
  // Those in trouble first.
  const trouble = new Set(states.filter(({ state }) => state !== "taken").map(({ pod }) => pod));
  const asked = pods
    .filter((pod) => hasProxy(pod) && proxyIsRunning(pod))
    .sort((a, b) => Number(trouble.has(podName(b))) - Number(trouble.has(podName(a))))
    .slice(0, mostPods);
  const lines = (await kubectl.each(asked, (pod) => linesOf(kubectl, pod, plugin, options.since))).flat();
  const stats = new Map<string, number>();
  await kubectl.each(asked, async (pod) => {
    const told = await askProxy(kubectl, pod).catch(() => null);
    for (const [key, value] of told?.counters ?? [])
      if (key.startsWith("wasm.")) stats.set(key, (stats.get(key) ?? 0) + value);
  });
  const manifests = manifestsIn(JSON.stringify(asManifest(plugin)), nameOf(plugin));
  const schemas = new PluginSchemas();
  const findings = [
    ...validate(manifests, schemas),
    ...(options.images ? await validateImages(manifests, schemas) : []),
  ];
  const others = (await wasmPlugins(kubectl)).filter(
    (other) => nameOf(other) !== nameOf(plugin) && mayOverlap(plugin.spec, other.spec),
  );
  return {
    plugin,
    rootNamespace,
    selection: await selectionText(kubectl, plugin, rootNamespace),
    pods: states,
    versions: new Map(pods.filter(hasProxy).map((pod) => [podName(pod), proxyVersion(pod)])),
    lines,
    istiod: await istiodLines(kubectl, plugin, rootNamespace, options.since),
    analyses: await analysesOf(kubectl, plugin),
    stats,
    findings: findings.map(({ level, message, proposal }) => ({
      level,
      message,
      ...(proposal !== undefined && { proposal }),
    })),
    others: others.map(nameOf),
  };
}

/** What a proxy and its agent logged of trouble with this plugin. */
async function linesOf(
  kubectl: Kubectl,
  pod: Pod,
  plugin: Deployed,
  since: string,
): Promise<Evidence["lines"]> {
  const words = ["logs", pod.metadata.name, "-c", proxyContainer, `--since=${since}`];
  const text = await kubectl
    .text(words, { namespace: pod.metadata.namespace, timeout: 60_000 })
    .catch(() => "");
  return text
    .split("\n")
    .filter((line) =>
      /\bwasm log\b/.test(line)
        ? isOfPlugin(line, plugin) && /error|critical/i.test(line)
        : refusalLine.test(line) || (isOfPlugin(line, plugin) && /error|critical/i.test(line)),
    )
    .slice(-20)
    .map((line) => ({ pod: podName(pod), line }));
}

/** What istioctl says of the plugin, of its namespace and of the pods in it that have no sidecar. */
async function analysesOf(kubectl: Kubectl, plugin: Deployed): Promise<Analysis[]> {
  const { namespace } = plugin.metadata;
  const all = (await (await kubectl.istioctl())?.analyze(namespace)) ?? [];
  return all.filter(
    ({ origin }) =>
      [`WasmPlugin ${nameOf(plugin)}`, `Namespace ${namespace}`].includes(origin) ||
      origin.startsWith(`Pod ${namespace}/`),
  );
}

/** Who asks may not be allowed to see Istio's own namespace: then that is left out. */
async function istiodLines(
  kubectl: Kubectl,
  { metadata, spec }: Deployed,
  namespace: string,
  since: string,
): Promise<string[]> {
  const words = ["logs", "deploy/istiod", `--since=${since}`];
  const text = await kubectl.text(words, { namespace, timeout: 60_000 }).catch(() => "");
  const names = [
    `${metadata.namespace}/${metadata.name}`,
    `${metadata.namespace}.${metadata.name}`,
    spec.url,
  ];
  return text
    .split("\n")
    .filter((line) => /\b(warn|error)\b/i.test(line) && names.some((name) => line.includes(name)))
    .slice(-20);
}

function report(evidence: Evidence, causes: readonly Cause[], isWell: boolean): string[] {
  const { plugin, pods } = evidence;
  const taken = pods.filter(({ state }) => state === "taken").length;
  const proxies = pods.filter(({ state }) => state !== "no-proxy").length;
  const lines = [`${bold(nameOf(plugin))}  ${taken} of ${proxies} proxies have it`, ""];
  if (isWell) lines.push(green("Nothing is seen to be wrong."));
  for (const [index, { what, because, todo, certainty }] of causes.entries()) {
    const mark = certainty >= 75 ? red : certainty >= 50 ? yellow : dim;
    const head = index === 0 && !isWell ? "likely cause" : certainty >= 50 ? "also" : "to know";
    lines.push(`${mark(head)}  ${what}`, `  ${dim("seen:")} ${because}`, `  ${dim("to do:")} ${todo}`);
  }
  const shown = pods.filter(({ state }) => state !== "taken").slice(0, 10);
  if (shown.length > 0) lines.push("", bold("pods"));
  for (const { pod, state, reason } of shown)
    lines.push(`  ${pod}  ${state}${reason === undefined ? "" : `: ${reason}`}`);
  if (evidence.lines.length > 0) lines.push("", bold("their logs"));
  for (const { pod, line } of evidence.lines.slice(-10)) lines.push(`  ${pod}  ${line}`);
  if (evidence.istiod.length > 0)
    lines.push("", bold("istiod's log"), ...evidence.istiod.slice(-5).map((line) => `  ${line}`));
  return lines;
}
