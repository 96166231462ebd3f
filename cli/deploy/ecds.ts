import { createHash } from "node:crypto";
import type { WasmPluginSpec } from "../istio/types.js";
import { format, parseReference } from "../oci/reference.js";
import { canonical } from "./history.js";
import type { Deployed } from "./wasm-plugins.js";

/** A filter that a proxy got from istiod by ECDS, from its config dump. */
export interface DiscoveredFilter {
  /** The resource's name. Its form is Istio's own affair, and changes with its releases. */
  resource: string;
  /** A Wasm filter ... */
  wasm?: WasmFilter;
  /** ... or what Istio's agent puts in the place of one whose module it could not get. */
  standIn?: StandIn;
  updated?: string;
  /** What Envoy says of an update that it refused. */
  refused?: string;
}

type StandIn = "deny" | "allow";

interface WasmFilter {
  name: string;
  rootId: string;
  /** Where Envoy reads the module: a file of the agent's, or a URL where no agent is between. */
  code: string;
  /** As text. */
  configuration: string;
  environment: Record<string, string>;
}

type Json = Record<string, unknown>;
const object = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Reads what `config_dump?resource=ecds_filters` gives. */
export function filtersIn(dump: unknown): DiscoveredFilter[] {
  const { configs } = object(dump);
  if (!Array.isArray(configs)) return [];
  return configs.map((entry): DiscoveredFilter => {
    const config = object(entry);
    const filter = object(config["ecds_filter"]);
    const typed = object(filter["typed_config"]);
    const standIn = standInOf(typed);
    const wasm = wasmOf(typed);
    const refused = text(object(config["error_state"])["details"]);
    const updated = text(config["last_updated"]);
    return {
      resource: text(filter["name"]),
      ...(wasm !== null && { wasm }),
      ...(standIn !== null && { standIn }),
      ...(updated !== "" && { updated }),
      ...(refused !== "" && { refused }),
    };
  });
}

function standInOf(typed: Json): StandIn | null {
  const type = text(typed["@type"]);
  if (!/\.rbac\.v3\.RBAC$/.test(type)) return null;
  const prefix = text(typed["rules_stat_prefix"]) || text(typed["stat_prefix"]);
  if (prefix === "wasm-default-deny") return "deny";
  if (prefix === "wasm-default-allow") return "allow";
  return null;
}

function wasmOf(typed: Json): WasmFilter | null {
  const type = text(typed["@type"]);
  // Wrapped, where an EnvoyFilter wrote it so.
  const inner = /TypedStruct$/.test(type) ? object(typed["value"]) : typed;
  if (!/\.wasm\.v3\.Wasm$/.test(type) && !/\.wasm\.v3\.Wasm$/.test(text(typed["type_url"]))) return null;
  const config = object(inner["config"]);
  const vm = object(config["vm_config"]);
  const code = object(vm["code"]);
  const configuration = object(config["configuration"]);
  const environment = object(object(vm["environment_variables"])["key_values"]);
  return {
    name: text(config["name"]),
    rootId: text(config["root_id"]),
    code: text(object(code["local"])["filename"]) || text(object(object(code["remote"])["http_uri"])["uri"]),
    configuration: text(configuration["value"]),
    environment: Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, text(value)])),
  };
}

/**
 * Where Istio's agent puts a module: a folder named for the image without its tag, or the whole URL, and in it a file
 * named for the digest (`pkg/wasm/cache.go` of Istio 1.31).
 */
export function moduleFolder(url: string): string {
  return createHash("sha256").update(moduleName(url)).digest("hex");
}

function moduleName(url: string): string {
  if (/^(https?|file):/.test(url)) return url;
  try {
    const { host, repository } = parseReference(url);
    return `oci://${host}/${repository}`;
  } catch {
    return url;
  }
}

/** What a spec asks a proxy to have. */
export interface Expected {
  spec: WasmPluginSpec;
  /** Of the image or the module, where it is known. */
  digest?: string;
}

