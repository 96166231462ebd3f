import { readFile } from "node:fs/promises";
import { LogLevel, ProxyWasmHost, type HttpOutcome, type UpstreamReply } from "../../host/index.js";
import { startProxy } from "../../host/node/index.js";
import { type Answer, Upstream } from "../../cli/upstream.js";
import { request } from "../../cli/request.js";
import { Proxy } from "../envoy/harness.js";
import { RawServer, until, unusedPort, urlOf } from "../node-proxy/harness.js";
import { type Asked, isTick, lines, logged, pairsOf, seenBy, type Seen } from "./exchange.js";

/** A host with the module in it, an upstream behind it and services beside it. */
export interface HostUnderTest {
  send(asked: Asked): Promise<Seen>;
  /** What was logged before the first request. */
  readonly beginning: string[];
  /** The ticks, when there are as many as this; without a clock of its own the host waits for them. */
  ticks(count: number): Promise<string[]>;
  metrics(): Promise<[string, number][]>;
}

export interface Around {
  upstream: Upstream;
  good: Upstream;
  clusters: Record<string, number>;
}

const configuration = "grüße";
const vmConfiguration = "vm";
const names = { name: "foreign", rootId: "foreign", vmId: "foreign" };

const answer: Answer = ({ path, method }) => {
  if (path === "/empty") return { status: 404, headers: { "x-hide": "1" } };
  if (path === "/trailers") return { body: ["a", "b"], trailers: { "x-end": "up" } };
  if (path === "/body/pieces") return { headers: { "x-hide": "1" }, body: ["re", "ply", "."] };
  return { headers: { "x-hide": "1", "x-status": "none", "x-method": method }, body: `answer to ${path}` };
};
const goodAnswer = { status: 201, headers: { "x-service": "1" }, body: "fine" };

/** Runs `use` with an upstream, a service that answers and some that fail, each in its way. */
export async function withSurroundings(use: (around: Around) => Promise<void>): Promise<void> {
  const upstream = await Upstream.start(answer);
  const good = await Upstream.start(() => goodAnswer);
  const failing = {
    resetting: await RawServer.start((socket) => socket.destroy()),
    silent: await RawServer.start(() => {}),
    cutting: await RawServer.start((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
      setTimeout(() => socket.destroy(), 30);
    }),
  };
  try {
    const clusters = Object.fromEntries(Object.entries(failing).map(([name, { port }]) => [name, port]));
    await use({
      upstream,
      good,
      clusters: { ...clusters, good: good.port, refusing: await unusedPort() },
    });
  } finally {
    await upstream.stop();
    await good.stop();
    for (const server of Object.values(failing)) await server.stop();
  }
}

/** A host that is reached over sockets. Its log may come a little later than its answers. */
class Served implements HostUnderTest {
  readonly beginning: string[];

  constructor(
    private readonly port: number,
    private readonly around: Around,
    private readonly log: () => string[],
    readonly metrics: () => Promise<[string, number][]>,
  ) {
    this.beginning = log().filter((line) => !isTick(line));
  }

  async send({ headers = [], ...asked }: Asked): Promise<Seen> {
    const { upstream, good } = this.around;
    const before = { log: this.log().length, upstream: upstream.requests.length, good: good.requests.length };
    const { status, ...response } = await request(this.port, {
      ...asked,
      headers: [["host", "a.test"], ...headers],
    });
    const since = () => logged(this.log().slice(before.log));
    const wait = (what: string) =>
      until(`the log has "${what}"`, () => since().some((line) => line.includes(what)));
    if (asked.path === "/trap") await wait("critical ");
    else if (status !== 503) await wait(`info log ${asked.path} `);
    if (asked.path === "/count") await wait("info queue");
    return {
      client: {
        status,
        headers: lines(response.headers),
        body: response.text,
        trailers: lines(response.trailers),
      },
      upstream: upstream.requests.slice(before.upstream).map(seenBy),
      service: good.requests.slice(before.good).map(seenBy),
      log: since(),
    };
  }

  async ticks(count: number): Promise<string[]> {
    const ticks = () => this.log().filter(isTick);
    await until("all ticks have come", () => ticks().length >= count);
    return ticks();
  }
}

/** A real Envoy. */
export async function withEnvoy(
  file: string,
  around: Around,
  use: (host: HostUnderTest) => Promise<void>,
): Promise<void> {
  const clusters = Object.entries({ ...around.clusters, main: around.upstream.port });
  const proxy = await Proxy.start({
    filters: [{ ...names, code: file, configuration, vmConfiguration }],
    routes: [{ cluster: "main" }],
    clusters: clusters.map(([name, port]) => ({ name, address: { port }, http1Trailers: name === "main" })),
    listener: { http1Trailers: true },
  });
  try {
    const log = () => proxy.wasmLog().map(({ level, text }) => `${level} ${text}`);
    await use(
      new Served(proxy.port, around, log, async () =>
        [...(await proxy.envoy.admin.stats("^wasmcustom\\."))].map(([name, value]) => [
          name.replace("wasmcustom.", ""),
          value,
        ]),
      ),
    );
  } finally {
    await proxy.stop();
  }
}

