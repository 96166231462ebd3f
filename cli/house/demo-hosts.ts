import { readFile } from "node:fs/promises";
import { type PluginSpec, type RunningProxy, startProxy } from "../../host/node/index.js";
import { findEnvoy, type FoundEnvoy } from "../envoy/find.js";
import type { WasmFilter } from "../envoy/filters.js";
import { Envoy } from "../envoy/process.js";
import { MissingPrerequisite, type Report } from "../terminal.js";

/** A proxy with listeners by name, each with its own chain of plugins, all before one upstream. */
export interface DemoHost {
  port(listener: string): number;
  stop(): Promise<void>;
}

/** A kind of proxy that can be started. */
export interface DemoHostKind {
  name: "Envoy" | "the embedded host";
  /** Its version, and where it comes from. */
  description: string;
  http2: boolean;
  start(chains: Record<string, WasmFilter[]>, upstreamPort: number): Promise<DemoHost>;
}

/**
 * Envoy; the embedded host where there is neither an Envoy nor what installs one, or where `AS_PROXY_WASM_HOST` says
 * `embedded`. With `envoy` there, or with `$ENVOY`, nothing takes Envoy's place.
 */
export async function findDemoHost(report: Report, environment = process.env): Promise<DemoHostKind> {
  const wanted = environment["AS_PROXY_WASM_HOST"];
  if (wanted === "embedded") return embedded("as AS_PROXY_WASM_HOST says");
  try {
    return envoy(await findEnvoy({ report, environment }));
  } catch (error) {
    if (!(error instanceof MissingPrerequisite) || wanted === "envoy" || environment["ENVOY"]) throw error;
    report(error.message);
    return embedded("in the place of Envoy");
  }
}

function envoy(found: FoundEnvoy): DemoHostKind {
  return {
    name: "Envoy",
    description: `Envoy ${found.version} (${found.from})`,
    http2: true,
    async start(chains, upstreamPort) {
      const running = await Envoy.start({
        binary: found.path,
        listeners: Object.entries(chains).map(([name, filters]) => ({
          name,
          filters,
          routes: [{ cluster: "upstream" }],
        })),
        clusters: [{ name: "upstream", address: { port: upstreamPort } }],
      });
      return { port: (listener) => running.port(listener), stop: async () => void (await running.stop()) };
    },
  };
}

function embedded(why: string): DemoHostKind {
  return {
    name: "the embedded host",
    description: `the embedded host (${why})`,
    http2: false,
    async start(chains, upstreamPort) {
      const upstream = new URL(`http://127.0.0.1:${upstreamPort}`);
      const proxies = new Map<string, RunningProxy>();
      const stop = async () => void (await Promise.all([...proxies.values()].map((proxy) => proxy.stop())));
      try {
        for (const [name, filters] of Object.entries(chains)) {
          proxies.set(name, await startProxy({ plugins: await Promise.all(filters.map(load)), upstream }));
        }
      } catch (error) {
        await stop();
        throw error;
      }
      return { port: (listener) => proxies.get(listener)?.port ?? missing(listener), stop };
    },
  };
}

async function load({ code, ...rest }: WasmFilter): Promise<PluginSpec> {
  return { ...rest, wasm: await readFile(code) };
}

function missing(listener: string): never {
  throw new Error(`no listener ${listener}`);
}
