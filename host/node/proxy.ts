import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { HeaderMap, SharedState, type Properties } from "../index.js";
import { AdminServer } from "./admin.js";
import { makeHttpCalls } from "./callouts.js";
import { resolveName } from "./dns.js";
import { Exchange, type ExchangeSettings } from "./exchange.js";
import { identifyClient, withPort } from "./forwarded.js";
import { Generation, type GenerationOptions } from "./generation.js";
import { GrpcServices } from "./grpc-calls.js";
import { ProxyLog } from "./log.js";
import type { LogEntry, PluginSpec, ProxyOptions } from "./options.js";
import { adminPages } from "./pages.js";
import { ProxyStats } from "./stats.js";
import { ConnectionPool } from "./upstream-request.js";

/** How often plugins are asked whether a tick is due, in milliseconds: none comes more exactly. */
const tickEvery = 10;
/** At most so much time passes for plugins at once: ticks that the process was too busy for are not made up for. */
const mostTime = 100;

/** Starts a proxy; comes back when it serves. Throws `LoadError` and `PluginRefused` as Envoy would not start. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  return RunningProxy.start(options);
}

/** A reverse proxy on the embedded host. Whoever starts one stops it. */
export class RunningProxy {
  private readonly workerOf = new WeakMap<Socket, number>();
  private nextWorker = 0;
  private readonly retired = new Set<Generation>();
  private reloads = 0;
  private admin: AdminServer | undefined;
  private readonly ticking: NodeJS.Timeout;
  private readonly server: Server;

  private constructor(
    private readonly options: ProxyOptions,
    private readonly log: ProxyLog,
    private readonly stats: ProxyStats,
    /** What plugins of all workers have in common; it outlives reloads. */
    readonly shared: SharedState,
    private readonly loading: GenerationOptions,
    private readonly settings: ExchangeSettings,
    private readonly grpc: GrpcServices,
    private current: Generation,
  ) {
    this.server = createServer({
      maxHeaderSize: 60 * 1024,
      requestTimeout: 0,
      keepAliveTimeout: 0,
      requireHostHeader: false,
    });
    this.server.on("connection", (socket) => this.onConnection(socket));
    this.server.on("request", (request, response) => this.onRequest(request, response));
    this.server.on("checkContinue", (request, response) => {
      response.writeContinue();
      this.onRequest(request, response);
    });
    this.server.on("checkExpectation", (request, response) => this.onRequest(request, response));
    this.server.on("connect", (_request, socket) => socket.end(bareResponse(...notFound)));
    this.server.on("clientError", (error: NodeJS.ErrnoException, socket) =>
      this.onClientError(error.code ?? "", socket as Socket),
    );
    this.ticking = this.startTicking();
  }

