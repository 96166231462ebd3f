import { stringify } from "yaml";
import { testedEnvoys } from "../envoy/tested.js";
import type { RuntimeConfig } from "../project/runtime-config.js";
import { scenarioSchemaLine } from "../scenarios/schema-line.js";
import { type Manifest, packageManagerFiles, projectManifest } from "./manifest.js";
import { pluginName, resourceName } from "./names.js";
import { type PackageManager, wordsOf } from "./package-manager.js";
import { sdkSpec } from "./sdk.js";
import { filesIn, projectFiles, type Template } from "./templates.js";
import { workflowSetup } from "./workflow.js";

export interface ProjectOptions {
  folder: string;
  name: string;
  template: Template;
  packageManager: PackageManager;
  /** Where the SDK comes from, when the user says so. */
  sdk: string | undefined;
  /** The package.json that is there already. */
  present: Manifest | null;
}

/**
 * The Istio whose proxies have the oldest Envoy that is tested. Each release of Istio takes the Envoy of its quarter, and
 * both count on together: the proxy of 1.20 is built from Envoy's branch 1.28 (istio/test-infra, pull request 5065), that
 * of 1.28 from 1.36.
 */
const minimumIstio = "1.28";

/** Where files go whose names mean something else to npm, or to the tools here, when they are packed. */
const placed: Record<string, string> = {
  gitignore: ".gitignore",
  dockerignore: ".dockerignore",
  "ci.yml.txt": ".github/workflows/ci.yml",
};

/** The whole of a new project: paths, and what lies there. package.json is the last. */
export async function projectContents(options: ProjectOptions): Promise<Map<string, string>> {
  const { folder, name, template, packageManager, sdk, present } = options;
  const plugin = pluginName(name);
  const files = new Map<string, string>();
  for (const [path, text] of template.files) files.set(path, adapted(path, text, template.rootId, name));
  const fill = textFiller(options);
  for (const [path, text] of await filesIn(projectFiles)) files.set(placed[path] ?? path, fill(text));
  for (const [path, text] of packageManagerFiles(packageManager)) files.set(path, text);
  files.set("runtime-config.json", json(runtimeConfig(plugin, template.filter)));
  const manifest = projectManifest({
    name,
    description: template.summary,
    packageManager,
    sdk: sdkSpec(folder, sdk),
    present,
  });
  return files.set("package.json", json(manifest));
}

function runtimeConfig(plugin: string, filter: "http" | "network"): RuntimeConfig {
  const { oldest, newest } = testedEnvoys;
  return {
    abiVersions: ["0.2.1"],
    rootIds: [plugin],
    filter,
    envoy: { minimum: oldest.split(".").slice(0, 2).join("."), tested: [oldest, newest] },
    istio: { minimum: minimumIstio },
  };
}

/** A file of a template, in which the plugin goes by the project's name. */
function adapted(path: string, text: string, rootId: string, name: string): string {
  const plugin = pluginName(name);
  if (path === "assembly/index.ts") return replaced(text, `register("${rootId}"`, `register("${plugin}"`);
  if (path === "config.schema.json")
    return replaced(text, `"Configuration of ${rootId}"`, `"Configuration of ${plugin}"`);
  if (path === "wasmplugin.yaml") {
    const named = replaced(text, `\n  name: ${rootId}\n`, `\n  name: ${scalar(resourceName(name))}\n`);
    const at = replaced(named, `\n  pluginName: ${rootId}\n`, `\n  pluginName: ${scalar(plugin)}\n`);
    return replaced(at, `/as-proxy-wasm/${rootId}:`, `/${plugin}:`);
  }
  if (path.startsWith("scenarios/"))
    return (
      text
        .replace(/^# yaml-language-server: .*$/m, scenarioSchemaLine)
        .replace(new RegExp(`\\bplugin: ${rootId}(?=[,\\s}])`, "g"), `plugin: ${scalar(plugin)}`)
        // What the SDK says of a version begins with the root id.
        .replaceAll(`${rootId}: version `, `${plugin}: version `)
        .replaceAll(`${rootId}.version.`, `${plugin}.version.`)
        // Metrics of a plugin's own that begin with its name.
        .replace(new RegExp(`(?<=[{\\s])${rootId}\\.(?=[a-z_]+: )`, "g"), () => `${plugin}.`)
        .replaceAll(`wasm_plugin=.=${label(rootId)};`, `wasm_plugin=.=${label(plugin)};`)
    );
  return text;
}

/** A root id as the SDK's own metrics show it. */
const label = (rootId: string): string => rootId.replace(/[^A-Za-z0-9_]/g, "_");

/** Puts the project's words into a text with places for them. */
function textFiller({ name, template, packageManager }: ProjectOptions): (text: string) => string {
  const words = wordsOf[packageManager];
  const hasScenarios = [...template.files.keys()].some((path) => path.startsWith("scenarios/"));
  const values: Record<string, string> = {
    name: pluginName(name),
    about: template.about,
    install: words.install,
    run: words.run,
    exec: words.exec,
    "frozen-install": words.frozenInstall,
    setup: workflowSetup[packageManager],
    scenarios: hasScenarios
      ? "`scenarios/`: what clients and services send, and what must come of it"
      : "`scenarios/` is not there: scenarios are about HTTP",
  };
  return (text) => text.replace(/\{\{([a-z-]+)\}\}/g, (_, key: string) => values[key]!);
}

function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`a template lacks ${JSON.stringify(from)}`);
  return text.replace(from, () => to);
}

/** A text as YAML, in quotes where it would be read as something else: `1.0`, `null`. */
const scalar = (text: string): string => stringify(text).trim();

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
