import { readFile } from "node:fs/promises";
import { LogLevel } from "../../host/index.js";
import { startProxy } from "../../host/node/index.js";
import { Envoy } from "../envoy/process.js";
import { request, type RequestOptions, type Response, Unanswered } from "../request.js";
import { type Answer, Upstream } from "../upstream.js";
import { loggedIn } from "./envoy-log.js";
import { type Callee, outgoing, type Played } from "./played.js";
import { Recorder } from "./recorder.js";
import { forwardedTo } from "./services.js";

export interface HttpCallOptions {
  request: RequestOptions;
  upstream: Answer;
  clusters: ReadonlyMap<string, URL>;
  /** Whether every call between host and module is kept; on the embedded host only. */
  trace: boolean;
  logLevel: LogLevel;
  /** The Envoy that plays it; the embedded host without it. */
  envoy?: string;
}

const levelNames = ["trace", "debug", "info", "warn", "error", "critical"];

/** One request through a plugin to the upstream and back. */
export async function callOverHttp(callee: Callee, options: HttpCallOptions): Promise<Played> {
  const upstream = await Upstream.start(options.upstream);
  const services = new Map<string, Upstream>();
  try {
    for (const [name, origin] of options.clusters)
      services.set(name, await Upstream.start(forwardedTo(origin)));
    const played = await (options.envoy === undefined ? onEmbedded : onEnvoy)(
      callee,
      options,
      upstream,
      services,
    );
    return {
      ...played,
      upstream: upstream.requests.map(outgoing),
      clusters: [...services].flatMap(([name, service]) =>
        service.requests.map((one) => ({ name, request: outgoing(one) })),
      ),
    };
  } finally {
    await Promise.all([upstream, ...services.values()].map((server) => server.stop()));
  }
}

type OnHost = Omit<Played, "upstream" | "clusters">;

async function onEmbedded(
  { plugin, module, rootId, configuration }: Callee,
  options: HttpCallOptions,
  upstream: Upstream,
  services: ReadonlyMap<string, Upstream>,
): Promise<OnHost> {
  const recorder = options.trace ? new Recorder() : undefined;
  const log: Played["log"] = [];
  const proxy = await startProxy({
    plugins: [
      {
        wasm: await readFile(module),
        name: plugin.name,
        rootId,
        ...(configuration.text !== undefined && { configuration: configuration.text }),
      },
    ],
    upstream: new URL(`http://127.0.0.1:${upstream.port}`),
    clusters: Object.fromEntries(
      [...services].map(([name, { port }]) => [name, new URL(`http://127.0.0.1:${port}`)]),
    ),
    http1Trailers: true,
    logLevel: options.logLevel,
    onLog: ({ level, message }) => log.push({ level: levelNames[level]!, text: message }),
    ...(recorder && { observeCalls: () => recorder }),
  });
  try {
    return {
      ...(await answerOf(proxy.port, options.request)),
      log,
      ...(recorder && { trace: recorder.calls }),
    };
  } finally {
    await proxy.stop();
  }
}

async function onEnvoy(
  { plugin, module, rootId, configuration }: Callee,
  options: HttpCallOptions,
  upstream: Upstream,
  services: ReadonlyMap<string, Upstream>,
): Promise<OnHost> {
  const level = levelNames[options.logLevel]!;
  const envoy = await Envoy.start({
    binary: options.envoy!,
    componentLogLevels: { wasm: level === "warn" ? "warning" : (level as "info") },
    listeners: [
      {
        name: "call",
        http1Trailers: true,
        routes: [{ cluster: "upstream" }],
        filters: [
          {
            name: plugin.name,
            rootId,
            code: module,
            ...(configuration.text !== undefined && { configuration: configuration.text }),
          },
        ],
      },
    ],
    clusters: [...new Map([...services, ["upstream", upstream]])].map(([name, { port }]) => ({
      name,
      address: { port },
      http1Trailers: true,
    })),
  });
  try {
    const answer = await answerOf(envoy.port("call"), options.request);
    await envoy.stop();
    return { ...answer, log: loggedIn(envoy.log.lines) };
  } finally {
    await envoy.stop();
  }
}

async function answerOf(port: number, asked: RequestOptions): Promise<Pick<Played, "response" | "failure">> {
  const shape = ({ status, headers, body, trailers }: Response) => ({
    status,
    fields: [...headers],
    body,
    trailers: [...trailers],
  });
  try {
    return { response: shape(await request(port, asked)) };
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    const { received } = error;
    return { response: received.status === 0 ? null : shape(received), failure: error.message };
  }
}
