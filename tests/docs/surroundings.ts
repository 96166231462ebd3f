import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { copyFile, mkdir, rm, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { findEnvoy } from "../../cli/envoy/find.js";
import { root } from "../../cli/root.js";
import { ScriptedRegistry } from "../cli/image/scripted-registry.js";
import { PlayedCluster, type PlayedPod, type Script } from "../kubernetes/scripted.js";
import { attempt } from "../package/outside.js";

/** What there is around a reader: an Envoy on the PATH, a registry, a web server, and a cluster that is played. */
export interface Surroundings {
  environment: NodeJS.ProcessEnv;
  /** A page's text with the addresses of what there is, in the place of those that a reader has. */
  replaced(text: string): string;
  /** What was printed, the other way round. */
  restored(text: string): string;
  stop(): Promise<void>;
}

/** What readers of a page have before its first block. */
interface Before {
  cluster?: Script;
  /** Commands that they ran. */
  commands?: string;
  /** Files of the repository's build, to paths in the folder. */
  modules?: Record<string, string>;
}

const pods = (...names: string[]): PlayedPod[] =>
  names.map((name) => ({
    name,
    namespace: "shop",
    labels: { app: "web" },
    proxy: "follows",
    log: `2026-11-21T20:00:00.000000Z\tinfo\tenvoy wasm\twasm log shop.hello: ${name}\tthread=20`,
  }));

const before: Readonly<Record<string, Before>> = {
  "debugging-a-trap": {
    cluster: { pods: [], istiodLog: "[error][wasm] Function: proxy_on_request_headers failed: ...\n" },
  },
  deploying: { cluster: { pods: pods("web-1") } },
  "moving-from-go": { modules: { "plugins/hello.wasm": "../old.wasm" } },
  "moving-from-rust": { modules: { "plugins/hello.wasm": "../old.wasm" } },
  "roll-out": {
    cluster: {
      pods: pods("web-1", "web-2", "web-3", "web-4").map((pod) => ({
        ...pod,
        proxy: "refuses",
        failsOn: "oci://registry.example.com/team/greeting:broken",
      })),
    },
  },
  troubleshooting: {
    cluster: { pods: pods("web-1") },
    commands: `npx apw init --yes --name my-filter
npx apw build
npx apw deploy basic-auth -n shop --image oci://registry.example.com/basic-auth:1 --sha256 ${"1".repeat(64)} --selector app=web --config '{"basic_auth_rules":[{"prefix":"/","request_methods":["GET"],"credentials":["a:b"]}]}' --no-images
`,
  },
};

export async function surroundings(page: string, folder: string): Promise<Surroundings> {
  const { cluster: script, commands, modules = {} } = before[page] ?? {};
  const registry = await ScriptedRegistry.start();
  const web = await startWeb();
  const cluster = await PlayedCluster.start({ pods: [] });
  // It is played for what is deployed, and asked for nothing else.
  await rm(join(cluster.folder, "istioctl"));
  // What the repository has installed is not what readers have.
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((each) => !each.includes("node_modules"));
  await symlink((await findEnvoy()).path, join(cluster.folder, "envoy"));
  const addresses: [said: string, is: string][] = [
    ["registry.example.com", registry.host],
    ["https://shop.example.com", `http://${hostOf(web)}`],
    ["http://prometheus:9090", `http://${hostOf(web)}`],
    // Nothing happens while a canary is watched.
    ["--interval 5m", "--interval 0s"],
  ];
  const around: Surroundings = {
    environment: { ...cluster.environment, PATH: [cluster.folder, ...path].join(delimiter) },
    replaced: (text) => addresses.reduce((all, [said, is]) => all.replaceAll(said, is), text),
    restored: (text) => addresses.reduce((all, [said, is]) => all.replaceAll(is, said), text),
    async stop() {
      web.closeAllConnections();
      web.close();
      await registry.stop();
      await cluster.stop();
    },
  };
  await cluster.play(JSON.parse(around.replaced(JSON.stringify(script ?? { pods: [] }))) as Script);
  for (const [from, to] of Object.entries(modules)) {
    await mkdir(join(folder, to, ".."), { recursive: true });
    await copyFile(join(root, "build", from), join(folder, to));
  }
  if (commands !== undefined) {
    const { exitCode, output } = await attempt(
      folder,
      "bash",
      ["-euo", "pipefail", "-c", around.replaced(commands)],
      around.environment,
    );
    if (exitCode !== 0) throw new Error(`before ${page}: ${output}`);
  }
  return around;
}

/** A shop behind a gateway, and a Prometheus that has seen nothing go wrong. */
async function startWeb(): Promise<Server> {
  const server = createServer((request, response) => {
    const isQuery = request.url!.startsWith("/api/v1/query");
    response.writeHead(200, { "content-type": "application/json", hello: "world" });
    response.end(
      isQuery ? JSON.stringify({ status: "success", data: { resultType: "vector", result: [] } }) : "{}",
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const hostOf = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;
