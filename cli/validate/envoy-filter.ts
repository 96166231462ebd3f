import { releasesInUse } from "../istio/releases.js";
import { validator } from "../istio/schemas.js";
import type { ConfigPatch, EnvoyFilter } from "../istio/types.js";
import { near } from "../near.js";
import { wasmConfigFindings } from "./envoy-wasm.js";
import { type Finding, isObject, type Place } from "./finding.js";
import { schemaFindings } from "./schema.js";

const rule = "envoyfilter";

export const wasmTypes = {
  HTTP_FILTER: "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
  NETWORK_FILTER: "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm",
} as const;

/** Names of filters that Envoy has given up, and what they are called now. */
const formerNames: Readonly<Record<string, string>> = {
  "envoy.http_connection_manager": "envoy.filters.network.http_connection_manager",
  "envoy.tcp_proxy": "envoy.filters.network.tcp_proxy",
  "envoy.router": "envoy.filters.http.router",
  "envoy.filters.http.wasm.v2": "envoy.filters.http.wasm",
};

/** All that is found in an EnvoyFilter: Istio's part by its schema, the Wasm in it by Envoy's. */
export function envoyFilterFindings(value: Record<string, unknown>): Finding[] {
  const found = schemaFindings(validator("envoy-filter"), value, rule);
  const { spec, metadata } = value as unknown as EnvoyFilter;
  if (!isObject(spec)) return found;
  if (spec.workloadSelector !== undefined && spec.targetRefs !== undefined)
    found.push({
      level: "error",
      rule: `${rule}/targets`,
      place: ["spec", "targetRefs"],
      message: "only one of spec.workloadSelector and spec.targetRefs can be there",
    });
  if (
    spec.workloadSelector === undefined &&
    spec.targetRefs === undefined &&
    metadata?.namespace === "istio-system"
  )
    found.push({
      level: "warning",
      rule: `${rule}/everywhere`,
      place: ["spec"],
      message:
        "it has no workloadSelector and no targetRefs, and istio-system is usually Istio's root namespace: it patches every proxy of the mesh",
    });
  const patches = (Array.isArray(spec.configPatches) ? spec.configPatches : []).map((patch): ConfigPatch =>
    isObject(patch) ? patch : {},
  );
  if (patches.length === 0)
    found.push({
      level: "warning",
      rule: `${rule}/no-patches`,
      place: ["spec"],
      message: "it has no configPatches, and changes nothing",
    });
  for (const [index, patch] of patches.entries()) {
    const place: Place = ["spec", "configPatches", index];
    found.push(...patchFindings(patch, place), ...matchFindings(patch, place));
    if (carriesWasm(patch)) found.push(...valueFindings(patch, place));
  }
  return [...found, ...discoveryFindings(patches)];
}

/** True of patches whose value is, or should be, a Wasm filter. */
function carriesWasm({ applyTo, patch }: ConfigPatch): boolean {
  if (!["HTTP_FILTER", "NETWORK_FILTER", "EXTENSION_CONFIG"].includes(applyTo ?? "")) return false;
  return /wasm/i.test(JSON.stringify(patch?.value ?? null));
}

