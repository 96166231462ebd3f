import { kinds } from "../istio/schemas.js";
import type { EnvoyFilter, WasmPlugin, WasmPluginSpec } from "../istio/types.js";
import { near } from "../near.js";
import { imageFindings } from "./image.js";
import { envoyFilterFindings } from "./envoy-filter.js";
import { type Finding, type FindingInFile, isObject, type Place } from "./finding.js";
import { configFindings, type KnownPlugin, type PluginSchemas } from "./plugin-config.js";
import type { Manifest } from "./read.js";
import { orderAmong } from "./wasm-order.js";
import { wasmPluginFindings } from "./wasm-plugin.js";

/** All that is found in manifests without asking anybody: by their schemas, by rules, and beside each other. */
export function validate(manifests: readonly Manifest[], schemas: PluginSchemas): FindingInFile[] {
  const found = manifests.flatMap((manifest) => inFile(manifest, findingsIn(manifest, schemas)));
  const plugins = manifests.filter(isWasmPlugin).map((manifest) => ({
    manifest,
    value: manifest.value as unknown as WasmPlugin,
    plugin: schemas.ofSpec((manifest.value as unknown as WasmPlugin).spec, manifest.file).name,
    text: manifest.document.toString(),
  }));
  for (const { index, finding } of orderAmong(plugins))
    found.push(...inFile(plugins[index]!.manifest, [finding]));
  found.push(...twice(manifests));
  return found;
}

/** What is found of the images that the manifests name, which are asked for where they lie. */
export async function validateImages(
  manifests: readonly Manifest[],
  schemas: PluginSchemas,
): Promise<FindingInFile[]> {
  const plugins = manifests.filter(isWasmPlugin);
  const found = await Promise.all(
    plugins.map(async (manifest) =>
      inFile(manifest, await imageFindings(manifest.value as unknown as WasmPlugin, manifest.file, schemas)),
    ),
  );
  return found.flat();
}

/** Puts findings in their file, in the order of its lines. */
function inFile(manifest: Manifest, findings: readonly Finding[]): FindingInFile[] {
  const { file, object, broken, lineOf, document, isListed } = manifest;
  const whole = { file, object, document, isListed };
  const unreadable = broken.map(({ line, message }) => ({
    ...whole,
    level: "error" as const,
    rule: "yaml",
    place: [],
    message,
    line,
  }));
  const placed = findings.map((finding) => ({ ...whole, ...finding, line: lineOf(finding.place) }));
  return [...unreadable, ...placed.sort((a, b) => a.line - b.line)];
}

function findingsIn({ value, file }: Manifest, schemas: PluginSchemas): Finding[] {
  if (value === null) return [];
  const known = kindFindings(value);
  if (known.length > 0) return known;
  if (value["kind"] === "EnvoyFilter")
    return [
      ...envoyFilterFindings(value),
      ...configurationsIn(value as unknown as EnvoyFilter, file, schemas),
    ];
  if (value["kind"] !== "WasmPlugin") return [];
  const spec = isObject(value["spec"]) ? (value["spec"] as unknown as WasmPluginSpec) : null;
  const plugin: KnownPlugin = spec === null ? { name: null, validate: null } : schemas.ofSpec(spec, file);
  return [
    ...wasmPluginFindings(value, plugin.name),
    ...(spec === null ? [] : configFindings(spec.pluginConfig, ["spec", "pluginConfig"], plugin)),
  ];
}

/** The kind and its version must be ones that a cluster with Istio serves. Kinds of others are left alone. */
function kindFindings(value: Record<string, unknown>): Finding[] {
  const { kind, apiVersion } = value;
  if (typeof kind !== "string" || typeof apiVersion !== "string") {
    const missing = typeof kind === "string" ? "apiVersion" : "kind";
    return [
      {
        level: "error",
        rule: "kind",
        place: [missing],
        message: `${missing} is missing: this is no object of Kubernetes`,
      },
    ];
  }
  const versions = kinds[kind]?.apiVersions;
  if (versions === undefined) {
    const isIstios = /(^|\.)istio\.io\//.test(apiVersion);
    const meant = near(kind, Object.keys(kinds));
    if (meant === null || (!isIstios && meant.toLowerCase() !== kind.toLowerCase())) return [];
    return [
      {
        level: "error",
        rule: "kind",
        place: ["kind"],
        message: `the kind ${kind} is not known`,
        proposal: `Write ${meant}.`,
        fix: [{ set: ["kind"], to: meant }],
      },
    ];
  }
  if (versions.includes(apiVersion)) return [];
  return [
    {
      level: "error",
      rule: "api-version",
      place: ["apiVersion"],
      message: `${kind} is of ${versions[0]}, and not of ${apiVersion}: the cluster does not know it`,
      proposal: `Write ${versions[0]}.`,
      fix: [{ set: ["apiVersion"], to: versions[0]! }],
    },
  ];
}

/** The configurations within an EnvoyFilter's Wasm filters, where they are JSON and their plugin is known. */
function configurationsIn({ spec }: EnvoyFilter, file: string, schemas: PluginSchemas): Finding[] {
  const patches = isObject(spec) && Array.isArray(spec.configPatches) ? spec.configPatches : [];
  return patches.flatMap((patch, index) => {
    const found: Finding[] = [];
    const at: Place = ["spec", "configPatches", index, "patch", "value"];
    walk(patch?.patch?.value, at, (config, place) => {
      const text = isObject(config["configuration"]) ? config["configuration"]["value"] : undefined;
      if (typeof text !== "string" || !("vm_config" in config || "vmConfig" in config)) return;
      const names = [config["root_id"], config["rootId"], config["name"]].filter(
        (name) => typeof name === "string",
      );
      const plugin = schemas.named(names, file);
      if (plugin.validate === null) return;
      const where = [...place, "configuration", "value"];
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        found.push({
          level: "error",
          rule: "plugin-config/json",
          place: where,
          message: `the configuration is no JSON: ${(error as Error).message}`,
        });
        return;
      }
      found.push(...configFindings(value, where, plugin));
    });
    return found;
  });
}

/** Tells of every object within a value, with its place. */
function walk(
  value: unknown,
  place: Place,
  tell: (value: Record<string, unknown>, place: Place) => void,
): void {
  if (Array.isArray(value))
    for (const [index, entry] of value.entries()) walk(entry, [...place, index], tell);
  if (!isObject(value)) return;
  tell(value, place);
  for (const [key, entry] of Object.entries(value)) walk(entry, [...place, key], tell);
}

function isWasmPlugin({ value }: Manifest): boolean {
  if (value === null || value["kind"] !== "WasmPlugin" || !isObject(value["spec"])) return false;
  return isObject(value["metadata"]) && typeof value["metadata"]["name"] === "string";
}

/** Two objects of one name: the later one takes the place of the earlier when they are applied. */
function twice(manifests: readonly Manifest[]): FindingInFile[] {
  const seen = new Map<string, Manifest>();
  return manifests.flatMap((manifest) => {
    const { kind, metadata } = (manifest.value ?? {}) as { kind?: string; metadata?: { name?: string } };
    if (kind === undefined || metadata?.name === undefined) return [];
    const before = seen.get(manifest.object);
    seen.set(manifest.object, manifest);
    if (before === undefined) return [];
    const where = `${before.file}:${before.lineOf(["metadata", "name"])}`;
    return inFile(manifest, [
      {
        level: "warning",
        rule: "twice",
        place: ["metadata", "name"],
        message: `${manifest.object} is also in ${where}: the one that is applied last stays`,
      },
    ]);
  });
}
