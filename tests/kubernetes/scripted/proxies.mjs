// @ts-nocheck
/* global fetch */
// The Envoy of a pod, as it answers through Istio's agent: played, or a real one at the address of its admin pages.
import { createHash } from "node:crypto";
import { wasmPlugins } from "./objects.mjs";
import { podNamed } from "./pods.mjs";
import { changeScript, fail, print } from "./words.mjs";

export async function execInPod(wanted, [program, request, method, path]) {
  if (program !== "pilot-agent" || request !== "request") fail(`the script does not know ${program}`);
  const pod = podNamed(wanted);
  if (pod.proxy === "silent")
    fail("error: Internal error occurred: error executing command in container: timed out");
  if (typeof pod.proxy === "object") {
    const answer = await fetch(`http://${pod.proxy.admin}/${path}`, { method });
    return print(await answer.text());
  }
  if (path.startsWith("config_dump")) return print({ configs: filtersOf(pod) });
  if (path.startsWith("stats")) return print(pod.stats ?? "");
  if (path.startsWith("logging")) return logging(pod, method, path);
  fail(`the script does not know ${path}`);
}

function logging(pod, method, path) {
  if (method !== "POST") fail("Method Not Allowed");
  changeScript(({ pods }) => {
    const mine = pods.find((one) => one.name === pod.name);
    mine.level ??= "warning";
    const level = new URL(`http://x/${path}`).searchParams.get("wasm");
    if (level !== null) mine.level = level;
    print(`active loggers:\n  admin: warning\n  wasm: ${mine.level}\n`);
  });
}

const hash = (text) => createHash("sha256").update(text).digest("hex");
const type = "type.googleapis.com/envoy.extensions.filters.http.";

/** What Envoy has when istiod and the agent did their work: as a WasmPlugin says. */
export function filtersOf(pod) {
  const isSelected = ({ selector, targetRefs }) =>
    targetRefs !== undefined ||
    Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => pod.labels?.[key] === value);
  return Object.values(wasmPlugins())
    .filter(
      ({ metadata, spec }) =>
        (metadata.namespace === pod.namespace || metadata.namespace === "istio-system") && isSelected(spec),
    )
    .flatMap((plugin) => filterOf(pod, plugin));
}

function filterOf(pod, { metadata, spec: now }) {
  if (pod.proxy === "old" && pod.had === undefined) return [];
  const spec = pod.proxy === "old" ? { ...now, ...pod.had } : now;
  const name = `${metadata.namespace}.${metadata.name}`;
  const isBad = pod.failsOn === undefined || spec.url === pod.failsOn;
  const standIn = (prefix) => ({
    "@type": `${type}rbac.v3.RBAC`,
    rules_stat_prefix: `wasm-default-${prefix}`,
  });
  const typed =
    isBad && pod.proxy === "denies"
      ? standIn("deny")
      : isBad && pod.proxy === "allows"
        ? standIn("allow")
        : wasm(name, spec);
  const isRefused = isBad && pod.proxy === "refuses";
  return [
    {
      ecds_filter: {
        name: `extensions.istio.io/trafficextension/${name}~istio-translated-wasmplugin`,
        typed_config: typed,
      },
      last_updated: new Date().toISOString(),
      ...(isRefused && { error_state: { details: "Unable to create Wasm HTTP filter" } }),
    },
  ];
}

const environmentOf = ({ vmConfig }) =>
  Object.fromEntries(
    vmConfig.env.filter(({ value }) => value !== undefined).map((one) => [one.name, one.value]),
  );

function wasm(name, spec) {
  const digest = spec.sha256 ?? "0".repeat(64);
  const image = spec.url.replace(/(:[^:/]+)?(@.*)?$/, "");
  const file = `/var/lib/istio/data/${hash(image)}/${digest}.wasm`;
  const isConfigured = Object.keys(spec.pluginConfig ?? {}).length > 0;
  return {
    "@type": `${type}wasm.v3.Wasm`,
    config: {
      name,
      root_id: spec.pluginName,
      vm_config: {
        code: { local: { filename: file } },
        ...(spec.vmConfig !== undefined && { environment_variables: { key_values: environmentOf(spec) } }),
      },
      ...(isConfigured && {
        configuration: {
          "@type": "type.googleapis.com/google.protobuf.StringValue",
          value: JSON.stringify(spec.pluginConfig),
        },
      }),
    },
  };
}
