import { guards, recommendedManifest } from "../istio/roles.js";
import { validator } from "../istio/schemas.js";
import type { WasmPlugin, WasmPluginSpec } from "../istio/types.js";
import { type Finding, isObject } from "./finding.js";
import { schemaFindings } from "./schema.js";
import { environmentFindings, matchFindings, targetFindings } from "./wasm-traffic.js";
import { digestFindings, urlFindings } from "./wasm-url.js";

const rule = "wasmplugin";

/** All that is found in a WasmPlugin by itself. `plugin` is the bundled plugin that it deploys, when it is one. */
export function wasmPluginFindings(value: Record<string, unknown>, plugin: string | null): Finding[] {
  const found = schemaFindings(validator("wasm-plugin"), value, rule);
  // The rules below read what they can of an object that the schema does not take.
  const spec = isObject(value["spec"]) ? (value["spec"] as unknown as WasmPluginSpec) : null;
  if (spec === null) return found;
  const metadata = isObject(value["metadata"])
    ? (value["metadata"] as unknown as WasmPlugin["metadata"])
    : undefined;
  return [
    ...found,
    ...urlFindings(spec),
    ...digestFindings(spec),
    ...targetFindings(spec, metadata?.namespace),
    ...environmentFindings(spec),
    ...matchFindings(spec),
    ...orderFindings(spec, plugin),
    ...failureFindings(spec, plugin),
    ...nameFindings(spec, plugin),
  ];
}

function orderFindings(spec: WasmPluginSpec, plugin: string | null): Finding[] {
  const found: Finding[] = [];
  const { phase } = spec;
  const usual = plugin === null ? null : recommendedManifest(plugin)?.value.spec;
  if (
    usual?.phase !== undefined &&
    guards.has(plugin!) &&
    (phase === undefined || phase === "UNSPECIFIED_PHASE" || phase === "STATS")
  )
    found.push({
      level: "warning",
      rule: `${rule}/phase`,
      place: phase === undefined ? ["spec"] : ["spec", "phase"],
      message: `${plugin} keeps requests out, and ${phase === "STATS" ? "in the phase STATS" : "without a phase"} it runs after Istio's own authorization and every other check`,
      proposal: `Write phase: ${usual.phase}.`,
    });
  if (plugin === "cache" && (phase === "AUTHN" || phase === "AUTHZ"))
    found.push({
      level: "warning",
      rule: `${rule}/phase`,
      place: ["spec", "phase"],
      message: `in the phase ${phase} it answers from what is kept before Istio's authorization has looked at the request`,
      proposal: "Write phase: STATS.",
    });
  return found;
}

function failureFindings(
  { failStrategy, verificationKey }: WasmPluginSpec,
  plugin: string | null,
): Finding[] {
  const found: Finding[] = [];
  const isLimit = plugin === "rate-limit"; // open by choice: who is not limited is still not let in
  if (failStrategy === "FAIL_OPEN" && plugin !== null && guards.has(plugin) && !isLimit)
    found.push({
      level: "warning",
      rule: `${rule}/fail-open`,
      place: ["spec", "failStrategy"],
      message: `${plugin} keeps requests out: with FAIL_OPEN all of them pass when its module cannot be fetched or fails`,
      proposal: "Write failStrategy: FAIL_CLOSE.",
    });
  if (verificationKey !== undefined)
    found.push({
      level: "warning",
      rule: `${rule}/verification-key`,
      place: ["spec", "verificationKey"],
      message: "spec.verificationKey is read by no version of Istio so far: nothing is verified",
      proposal: "Give spec.sha256.",
    });
  return found;
}

function nameFindings({ pluginName, type }: WasmPluginSpec, plugin: string | null): Finding[] {
  const found: Finding[] = [];
  if (
    plugin !== null &&
    pluginName !== undefined &&
    pluginName !== plugin &&
    recommendedManifest(plugin) !== null
  )
    found.push({
      level: "notice",
      rule: `${rule}/plugin-name`,
      place: ["spec", "pluginName"],
      message: `spec.pluginName is ${JSON.stringify(pluginName)}: the module of ${plugin} is usually named so`,
    });
  const usual = plugin === null ? null : recommendedManifest(plugin);
  if (type === "NETWORK" && usual !== null && usual.value.spec.type !== "NETWORK")
    found.push({
      level: "error",
      rule: `${rule}/type`,
      place: ["spec", "type"],
      message: `${plugin} is an HTTP filter, and type NETWORK makes it a TCP one, which sees no request`,
      proposal: "Leave out type.",
      fix: [{ remove: ["spec", "type"] }],
    });
  return found;
}