  static async start(options: ProxyOptions): Promise<RunningProxy> {
    const log = new ProxyLog(options.onLog);
    const workers = options.workers ?? 1;
    const stats = new ProxyStats(workers);
    const shared = options.shared ?? new SharedState();
    const pool = new ConnectionPool();
    const connectTimeout = options.connectTimeoutMs ?? 5000;
    const { bufferLimitBytes = 1024 * 1024, logLevel, properties } = options;
    const clusters = new Map(Object.entries(options.clusters ?? {}));
    const grpc = new GrpcServices(clusters);
    const loading: GenerationOptions = {
      workers,
      shared,
      log,
      services: {
        httpCalls: makeHttpCalls(clusters, pool, connectTimeout),
        grpcCalls: (call) => grpc.call(call),
        dns: resolveName,
      },
      host: {
        bufferLimitBytes,
        ...(logLevel !== undefined && { logLevel }),
        ...(properties !== undefined && { properties }),
      },
      observeCalls: options.observeCalls,
    };
    const settings: ExchangeSettings = {
      upstream: options.upstream,
      pool,
      timeouts: { connect: connectTimeout, answer: options.upstreamTimeoutMs ?? 15_000 },
      bufferLimit: bufferLimitBytes,
      http1Trailers: options.http1Trailers ?? false,
      stats,
      upstreamAuthority: options.upstreamAuthority,
    };
    const plugins = await Generation.load(options.plugins, loading);
    const proxy = new RunningProxy(options, log, stats, shared, loading, settings, grpc, plugins);
    try {
      await proxy.listen();
    } catch (error) {
      await proxy.stop();
      throw error;
    }
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The admin interface's; undefined without one. */
  get adminPort(): number | undefined {
    return this.admin?.port;
  }

  /** What plugins logged, oldest first. */
  get logs(): readonly LogEntry[] {
    return this.log.entries;
  }

  /**
   * Puts other plugins in the place of these, for requests that come from now on; requests under way keep those that
   * they began with, which end with the last of them. When it throws, all stays as it was.
   */
  async reload(plugins: PluginSpec[]): Promise<void> {
    const next = await Generation.load(plugins, this.loading);
    const former = this.current;
    this.current = next;
    this.reloads++;
    this.retire(former);
  }

  /** Cuts what is under way and ends the plugins. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
    // Requests hear that their connection is gone after the server does.
    await new Promise((resolve) => setImmediate(resolve));
    this.retire(this.current);
    clearInterval(this.ticking);
    this.settings.pool.destroy();
    this.grpc.destroy();
    await this.admin?.stop();
  }

  private async listen(): Promise<void> {
    const { host = "127.0.0.1", port = 0 } = this.options.listen ?? {};
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, host, resolve);
    });
    const { admin = false } = this.options;
    if (admin === false) return;
    const pages = adminPages({
      options: this.options,
      stats: this.stats,
      shared: this.shared,
      log: this.log,
      plugins: () => this.current.plugins,
      reloads: () => this.reloads,
    });
    this.admin = await AdminServer.start(admin === true ? 0 : admin.port, pages);
  }

  private onConnection(socket: Socket): void {
    this.workerOf.set(socket, this.nextWorker++ % this.loading.workers);
    socket.setNoDelay(true);
    this.stats.connected();
    socket.on("close", () => this.stats.disconnected());
  }

  private onRequest(request: IncomingMessage, response: ServerResponse): void {
    this.stats.requested();
    const plugins = this.current;
    const worker = this.workerOf.get(request.socket) ?? 0;
    const filters = plugins.open(
      worker,
      connectionProperties(request.socket, request.headers["x-forwarded-for"]),
    );
    const observer = this.options.observe?.();
    new Exchange(request, response, filters, this.settings, () => plugins.close(), observer).start();
  }

  /** What is no request is a stream that plugins hear nothing of but its end. */
  private onClientError(code: string, socket: Socket): void {
    if (!code.startsWith("HPE_") || !socket.writable) return void socket.destroy();
    const [status, body] = code === "HPE_HEADER_OVERFLOW" ? tooLarge : badRequest;
    socket.end(bareResponse(status, body));
    const plugins = this.current;
    const filters = plugins.open(this.workerOf.get(socket) ?? 0, connectionProperties(socket));
    for (const filter of filters) filter.close();
    plugins.close();
  }

  private retire(plugins: Generation): void {
    plugins.retire();
    if (!plugins.isOver) this.retired.add(plugins);
  }

  private startTicking(): NodeJS.Timeout {
    let before = performance.now();
    return setInterval(() => {
      const now = performance.now();
      const passed = Math.min(now - before, mostTime);
      before = now;
      for (const plugins of [this.current, ...this.retired]) plugins.tick(passed);
      for (const plugins of this.retired) if (plugins.isOver) this.retired.delete(plugins);
    }, tickEvery);
  }
}

function connectionProperties(socket: Socket, forwardedFor?: string | string[]): Properties {
  const peer = { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
  const named = forwardedFor === undefined ? [] : ([["x-forwarded-for", String(forwardedFor)]] as const);
  const client = identifyClient(new HeaderMap(named), peer);
  return {
    "source.address": withPort(client),
    "source.port": BigInt(client.port),
    "destination.address": `${socket.localAddress}:${socket.localPort}`,
    "destination.port": BigInt(socket.localPort ?? 0),
  };
}

const notFound = ["404 Not Found", ""] as const;
const badRequest = ["400 Bad Request", "Bad Request"] as const;
const tooLarge = ["431 Request Header Fields Too Large", "Request Header Fields Too Large"] as const;

/** What is said on a connection where there was no request. */
function bareResponse(status: string, body: string): string {
  const type = body === "" ? [] : ["content-type: text/plain"];
  const fields = [
    `content-length: ${body.length}`,
    ...type,
    `date: ${new Date().toUTCString()}`,
    "server: envoy",
  ];
  return [`HTTP/1.1 ${status}`, ...fields, "connection: close", "", body].join("\r\n");
}
