import { WrongUse } from "../terminal.js";
import type { PackageManager } from "./package-manager.js";
import { pluginName } from "./names.js";
import { toolVersions } from "./sdk.js";

/** What a package.json says, as far as it matters here. */
export interface Manifest {
  name?: string;
  version?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  [key: string]: unknown;
}

export interface ManifestOptions {
  name: string;
  description: string;
  packageManager: PackageManager;
  sdk: string;
  /** The package.json that is there already, by `npm install` or `npm init`; null where there is none. */
  present: Manifest | null;
}

/** What `npm init` writes where nobody says anything. */
const NO_TESTS = /^echo "Error: no test specified"/;

/** The package.json of a project. What is there already stays, but for what the project needs to be otherwise. */
export function projectManifest(options: ManifestOptions): Manifest {
  const { name, description, packageManager, sdk } = options;
  const { main: _main, directories: _directories, ...present } = options.present ?? {};
  const scripts = {
    build: "apw build",
    run: "apw run",
    test: "apw test",
    check: `apw check build/${pluginName(name)}.wasm`,
  };
  const { "as-proxy-wasm": _spec, ...dependencies } = present.dependencies ?? {};
  const manifest: Manifest = {
    ...present,
    name,
    version: present.version ?? "0.1.0",
    description: present["description"] ? present["description"] : description,
    private: true,
    type: "module",
    scripts: { ...withoutPlaceholder(present.scripts, scripts), ...scripts },
    dependencies,
    devDependencies: sorted({
      ...present.devDependencies,
      "@as-pect/assembly": toolVersions.asPect,
      "@as-pect/cli": toolVersions.asPect,
      "as-proxy-wasm": sdk,
      assemblyscript: toolVersions.assemblyscript,
    }),
    ...pinned(packageManager),
  };
  if (Object.keys(dependencies).length === 0) delete manifest.dependencies;
  return manifest;
}

/** Scripts that are there, without npm's placeholder. Throws `WrongUse` where one has a name that the project needs. */
function withoutPlaceholder(
  present: Record<string, string> = {},
  ours: Record<string, string>,
): Record<string, string> {
  const kept = Object.entries(present).filter(([, command]) => !NO_TESTS.test(command));
  for (const [name, command] of kept)
    if (name in ours && ours[name] !== command)
      throw new WrongUse(
        `package.json has a script "${name}" already (${command}): take it out, or name a new folder`,
      );
  return Object.fromEntries(kept);
}

/**
 * as-pect asks for an older compiler than the SDK's, with which it works as well. And one of its packages would bring
 * a whole npm of its own along.
 */
function pinned(packageManager: PackageManager): object {
  const { assemblyscript, globPromise } = toolVersions;
  if (packageManager === "npm")
    return { overrides: { assemblyscript: "$assemblyscript", "glob-promise": globPromise } };
  return packageManager === "yarn" ? { resolutions: { assemblyscript, "glob-promise": globPromise } } : {};
}

/** What else a package manager has to be told. Paths in the project, and what lies there. */
export function packageManagerFiles(packageManager: PackageManager): Map<string, string> {
  const { assemblyscript, globPromise } = toolVersions;
  if (packageManager === "pnpm")
    return new Map([
      [
        "pnpm-workspace.yaml",
        `# asc looks for packages where npm puts them.
nodeLinker: hoisted
overrides:
  assemblyscript: ${assemblyscript}
  glob-promise: ${globPromise}
`,
      ],
    ]);
  if (packageManager === "yarn")
    return new Map([
      [".yarnrc.yml", "# asc looks for packages in node_modules.\nnodeLinker: node-modules\n"],
    ]);
  return new Map();
}

const sorted = (record: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
