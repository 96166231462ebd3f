import type { Deployed } from "./wasm-plugins.js";
import type { Analysis } from "./istioctl.js";
import type { PodState } from "./proxy.js";

/** What was looked at, of one WasmPlugin. */
export interface Evidence {
  plugin: Deployed;
  selection: string;
  rootNamespace: string;
  pods: PodState[];
  /** Of proxies, by pod: those older than Istio knows failStrategy, types and the like. */
  versions: Map<string, string | null>;
  /** Lines of the proxies' logs that matter, by pod. */
  lines: { pod: string; line: string }[];
  /** Lines of istiod's log that name it. */
  istiod: string[];
  /** What `istioctl analyze` says of it, its namespace and its pods; none without istioctl. */
  analyses: Analysis[];
  /** Counters of VMs, summed over the proxies. */
  stats: Map<string, number>;
  /** What `apw validate` finds, the image included. */
  findings: { level: string; message: string; proposal?: string }[];
  /** Other WasmPlugins for the same pods. */
  others: string[];
}

/** One thing that may be wrong. */
export interface Cause {
  /** 0 to 100: how surely this is what is wrong. */
  certainty: number;
  what: string;
  /** What it was concluded from. */
  because: string;
  todo: string;
}

/** What the agent and Envoy say of a module that could not be had. */
const pulls: [RegExp, string, string][] = [
  [
    /does not match|checksum/i,
    "spec.sha256 is not the digest of the image",
    "give the digest that `apw image inspect` prints: of an image it is the manifest's, not the module's (apw update --image ...)",
  ],
  [
    /UNAUTHORIZED|401|authentication required|denied: /i,
    "the registry wants credentials that the proxy does not have",
    "create a Secret of type kubernetes.io/dockerconfigjson in the plugin's namespace and name it in imagePullSecret",
  ],
  [
    /missing image pulling secret/i,
    "the Secret of imagePullSecret is not there, or istiod may not read it",
    "create it in the namespace of the WasmPlugin, of type kubernetes.io/dockerconfigjson",
  ],
  [
    /MANIFEST_UNKNOWN|NAME_UNKNOWN|not found|404/i,
    "the registry has no such image",
    "see the name and the tag: `apw image inspect <url>`",
  ],
  [
    /number of layers must be|unknown media type|invalid|could not find wasm|does not have the required/i,
    "Istio does not take the layout of the image",
    "make it with `apw image push`, whose layouts Istio takes",
  ],
  [
    /no such host|i\/o timeout|connection refused|deadline exceeded|no route/i,
    "the proxies do not reach the registry",
    "allow the way out of the pods to it, or put the image into a registry that they reach",
  ],
  [
    /x509|certificate/i,
    "the proxies do not trust the registry's certificate",
    "use a certificate of a known authority",
  ],
];

