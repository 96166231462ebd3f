import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { DoctorFinding } from "./finding.js";

interface DockerConfig {
  auths?: Record<string, unknown>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/** To which registries somebody is logged in, and what keeps the secrets; these are not looked at. */
export async function examineRegistries(environment: NodeJS.ProcessEnv): Promise<DoctorFinding> {
  const file = join(environment["DOCKER_CONFIG"] || join(homedir(), ".docker"), "config.json");
  const base = {
    name: "Registry logins",
    purpose: "apw image --push and deploy: pushing modules to a registry",
  };
  const remedy = "docker login HOST, or podman, crane or helm registry login: they write the same file";
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return { ...base, state: "absent", details: [`there is no ${file}`], remedy };
  }
  let config: DockerConfig;
  try {
    config = JSON.parse(text) as DockerConfig;
  } catch {
    return {
      ...base,
      state: "broken",
      details: [`${file} is not JSON`],
      remedy: "put it right, or log in anew",
    };
  }
  const { auths = {}, credHelpers = {}, credsStore } = config;
  const logins = [
    ...Object.keys(auths).map(
      (host) => `${host} (kept by ${credHelpers[host] ?? credsStore ?? "the file itself"})`,
    ),
    ...Object.entries(credHelpers)
      .filter(([host]) => !(host in auths))
      .map(([host, helper]) => `${host} (kept by ${helper})`),
  ];
  if (logins.length === 0 && credsStore === undefined)
    return { ...base, state: "absent", details: [`${file} has none`], remedy };
  return { ...base, state: "there", details: logins.length > 0 ? logins : [`kept by ${credsStore}`] };
}