/** A line as the log of Envoy shows it; what the host itself says of a VM is not a line of the module's. */
function lineOf({ level, message }: { level: LogLevel; message: string }): string[] {
  if (/^Function: \w+ failed: |^Wasm VM failed: /.test(message)) return [];
  return [`${levels[level]} ${message.split("\n", 1)[0]!}`];
}
const levels = ["trace", "debug", "info", "warning", "error", "critical"];

const metricsOf = ({ metrics }: { metrics: { name: string; value: bigint | number }[] }) =>
  metrics.map(({ name, value }): [string, number] => [name, Number(value)]);

/** The reverse proxy on the embedded host. */
export async function withReverseProxy(
  file: string,
  around: Around,
  use: (host: HostUnderTest) => Promise<void>,
): Promise<void> {
  const proxy = await startProxy({
    plugins: [{ ...names, wasm: await readFile(file), configuration, vmConfiguration }],
    upstream: urlOf(around.upstream),
    clusters: Object.fromEntries(
      Object.entries(around.clusters).map(([name, port]) => [name, urlOf({ port })]),
    ),
    http1Trailers: true,
  });
  try {
    await use(
      new Served(
        proxy.port,
        around,
        () => proxy.logs.flatMap(lineOf),
        async () => metricsOf(proxy.shared),
      ),
    );
  } finally {
    await proxy.stop();
  }
}

const outcomes: Record<string, HttpOutcome> = {
  good: { ...goodAnswer, headers: pairsOf(goodAnswer.headers) },
  refusing: "refused",
  resetting: "reset",
  silent: "timeout",
  cutting: "reset in the body",
};

/** The embedded host by itself: the test is the client, the upstream and the services. */
export async function withEmbeddedHost(
  file: string,
  use: (host: HostUnderTest) => Promise<void>,
): Promise<void> {
  const asked: Seen["service"] = [];
  const host = await ProxyWasmHost.load(await readFile(file), {
    pluginName: names.name,
    rootId: names.rootId,
    vmId: names.vmId,
    pluginConfig: configuration,
    vmConfig: vmConfiguration,
    mainThread: true,
    httpCalls: ({ cluster, headers, body }) => {
      if (cluster === "good") asked.push(messageOf(headers, body));
      return outcomes[cluster];
    },
  });
  const log = () => host.logs.flatMap(lineOf);
  await use({
    beginning: log(),
    ticks: async () => {
      host.tick(1000);
      return log().filter(isTick);
    },
    metrics: async () => metricsOf(host),
    send: async ({ headers = [], body, trailers = [], ...rest }) => {
      const before = { log: host.logs.length, asked: asked.length };
      const isWhole = typeof body === "string" && trailers.length === 0;
      const exchange = await host.fetch(
        {
          ...rest,
          authority: "a.test",
          headers: [...headers, ...(isWhole ? [["content-length", String(body.length)] as const] : [])],
          ...(body !== undefined && { body }),
          trailers,
        },
        async (request) => replyTo(messageOf(request.headers, request.body)),
      );
      await host.settled();
      const { upstream } = exchange;
      return {
        client: {
          status: exchange.status,
          headers: lines(exchange.headers),
          body: rest.method === "HEAD" ? "" : exchange.text,
          trailers: lines(exchange.trailers),
        },
        upstream: upstream
          ? [{ ...messageOf(upstream.headers, upstream.body), trailers: lines(upstream.trailers) }]
          : [],
        service: asked.slice(before.asked),
        log: logged(host.logs.slice(before.log).flatMap(lineOf)),
      };
    },
  });
  host.destroy();
}

/** A request without its pseudo headers, as an HTTP/1.1 server sees it. */
function messageOf(
  headers: readonly (readonly [string, string])[],
  body: Uint8Array,
): Seen["service"][number] {
  const pseudo = new Map(headers.filter(([name]) => name.startsWith(":")));
  const fields = headers.filter(([name]) => !name.startsWith(":"));
  return {
    method: pseudo.get(":method") ?? "",
    path: pseudo.get(":path") ?? "",
    headers: lines([["host", pseudo.get(":authority") ?? ""], ...fields]),
    body: Buffer.from(body).toString(),
    trailers: [],
  };
}

/** What the upstream answers, with the length that its HTTP library would say. */
async function replyTo({ method, path }: { method: string; path: string }): Promise<UpstreamReply> {
  const { status = 200, headers, body, trailers } = await answer({ method, path } as never);
  const length = typeof body === "string" ? [["content-length", String(body.length)] as const] : [];
  return {
    status,
    headers: [...pairsOf(headers), ...length],
    ...(body !== undefined && method !== "HEAD" && { body: body as string | string[] }),
    ...(trailers && { trailers: pairsOf(trailers) }),
  };
}
