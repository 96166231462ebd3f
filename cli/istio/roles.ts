import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../root.js";
import type { WasmPlugin } from "./types.js";

/** The bundled plugins that keep requests out: what they do must never be open by mistake. */
export const guards: ReadonlySet<string> = new Set([
  "basic-auth",
  "ext-auth",
  "jwt-validator",
  "rate-limit",
  "rbac-enforcer",
]);

/** Which bundled plugins must have run before one, where both are there: it reads what they leave, or relies on them. */
export const comesAfter: Readonly<Record<string, readonly string[]>> = {
  "rbac-enforcer": ["jwt-validator", "basic-auth"],
  "ext-auth": ["jwt-validator"],
  cache: ["basic-auth", "ext-auth", "jwt-validator", "rbac-enforcer"],
};

/** How a bundled plugin says that it is deployed: its `wasmplugin.yaml`, with the comments; null of others. */
export function recommendedManifest(plugin: string): { text: string; value: WasmPlugin } | null {
  if (!/^[a-z0-9-]+$/.test(plugin)) return null;
  const file = join(root, "plugins", plugin, "wasmplugin.yaml");
  if (!existsSync(file)) return null;
  const text = readFileSync(file, "utf8");
  return { text, value: parse(text) as WasmPlugin };
}

/** The configuration schema of a bundled plugin as a file; null of others. */
export function bundledSchema(plugin: string): string | null {
  if (!/^[a-z0-9-]+$/.test(plugin)) return null;
  const file = join(root, "plugins", plugin, "config.schema.json");
  return existsSync(file) ? file : null;
}
