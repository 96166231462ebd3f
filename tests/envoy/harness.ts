import assert from "node:assert/strict";
import { join } from "node:path";
import { compilePlugin } from "../../cli/compile.js";
import type { HttpListener, Route } from "../../cli/envoy/bootstrap.js";
import type { HttpFilter, NativeFilter, WasmFilter } from "../../cli/envoy/filters.js";
import { findEnvoy } from "../../cli/envoy/find.js";
import { Envoy, EnvoyRefused, type EnvoyOptions } from "../../cli/envoy/process.js";
import { load, type LoadOptions, type LoadResult } from "../../cli/load.js";
import { pluginModules, testModules } from "../../cli/plugins.js";
import { exchange, request, requestHttp2, type RequestOptions, type Response } from "../../cli/request.js";
import { root } from "../../cli/root.js";
import { type Answer, Upstream } from "../../cli/upstream.js";

/** A wasm filter whose module is a plugin of the library, one of the tests' own, or a file. */
export type PluginFilter = Omit<WasmFilter, "code" | "name"> & {
  /** The filter's name; the plugin's without it. */
  name?: string;
} & ({ plugin: string } | { fixture: string } | { code: string });

export interface ProxyOptions extends Omit<EnvoyOptions, "binary" | "listeners" | "clusters"> {
  /** In the order in which a request meets them. */
  filters: (PluginFilter | NativeFilter)[];
  /** What the upstream answers; 200 with `ok` without it. */
  answer?: Answer;
  /** HTTP/2 to the upstream. */
  upstreamHttp2?: boolean;
  /** Routes in place of the one that sends everything to the cluster `upstream`. */
  routes?: Route[];
  clusters?: EnvoyOptions["clusters"];
  /** More listeners beside the one named `main`. */
  listeners?: EnvoyOptions["listeners"];
  /** What else the listener `main` says: buffer limit, codec, access log. */
  listener?: Partial<HttpListener>;
}

/** Modules by their folder: each is compiled once in a process, however many tests ask for it at the same time. */
const modules = new Map<string, Promise<string>>();

function moduleIn(folder: string, target: typeof pluginModules): Promise<string> {
  const known = modules.get(folder) ?? compilePlugin(folder, target).then(({ file }) => file);
  modules.set(folder, known);
  return known;
}

/** The module of `plugins/<name>`, compiled from what is in the repository now. */
export const plugin = (name: string): Promise<string> => moduleIn(join(root, "plugins", name), pluginModules);

/** The module of `tests/envoy/fixtures/<name>`. */
export const fixture = (name: string): Promise<string> =>
  moduleIn(join(root, "tests", "envoy", "fixtures", name), testModules);

/** An upstream and an Envoy with these filters in front of it. Whoever starts one stops it. */
export class Proxy {
  private constructor(
    readonly envoy: Envoy,
    readonly upstream: Upstream,
  ) {}

  static async start(options: ProxyOptions): Promise<Proxy> {
    const { filters, answer, upstreamHttp2, routes, clusters, listeners, listener, ...rest } = options;
    const upstream = await Upstream.start(answer, { http2: upstreamHttp2 ?? false });
    try {
      const envoy = await Envoy.start({
        ...rest,
        binary: (await findEnvoy()).path,
        listeners: [
          {
            name: "main",
            routes: routes ?? [{ cluster: "upstream" }],
            ...listener,
            filters: await resolveFilters(filters),
          },
          ...(listeners ?? []),
        ],
        clusters: [
          { name: "upstream", address: { port: upstream.port }, http2: upstreamHttp2 ?? false },
          ...(clusters ?? []),
        ],
      });
      return new Proxy(envoy, upstream);
    } catch (error) {
      await upstream.stop();
      throw error;
    }
  }

  get port(): number {
    return this.envoy.port("main");
  }

  /** A request over HTTP/1.1, headers raw. */
  request(options: RequestOptions | string = {}): Promise<Response> {
    return request(this.port, typeof options === "string" ? { path: options } : options);
  }

  requestHttp2(options: RequestOptions | string = {}): Promise<Response> {
    return requestHttp2(this.port, typeof options === "string" ? { path: options } : options);
  }

  /** Bytes as they are, and all that comes back. */
  exchange(bytes: string | Uint8Array, quiet?: number): Promise<Buffer> {
    return exchange(this.port, bytes, quiet);
  }

  load(options: Omit<LoadOptions, "port">): Promise<LoadResult> {
    return load({ ...options, port: this.port });
  }

  /** What the modules logged, without Envoy's own lines: the text after `wasm log ...: `. */
  wasmLog(from = 0): { level: string; text: string }[] {
    return this.envoy.log.lines.slice(from).flatMap((line) => {
      const found = /^\[[^\]]+\]\[\d+\]\[(\w+)\]\[wasm\].*? wasm log(?: [^:]*)?: (.*)$/.exec(line);
      return found ? [{ level: found[1]!, text: found[2]! }] : [];
    });
  }

  /** Fails when a VM trapped or Envoy ended: what must hold after every test. */
  assertUnharmed(): void {
    assert.equal(this.envoy.ended, null, `Envoy ended:\n${this.envoy.log.tail(30)}`);
    const traps = this.envoy.log.matching(
      /Function: .* failed: Uncaught RuntimeError|wasm_fail_stream|\]\[critical\]/,
    );
    assert.deepEqual(traps, []);
  }

  async stop(): Promise<void> {
    const byItself = await this.envoy.stop();
    await this.upstream.stop();
    assert.ok(byItself, `Envoy did not end when it was told to:\n${this.envoy.log.tail(30)}`);
  }
}

/** Runs `use` with a proxy and stops it, whatever happens; afterwards it must be unharmed. */
export async function withProxy(options: ProxyOptions, use: (proxy: Proxy) => Promise<void>): Promise<void> {
  const proxy = await Proxy.start(options);
  try {
    await use(proxy);
    proxy.assertUnharmed();
  } finally {
    await proxy.stop();
  }
}

/** Asserts that Envoy refuses to start with this, and gives back why and all that it logged. */
export async function expectRefused(options: ProxyOptions): Promise<EnvoyRefused> {
  let proxy: Proxy;
  try {
    proxy = await Proxy.start(options);
  } catch (error) {
    if (!(error instanceof EnvoyRefused)) throw error;
    assert.equal(error.exitCode, 1, `Envoy did not exit in an orderly way:\n${error.log.tail(30)}`);
    return error;
  }
  const tail = proxy.envoy.log.tail(30);
  await proxy.stop();
  assert.fail(`Envoy took the configuration:\n${tail}`);
}

async function resolveFilters(filters: ProxyOptions["filters"]): Promise<HttpFilter[]> {
  return Promise.all(
    filters.map(async (filter) => {
      if ("typed_config" in filter) return filter;
      if ("plugin" in filter) {
        const { plugin: name, ...rest } = filter;
        return { name, ...rest, code: await plugin(name) };
      }
      if ("fixture" in filter) {
        const { fixture: name, ...rest } = filter;
        return { name, ...rest, code: await fixture(name) };
      }
      return { name: "plugin", ...filter };
    }),
  );
}