/** What is likely wrong, the likeliest first; empty where all looks well. */
export function causesIn(evidence: Evidence): Cause[] {
  const found: Cause[] = [];
  const add = (certainty: number, what: string, because: string, todo: string) =>
    found.push({ certainty, what, because, todo });
  const { plugin, pods, selection } = evidence;
  const { spec, metadata } = plugin;
  const proxies = pods.filter(({ state }) => state !== "no-proxy");
  const withState = (...states: PodState["state"][]) => pods.filter(({ state }) => states.includes(state));
  if (pods.length === 0)
    add(
      95,
      "it selects no pod",
      `there are no ${selection}`,
      "compare spec.selector with `kubectl get pods --show-labels`; it must be in the namespace of the pods, or in Istio's root namespace",
    );
  else if (proxies.length === 0)
    add(
      95,
      "its pods have no sidecar",
      `${pods.length} pods are selected, none has a container istio-proxy`,
      "label the namespace istio-injection=enabled (or istio.io/rev=...) and restart the pods; in ambient mode name a waypoint with targetRefs",
    );
  const standIns = withState("denies-all", "allows-all");
  const pullLines = evidence.lines.filter(({ line }) =>
    /error in converting the wasm config|fetch Wasm|cannot fetch/i.test(line),
  );
  if (standIns.length > 0 || pullLines.length > 0) {
    const effect =
      withState("denies-all").length > 0
        ? "; until then Istio answers each request with 403 RBAC: access denied"
        : standIns.length > 0
          ? "; until then requests go on without the plugin"
          : "";
    const [last] = pullLines.slice(-1);
    const known = pulls.find(([pattern]) => last !== undefined && pattern.test(last.line));
    const because =
      last === undefined
        ? `${standIns.length} proxies have Istio's stand-in for a module that it could not get`
        : `${last.pod}: ${short(last.line)}`;
    add(
      last === undefined ? 80 : 90,
      known?.[1] ?? "the proxies could not get the module",
      because,
      `${known?.[2] ?? "see the agent's log: `apw logs`"}${effect}`,
    );
  }
  for (const { message, proposal, level } of evidence.findings)
    if (level === "error")
      add(
        standIns.length > 0 ? 92 : 75,
        message,
        "apw validate finds it",
        proposal ?? "put it right, and deploy it again",
      );
  const vmFailed = evidence.lines.filter(({ line }) =>
    /VM fail|Failed to (?:load|initialize) Wasm|Function: \w+ failed|RuntimeError|proc_exit|Plugin configured failed|plugin configuration|onConfigure/i.test(
      line,
    ),
  );
  // The last that says more than that it failed.
  const failed =
    vmFailed.filter(({ line }) => !/Failed to load Wasm code/.test(line)).at(-1) ?? vmFailed.at(-1);
  const refused = withState("rejected");
  if (failed !== undefined) {
    const meanwhile =
      refused.length > 0
        ? "the proxies keep the version before, where they had one"
        : spec.failStrategy === "FAIL_OPEN"
          ? "requests go on without it"
          : "requests fail with 503";
    const isConfiguration = /configur/i.test(failed.line);
    add(
      isConfiguration ? 88 : 85,
      isConfiguration ? "the plugin refuses its configuration" : "the module traps or does not start",
      `${failed.pod}: ${short(failed.line)}`,
      isConfiguration
        ? "its own log says which key: `apw logs`; `apw validate` checks it against the schema"
        : `\`apw check\` says whether hosts would load it, \`apw run\` shows where it traps; until then ${meanwhile}`,
    );
  }
  if (refused.length > 0)
    add(
      80,
      "Envoy refuses the filter",
      `${refused[0]!.pod}: ${short(refused[0]!.reason ?? "")}`,
      "the proxy keeps the version before; what it says names the field",
    );
  const istiod = evidence.istiod.at(-1);
  if (istiod !== undefined)
    add(
      70,
      "istiod complains of it",
      short(istiod),
      "put right what it names; `istioctl analyze` may say more",
    );
  for (const { code, level, message, origin } of evidence.analyses)
    add(
      origin.startsWith("WasmPlugin ") ? (level === "Error" ? 78 : 45) : 20,
      `${origin}: ${message}`,
      `istioctl analyze says ${level} ${code}`,
      `istio.io/latest/docs/reference/config/analysis/${code.toLowerCase()} explains it`,
    );
  if (spec.url !== undefined && !/^\w+:\/\//.test(spec.url) && /^[^/]+:\d+/.test(spec.url))
    add(90, "Istio drops it: its url has a port and no scheme", spec.url, "write oci:// before it");
  const [reloads, traps] = ["vm_reload_failure", "vm_reload"].map((name) =>
    [...evidence.stats]
      .filter(([key]) => key.endsWith(`.${name}`))
      .reduce((sum, [, value]) => sum + value, 0),
  );
  if ((reloads ?? 0) > 0 || (traps ?? 0) > 0)
    add(
      60,
      "its VM was started again",
      `vm_reload ${traps}, of which failed ${reloads}`,
      "the module traps on some request: `apw logs --level debug --follow` shows the trap, `apw test` with that request finds it",
    );
  const waiting = withState("waiting");
  if (waiting.length > 0 && standIns.length === 0)
    add(
      standIns.length + refused.length > 0 ? 30 : 65,
      "proxies have not got it",
      `${waiting.length} of ${proxies.length}: ${waiting[0]!.reason}`,
      waiting[0]!.reason?.includes("no such filter")
        ? `istiod does not send it: see \`istioctl proxy-status\`, and whether match (${JSON.stringify(spec.match ?? [])}) fits${spec.targetRefs === undefined && spec.selector !== undefined ? "; waypoints and Gateway API gateways need targetRefs" : ""}`
        : "wait, or see `istioctl proxy-status`: the connection to istiod may be broken",
    );
  const silent = withState("unreachable", "starting");
  if (silent.length > 0)
    add(
      50,
      "proxies do not answer",
      `${silent[0]!.pod}: ${silent[0]!.reason}`,
      "see `kubectl describe pod`, and whether you may exec into it",
    );
  const old = [...evidence.versions].find(([, version]) => version !== null && older(version, "1.24"));
  if (old !== undefined)
    add(
      25,
      "proxies are older than what Istio supports",
      `${old[0]} runs ${old[1]}`,
      "restart its pods after an upgrade of Istio",
    );
  const modes = (spec.match ?? []).map(({ mode }) => mode);
  const isGateway =
    Object.values(spec.selector?.matchLabels ?? {}).some((value) => value.includes("gateway")) ||
    spec.targetRefs?.some(({ kind }) => kind === "Gateway");
  if (isGateway && modes.length > 0 && modes.every((mode) => mode === "SERVER"))
    add(
      70,
      "it never runs: what goes through a gateway counts as CLIENT",
      `match has mode SERVER`,
      "write mode: CLIENT",
    );
  if (
    metadata.namespace === evidence.rootNamespace &&
    spec.selector === undefined &&
    spec.targetRefs === undefined
  )
    add(
      15,
      "it is for every proxy of the mesh",
      `${metadata.namespace} is Istio's root namespace and it has no selector`,
      "give it a selector where that is not meant",
    );
  if (evidence.others.length > 0)
    add(
      10,
      "other plugins work on the same pods",
      evidence.others.join(", "),
      "`apw status` shows the order: within a phase the higher priority runs first",
    );
  return found.sort((a, b) => b.certainty - a.certainty);
}

const short = (line: string): string => line.replace(/\s+/g, " ").slice(0, 300);

/** By their numbers: `1.9.0` is older than `1.24`. */
export function older(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (let index = 0; index < b.length; index++)
    if (a[index] !== b[index]) return (a[index] ?? 0) < b[index]!;
  return false;
}
