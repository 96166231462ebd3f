import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { ModuleFile } from "../module.js";
import { bundledPlugins, findPlugin, type Plugin, projectFolder } from "../project/plugin.js";
import { root } from "../root.js";
import { runProgram } from "../spawn.js";
import { WrongUse } from "../terminal.js";

/** What images of ours say of themselves beside OCI's own annotations. */
export const annotationNames = {
  /** `0.2.1`: the version of the proxy-wasm ABI that the module's marker names. */
  abi: "as-proxy-wasm.abi-version",
  /** The JSON schema of the configuration, as JSON without spaces. */
  configSchema: "as-proxy-wasm.config-schema",
  /** `http` or `network`. */
  filter: "as-proxy-wasm.filter",
  /** The module's own hash, 64 digits: what Istio and Envoy want for a module behind an http URL. */
  moduleSha256: "as-proxy-wasm.module-sha256",
  /** Names of root contexts, with commas between: Istio's `pluginName`. */
  rootIds: "as-proxy-wasm.root-ids",
} as const;

const oci = (name: string): string => `org.opencontainers.image.${name}`;

/** A schema of more is left to the file: registries take manifests of 4 MiB, and labels are copied around. */
const maxSchema = 1024 * 1024;

/** The project or bundled plugin that a module was compiled from, where it lies where that puts it. */
export async function ownerOf(plugin: Plugin): Promise<Plugin> {
  if (plugin.kind !== "module") return plugin;
  const path = resolve(plugin.module);
  const project = projectFolder(dirname(path));
  const candidates = [
    ...(project !== null && project !== root ? [project] : []),
    ...((await bundledPlugins()).includes(basename(path, ".wasm")) ? [basename(path, ".wasm")] : []),
  ];
  for (const candidate of candidates) {
    const owner = await findPlugin(candidate, dirname(path));
    if (resolve(owner.module) === path) return owner;
  }
  return plugin;
}

export interface Asked {
  /** `name=value` each; they win over what is found. An empty value takes the annotation away. */
  annotation?: string[];
  /** A file with the schema, in place of the one beside the plugin. */
  configSchema?: string;
  /** The commit; `true` asks git for the one that is checked out. */
  revision?: string | true;
}

/** The annotations of a plugin's image: from its package.json, its module, its schema, and what was asked for. */
export async function annotationsFor(
  plugin: Plugin,
  module: ModuleFile,
  asked: Asked,
): Promise<Record<string, string>> {
  const manifest = packageOf(plugin);
  const schema = schemaText(asked.configSchema ?? plugin.schema);
  const found: Record<string, string | undefined> = {
    [oci("title")]: plugin.name,
    [oci("version")]: manifest.version,
    [oci("description")]: plugin.kind === "bundled" ? undefined : manifest.description,
    [oci("licenses")]: manifest.license,
    [oci("source")]: sourceOf(manifest),
    [oci("url")]: manifest.homepage,
    [oci("revision")]: asked.revision === true ? await checkedOut(plugin.folder) : asked.revision,
    [annotationNames.abi]: abiVersion(module),
    [annotationNames.configSchema]: schema,
    [annotationNames.filter]: plugin.runtime.filter,
    [annotationNames.moduleSha256]: module.sha256,
    [annotationNames.rootIds]: rootIdsOf(plugin)?.join(","),
    ...Object.fromEntries((asked.annotation ?? []).map(readPair)),
  };
  return Object.fromEntries(
    Object.entries(found).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "",
    ),
  );
}

/** `runtime-config.json` of the Wasm image specification, which other tools than Istio read. */
export function runtimeFor(plugin: Plugin, module: ModuleFile): object {
  const abi = abiVersion(module);
  const rootIds = rootIdsOf(plugin);
  return {
    type: "envoy_proxy",
    ...(abi !== undefined && { abiVersions: [abi] }),
    config: { ...(rootIds !== undefined && { rootIds }) },
  };
}

/** Of a module that nobody says more of, nothing is known: its file's name need not be what it registered. */
const rootIdsOf = (plugin: Plugin): string[] | undefined =>
  plugin.runtime.rootIds ?? (plugin.kind === "module" ? undefined : [plugin.name]);

/** `0.2.1` of a module with the marker `proxy_abi_version_0_2_1`. */
function abiVersion(module: ModuleFile): string | undefined {
  const marker = module.exports.find(({ name }) => /^proxy_abi_version_\d+_\d+_\d+$/.test(name));
  return marker?.name.slice("proxy_abi_version_".length).replaceAll("_", ".");
}

interface PackageFile {
  version?: string;
  description?: string;
  license?: string;
  homepage?: string;
  repository?: string | { url?: string };
}

function packageOf(plugin: Plugin): PackageFile {
  const file = join(plugin.kind === "bundled" ? root : plugin.folder, "package.json");
  if (plugin.kind === "module" || !existsSync(file)) return {};
  return JSON.parse(readFileSync(file, "utf8")) as PackageFile;
}

/** `git+https://github.com/a/b.git` and `github:a/b` as a browser opens them. */
function sourceOf({ repository }: PackageFile): string | undefined {
  const url = typeof repository === "string" ? repository : repository?.url;
  if (url === undefined) return undefined;
  const short = /^(?:github:)?([\w.-]+\/[\w.-]+)$/.exec(url);
  if (short !== null) return `https://github.com/${short[1]}`;
  return url
    .replace(/^git\+/, "")
    .replace(/^git:\/\//, "https://")
    .replace(/\.git$/, "");
}

function schemaText(file: string | null): string | undefined {
  if (file === null) return undefined;
  let text: string;
  try {
    text = JSON.stringify(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (error instanceof SyntaxError) throw new WrongUse(`${file} is not JSON: ${error.message}`);
    throw error;
  }
  if (text.length > maxSchema)
    throw new WrongUse(
      `${file} has ${text.length} characters: a schema of more than ${maxSchema} does not go into an image`,
    );
  return text;
}

async function checkedOut(folder: string): Promise<string> {
  const { exitCode, output } = await runProgram("git", ["rev-parse", "HEAD"], { cwd: folder }).catch(() => ({
    exitCode: 1,
    output: "",
  }));
  if (exitCode !== 0)
    throw new WrongUse(`git knows no commit of ${folder}: write the commit after --revision`);
  return output.trim();
}

function readPair(pair: string): [string, string] {
  const equals = pair.indexOf("=");
  if (equals <= 0) throw new WrongUse(`--annotation wants name=value, and ${pair} is none`);
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}