function patchFindings({ applyTo, patch }: ConfigPatch, place: Place): Finding[] {
  const found: Finding[] = [];
  if (applyTo === undefined || applyTo === "INVALID")
    found.push({
      level: "error",
      rule: `${rule}/apply-to`,
      place: [...place, "applyTo"],
      message: "applyTo must say what is patched",
    });
  if (!isObject(patch))
    return [...found, { level: "error", rule: `${rule}/patch`, place, message: "patch is missing" }];
  const operation = patch.operation ?? "INVALID";
  if (operation === "INVALID")
    found.push({
      level: "error",
      rule: `${rule}/operation`,
      place: [...place, "patch"],
      message: "patch.operation must say what becomes of it",
    });
  if (patch.value === undefined && operation !== "REMOVE")
    found.push({
      level: "error",
      rule: `${rule}/value`,
      place: [...place, "patch"],
      message: `patch.value is missing: ${operation} needs what is put in`,
    });
  if (patch.value !== undefined && operation === "REMOVE")
    found.push({
      level: "notice",
      rule: `${rule}/value`,
      place: [...place, "patch", "value"],
      message: "REMOVE takes no value",
    });
  if (applyTo === "EXTENSION_CONFIG" && operation !== "ADD" && operation !== "INVALID")
    found.push({
      level: "error",
      rule: `${rule}/operation`,
      place: [...place, "patch", "operation"],
      message: `an EXTENSION_CONFIG can only be added, and ${operation} does nothing`,
      proposal: "Write ADD.",
      fix: [{ set: [...place, "patch", "operation"], to: "ADD" }],
    });
  return found;
}

function matchFindings({ applyTo, match }: ConfigPatch, place: Place): Finding[] {
  const found: Finding[] = [];
  const at = [...place, "match"];
  const version = match?.proxy?.proxyVersion;
  if (typeof version === "string") found.push(...versionFindings(version, [...at, "proxy", "proxyVersion"]));
  const isFilter = applyTo === "HTTP_FILTER" || applyTo === "NETWORK_FILTER";
  if (isFilter && (match?.context === undefined || match.context === "ANY"))
    found.push({
      level: "warning",
      rule: `${rule}/context`,
      place: match?.context === undefined ? place : [...at, "context"],
      message:
        "without a context it patches what comes in, what goes out and gateways: a call between two workloads passes through it twice",
      proposal: "Give match.context: SIDECAR_INBOUND, SIDECAR_OUTBOUND or GATEWAY.",
    });
  const filter = match?.listener?.filterChain?.filter;
  if (applyTo === "HTTP_FILTER" && filter?.name === undefined)
    found.push({
      level: "error",
      rule: `${rule}/listener-match`,
      place: match === undefined ? place : at,
      message:
        "an HTTP_FILTER is found by match.listener.filterChain.filter.name: without it nothing is patched",
      proposal: "Write name: envoy.filters.network.http_connection_manager.",
    });
  const named: [Place, string | undefined][] = [
    [[...at, "listener", "filterChain", "filter", "name"], filter?.name],
    [[...at, "listener", "filterChain", "filter", "subFilter", "name"], filter?.subFilter?.name],
  ];
  for (const [where, name] of named) {
    const now = formerNames[name ?? ""];
    if (now !== undefined)
      found.push({
        level: "error",
        rule: `${rule}/former-name`,
        place: where,
        message: `${name} is a name that Envoy has given up: nothing is found by it`,
        proposal: `Write ${now}.`,
        fix: [{ set: where, to: now }],
      });
  }
  return found;
}

function versionFindings(version: string, place: Place): Finding[] {
  let expression: RegExp;
  try {
    expression = new RegExp(version);
  } catch (error) {
    return [
      {
        level: "error",
        rule: `${rule}/proxy-version`,
        place,
        message: `proxyVersion is no regular expression: ${(error as Error).message}`,
      },
    ];
  }
  const matches = releasesInUse.some((release) =>
    [`${release}.0`, `${release}.4`, `${release}.12`].some((whole) => expression.test(whole)),
  );
  if (matches) return [];
  return [
    {
      level: "warning",
      rule: `${rule}/proxy-version`,
      place,
      message: `proxyVersion ${JSON.stringify(version)} matches no release in use (${releasesInUse[0]} to ${releasesInUse.at(-1)}): nothing is patched`,
      proposal: `Leave it out, or write what your proxies have, such as ^${releasesInUse.at(-1)!.replace(".", "\\.")}.*`,
    },
  ];
}

