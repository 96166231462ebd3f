import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { root } from "../root.js";

interface Manifest {
  version: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  overrides?: Record<string, unknown>;
}

const PACKAGE = "as-proxy-wasm";
const manifest = readJson<Manifest>(join(root, "package.json"))!;

export const sdkVersion = manifest.version;

/** The versions of the tools that this version of the package is tested with. */
export const toolVersions = {
  assemblyscript: manifest.devDependencies!["assemblyscript"]!,
  asPect: manifest.devDependencies!["@as-pect/cli"]!,
  globPromise: manifest.overrides!["glob-promise"] as string,
};

/**
 * What a project's package.json says of where this package comes from: its version, or the file or the address that it
 * was installed from here. `spec` is what the user says of it.
 */
export function sdkSpec(project: string, spec?: string): string {
  if (spec !== undefined)
    return existsSync(spec) || spec.startsWith("file:") ? fileSpec(project, process.cwd(), spec) : spec;
  const home = installedIn();
  if (home === null) return fileSpec(project, root, ".");
  const { dependencies, devDependencies } = readJson<Manifest>(join(home, "package.json")) ?? {};
  const said = devDependencies?.[PACKAGE] ?? dependencies?.[PACKAGE] ?? resolvedBy(home);
  if (said?.startsWith("file:")) return fileSpec(project, home, said);
  return said !== undefined && /^(git|https?|github)[:+]/.test(said) ? said : `^${sdkVersion}`;
}

/** The folder whose node_modules holds this package, however deep down; null in the repository. */
function installedIn(): string | null {
  const at = root.indexOf(`${sep}node_modules${sep}`);
  return at < 0 ? null : root.slice(0, at) || sep;
}

/** Where npm got this package from, when another package wanted it. npm alone keeps such a record. */
function resolvedBy(home: string): string | undefined {
  type Record = { packages?: { [path: string]: { resolved?: string } } };
  const record = readJson<Record>(join(home, "node_modules", ".package-lock.json"));
  const resolved = record?.packages?.[`node_modules/${PACKAGE}`]?.resolved;
  return resolved?.startsWith("file:") ? resolved : undefined;
}

/** A file or folder that is named from one place, named from the project. */
function fileSpec(project: string, from: string, spec: string): string {
  const path = resolve(from, spec.replace(/^file:/, ""));
  const fromProject = relative(project, path);
  return `file:${(isAbsolute(fromProject) ? path : fromProject || ".").replaceAll("\\", "/")}`;
}

function readJson<T>(file: string): T | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : null;
}
