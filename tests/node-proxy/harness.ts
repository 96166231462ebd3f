import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { compilePlugin } from "../../cli/compile.js";
import { pluginModules, testModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { type Answer, Upstream } from "../../cli/upstream.js";
import { type PluginSpec, type ProxyOptions, type RunningProxy, startProxy } from "../../host/node/index.js";

/** The file of a plugin of the library, or of a fixture beside these tests. */
export async function moduleFile(name: string): Promise<string> {
  const isFixture = name === "probe";
  const folder = isFixture
    ? join(root, "tests", "node-proxy", "fixtures", name)
    : join(root, "plugins", name);
  return (await compilePlugin(folder, isFixture ? testModules : pluginModules)).file;
}

/** A plugin by the name of its folder. */
export async function plugin(folder: string, more: Partial<PluginSpec> = {}): Promise<PluginSpec> {
  return { wasm: await readFile(await moduleFile(folder)), name: folder, rootId: folder, ...more };
}

/** The probe under a name of its own. */
export const probe = (name: string, more: Record<string, unknown> = {}): Promise<PluginSpec> =>
  plugin("probe", { name, vmId: name, configuration: { name, ...more } });

export type Running = { proxy: RunningProxy; upstream: Upstream };

/** Runs `use` with an upstream and a proxy before it, and stops both, whatever happens. */
export async function withProxy(
  options: Omit<ProxyOptions, "upstream"> & { answer?: Answer; upstream?: URL },
  use: (running: Running) => Promise<void>,
): Promise<void> {
  const { answer, ...rest } = options;
  const upstream = await Upstream.start(answer);
  try {
    const proxy = await startProxy({ upstream: urlOf(upstream), ...rest });
    try {
      await use({ proxy, upstream });
    } finally {
      await proxy.stop();
    }
  } finally {
    await upstream.stop();
  }
}

export const urlOf = ({ port }: { port: number }): URL => new URL(`http://127.0.0.1:${port}`);

/** A port of the loopback that plays a script of raw bytes on each connection that says something. */
export class RawServer {
  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
  ) {}

  static async start(onRequest: (socket: Socket) => void): Promise<RawServer> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
      socket.once("data", () => onRequest(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new RawServer(server, sockets);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A port of the loopback on which nothing listens. */
export async function unusedPort(): Promise<number> {
  const server = await RawServer.start(() => {});
  const { port } = server;
  await server.stop();
  return port;
}

/** Services that fail, each in its way, and one that answers 201. */
export async function withServices(use: (clusters: Record<Service, URL>) => Promise<void>): Promise<void> {
  const good = await Upstream.start(() => ({ status: 201, headers: { "x-service": "1" }, body: "fine" }));
  const servers = {
    resetting: await RawServer.start((socket) => socket.destroy()),
    silent: await RawServer.start(() => {}),
    cutting: await RawServer.start((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
      setTimeout(() => socket.destroy(), 30);
    }),
    babbling: await RawServer.start((socket) => socket.end("babble\r\n\r\n")),
  };
  try {
    const { resetting, silent, cutting, babbling } = servers;
    await use({
      good: urlOf(good),
      refusing: urlOf({ port: await unusedPort() }),
      resetting: urlOf(resetting),
      silent: urlOf(silent),
      cutting: urlOf(cutting),
      babbling: urlOf(babbling),
    });
  } finally {
    await good.stop();
    for (const server of Object.values(servers)) await server.stop();
  }
}

export type Service = "good" | "refusing" | "resetting" | "silent" | "cutting" | "babbling";

/** Waits until something holds; fails with `what` when it does not within five seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let left = 500; !holds(); left--) {
    if (left === 0) throw new Error(`not within five seconds: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