/** The Wasm filter that a patch puts in, or the place where Envoy is to ask for it. */
function valueFindings({ applyTo, patch }: ConfigPatch, place: Place): Finding[] {
  const value = patch?.value;
  if (!isObject(value)) return [];
  const at = [...place, "patch", "value"];
  const found: Finding[] = [];
  if (patch?.operation !== "MERGE" && typeof value["name"] !== "string")
    found.push({ level: "error", rule: `${rule}/filter-name`, place: at, message: "the filter has no name" });
  const typed = value["typed_config"] ?? value["typedConfig"];
  const discovery = value["config_discovery"] ?? value["configDiscovery"];
  if (typed === undefined && discovery === undefined) {
    const known = ["name", "typed_config", "config_discovery", "is_optional", "disabled"];
    for (const key of Object.keys(value)) {
      const meant = known.includes(key) ? null : near(key, known);
      if (meant !== null)
        found.push({
          level: "error",
          rule: `${rule}/unknown-field`,
          place: [...at, key],
          message: `${key} is not known`,
          proposal: `Write ${meant}.`,
        });
    }
    return [
      ...found,
      {
        level: "error",
        rule: `${rule}/typed-config`,
        place: at,
        message: "the filter has neither typed_config nor config_discovery",
      },
    ];
  }
  if (!isObject(typed)) return found;
  const key = value["typed_config"] === undefined ? "typedConfig" : "typed_config";
  return [...found, ...wasmConfigFindings(typed, [...at, key], applyTo ?? "")];
}

/** What is asked for by ECDS must also be there, and what is there must be asked for. */
function discoveryFindings(patches: readonly ConfigPatch[]): Finding[] {
  const found: Finding[] = [];
  const nameOf = ({ patch }: ConfigPatch) => (isObject(patch?.value) ? patch.value["name"] : undefined);
  const extensions = new Set(patches.filter(({ applyTo }) => applyTo === "EXTENSION_CONFIG").map(nameOf));
  const asked = new Set<unknown>();
  for (const [index, patch] of patches.entries()) {
    const value = patch.patch?.value;
    const discovery = isObject(value) ? (value["config_discovery"] ?? value["configDiscovery"]) : undefined;
    if (!isObject(discovery)) continue;
    const place: Place = ["spec", "configPatches", index, "patch", "value"];
    asked.add(nameOf(patch));
    if (!extensions.has(nameOf(patch)))
      found.push({
        level: "warning",
        rule: `${rule}/ecds-pair`,
        place: [...place, "name"],
        message: `${String(nameOf(patch))} is asked for by config_discovery, and no EXTENSION_CONFIG here has that name: until one comes, Envoy waits for it`,
      });
    const types = discovery["type_urls"] ?? discovery["typeUrls"];
    const wanted = patch.applyTo === "NETWORK_FILTER" ? wasmTypes.NETWORK_FILTER : wasmTypes.HTTP_FILTER;
    if (!Array.isArray(types) || !types.includes(wanted))
      found.push({
        level: "error",
        rule: `${rule}/ecds-type`,
        place: [...place, "config_discovery"],
        message: `config_discovery.type_urls must have ${wanted.slice(wanted.indexOf("/") + 1)}: what comes with another type is refused`,
      });
    if (!isObject(discovery["config_source"] ?? discovery["configSource"]))
      found.push({
        level: "error",
        rule: `${rule}/ecds-source`,
        place: [...place, "config_discovery"],
        message: "config_discovery.config_source is missing",
        proposal: "Write config_source: { ads: {}, initial_fetch_timeout: 0s }.",
      });
  }
  for (const [index, patch] of patches.entries()) {
    if (patch.applyTo !== "EXTENSION_CONFIG" || asked.has(nameOf(patch))) continue;
    found.push({
      level: "notice",
      rule: `${rule}/ecds-pair`,
      place: ["spec", "configPatches", index],
      message: `the EXTENSION_CONFIG ${String(nameOf(patch))} is asked for by no filter here`,
    });
  }
  return found;
}
