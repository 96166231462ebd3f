import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { WrongUse } from "../terminal.js";
import { askHelper } from "./credential-helper.js";
import { dockerHub } from "./reference.js";

/** What opens a registry. */
export type Credential = { from: string } & (
  { username: string; password: string } | { identityToken: string } | { registryToken: string }
);

/** Credentials for a repository, and what went wrong on the way to them. */
export interface Found {
  credential: Credential | null;
  /** Why a place that should have had some gave none: said when the registry wants some. */
  trouble: string[];
}

interface Entry {
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
}

interface ConfigFile {
  auths?: Record<string, Entry | null>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/**
 * The credentials that `docker login` or `podman login` left for a repository: in `$DOCKER_CONFIG/config.json` or
 * `~/.docker/config.json`, then in `$REGISTRY_AUTH_FILE`, `$XDG_RUNTIME_DIR/containers/auth.json` and
 * `~/.config/containers/auth.json`. In each file a helper for the registry comes first, then the helper for all, then
 * what the file itself holds.
 */
export async function findCredentials(
  host: string,
  repository: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Found> {
  const trouble: string[] = [];
  for (const file of configFiles(environment)) {
    const config = await readConfig(file);
    if (config === null) continue;
    const credential = await inConfig(config, file, host, repository, trouble);
    if (credential !== null) return { credential, trouble };
  }
  return { credential: null, trouble };
}

function configFiles(environment: NodeJS.ProcessEnv): string[] {
  const home = environment["HOME"] ?? homedir();
  const runtime = environment["XDG_RUNTIME_DIR"];
  const configHome = environment["XDG_CONFIG_HOME"] || join(home, ".config");
  return [
    join(environment["DOCKER_CONFIG"] || join(home, ".docker"), "config.json"),
    environment["REGISTRY_AUTH_FILE"] || null,
    runtime ? join(runtime, "containers", "auth.json") : null,
    join(configHome, "containers", "auth.json"),
  ].filter((file): file is string => file !== null);
}

async function readConfig(file: string): Promise<ConfigFile | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === "object" && read !== null) return read;
  } catch {
    // Said below.
  }
  throw new WrongUse(`${file} is not JSON: put it right, or log in anew with docker login`);
}

async function inConfig(
  config: ConfigFile,
  file: string,
  host: string,
  repository: string,
  trouble: string[],
): Promise<Credential | null> {
  const names = keysFor(host, repository);
  const ownHelper = names.map((name) => config.credHelpers?.[name]).find((helper) => helper !== undefined);
  for (const helper of new Set([ownHelper, config.credsStore])) {
    if (helper === undefined || helper === "") continue;
    const server = host === dockerHub ? `https://${dockerHub}/v1/` : host;
    const helped = await askHelper(helper, server);
    if ("failed" in helped) trouble.push(helped.failed);
    else if ("secret" in helped) {
      const from = `docker-credential-${helper}`;
      // Docker's mark for a secret that is an identity token.
      if (helped.username === "<token>") return { from, identityToken: helped.secret };
      return { from, username: helped.username, password: helped.secret };
    }
  }
  for (const name of names) {
    const entry = entryFor(config.auths ?? {}, name);
    const credential = entry && ofEntry(entry, file);
    if (credential) return credential;
  }
  return null;
}

/** From the closest to the widest: podman keeps credentials for a part of a registry too. */
function keysFor(host: string, repository: string): string[] {
  const parts = repository.split("/");
  const hosts = host === dockerHub ? ["docker.io", dockerHub, "registry-1.docker.io"] : [host];
  const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  return [...paths.flatMap((path) => hosts.map((name) => `${name}/${path}`)), ...hosts];
}

/** Docker also writes `https://host/v1/`: the host is what counts. */
function entryFor(auths: Record<string, Entry | null>, name: string): Entry | null {
  const plain = (key: string) => key.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
  const key = Object.keys(auths).find((one) => plain(one).toLowerCase() === name);
  return key === undefined ? null : auths[key]!;
}

function ofEntry(entry: Entry, file: string): Credential | null {
  if (entry.registrytoken) return { from: file, registryToken: entry.registrytoken };
  if (entry.identitytoken) return { from: file, identityToken: entry.identitytoken };
  if (entry.username && entry.password !== undefined)
    return { from: file, username: entry.username, password: entry.password };
  const text = Buffer.from(entry.auth ?? "", "base64").toString();
  const colon = text.indexOf(":");
  if (colon <= 0) return null;
  // Some tools pad the password with zero bytes.
  return { from: file, username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
}

export const describe = (credential: Credential): string =>
  "username" in credential
    ? `user ${credential.username}, from ${credential.from}`
    : `a token from ${credential.from}`;