/** Why a filter is not what a spec asks for, as words; null where it is. */
export function unlike(filter: WasmFilter, { spec, digest }: Expected): string | null {
  const wanted = (digest ?? spec.sha256) || digestInUrl(spec.url);
  const ofModule = codeOf(filter.code);
  if (ofModule === null) {
    if (filter.code !== spec.url && filter.code !== spec.url.replace(/^file:\/\//, ""))
      return "it has another module";
  } else {
    if (ofModule.folder !== moduleFolder(spec.url)) return "it has another image";
    if (wanted && ofModule.digest !== wanted) return `it has the digest ${ofModule.digest.slice(0, 12)}`;
  }
  if (filter.rootId !== (spec.pluginName ?? "")) return `it has the plugin name ${filter.rootId || "(none)"}`;
  if (!sameConfiguration(filter.configuration, spec.pluginConfig)) return "it has another configuration";
  // Those of the host are known by name alone, and Istio adds some of its own.
  for (const { name, value } of spec.vmConfig?.env ?? [])
    if (value !== undefined && filter.environment[name] !== value)
      return `its environment has another ${name}`;
  return null;
}

/** `/var/lib/istio/data/<folder>/<digest>.wasm`. */
function codeOf(code: string): { folder: string; digest: string } | null {
  const found = /(?:^|\/)([a-f0-9]{64})\/([a-f0-9]{64})\.wasm$/.exec(code);
  return found === null ? null : { folder: found[1]!, digest: found[2]! };
}

/** The digest of the module that a filter runs, by the name of its file. */
export const digestOf = (filter: WasmFilter): string | undefined => codeOf(filter.code)?.digest;

export const digestInUrl = (url: string): string | undefined => /@sha256:([a-f0-9]{64})$/.exec(url)?.[1];

function sameConfiguration(had: string, wanted: Record<string, unknown> | undefined): boolean {
  const isEmpty = wanted === undefined || Object.keys(wanted).length === 0;
  if (had === "") return isEmpty;
  try {
    return canonical(JSON.parse(had)) === canonical(wanted ?? {});
  } catch {
    return false;
  }
}

/**
 * The filter of a WasmPlugin among those of a proxy: the one that is as its spec says. Where none is, the one that seems
 * to be of an older state, by the names that Istio happens to give, or by image and plugin name.
 */
export function filterOf(
  filters: readonly DiscoveredFilter[],
  plugin: Pick<Deployed, "metadata">,
  expected: Expected,
): { filter: DiscoveredFilter; difference: string | null } | null {
  const named = filters.filter((filter) => isNamed(filter, plugin));
  for (const filter of [...named, ...filters])
    if (filter.wasm !== undefined && unlike(filter.wasm, expected) === null)
      return { filter, difference: null };
  const [own] = named;
  if (own !== undefined)
    return { filter: own, difference: own.wasm === undefined ? "a stand-in" : unlike(own.wasm, expected) };
  for (const filter of filters) {
    if (filter.wasm === undefined || filter.wasm.rootId !== (expected.spec.pluginName ?? "")) continue;
    if (codeOf(filter.wasm.code)?.folder !== moduleFolder(expected.spec.url)) continue;
    return { filter, difference: unlike(filter.wasm, expected) };
  }
  return null;
}

function isNamed({ resource, wasm }: DiscoveredFilter, { metadata }: Pick<Deployed, "metadata">): boolean {
  const own = `${metadata.namespace}.${metadata.name}`.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const form = new RegExp(`(^|/)${own}($|~)`);
  return form.test(resource) || (wasm !== undefined && form.test(wasm.name));
}

/** The image in the short form that tables have room for: without the scheme. */
export function shortImage(url: string): string {
  if (!url.startsWith("oci://") && /^\w+:\/\//.test(url)) return url;
  try {
    return format(parseReference(url))
      .replace(/^oci:\/\//, "")
      .replace(/@sha256:([a-f0-9]{12})[a-f0-9]*$/, "@$1");
  } catch {
    return url;
  }
}
