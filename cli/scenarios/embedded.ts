import {
  FilterState,
  type HostOptions,
  type HttpStream,
  LoadError,
  LogLevel,
  MetricType,
  type Properties,
  ProxyWasmHost,
  SharedState,
} from "../../host/index.js";
import { type Peer, withPort } from "../../host/node/forwarded.js";
import { onTheWire } from "./bytes.js";
import { EmbeddedExchange } from "./embedded-exchange.js";
import { EmbeddedServices } from "./embedded-services.js";
import { libraryModules, type Modules } from "./modules.js";
import { configurationOf, entriesOf, type Role } from "./role.js";
import type {
  HostSettings,
  LogLevel as LevelName,
  PluginEntry,
  RequestToSend,
  RouteEntry,
  Scenario,
  Step,
} from "./scenario.js";
import type { SeenCall } from "./script.js";
import { StageTime } from "./stage-time.js";
import type { Harm, LogLine, MetricValue, Received, Stage } from "./stage.js";

/** A thread that serves: a host of each plugin, in the order of the chain, and how many streams it has. */
interface Thread {
  hosts: ProxyWasmHost[];
  streams: number;
}

/**
 * A scenario on the embedded host, all of it in this process: a chain of plugins between clients and services that are
 * only played. Plugins of one module and one `vm_id` share data and queues here, and not their memory.
 */
export class EmbeddedStage implements Stage {
  readonly patience = 0;
  private readonly threads: Thread[];
  private readonly lines: LogLine[] = [];
  private readonly traps: string[] = [];
  private readonly shared = new SharedState();
  private readonly time = new StageTime(() => {
    const heard = this.hosts.map((host) => host.tick(1));
    return heard.includes(true);
  });
  private readonly playedServices: EmbeddedServices;
  private connections = 0n;
  private isRefused = false;

  private constructor(
    private readonly scenario: Scenario,
    private readonly modules: Modules,
  ) {
    this.threads = Array.from({ length: scenario.host?.workers ?? 1 }, () => ({ hosts: [], streams: 0 }));
    this.playedServices = new EmbeddedServices(scenario, this.time);
  }

  static async open(role: Role, modules = libraryModules): Promise<EmbeddedStage> {
    const stage = new EmbeddedStage(role.scenario, modules);
    for (const entry of entriesOf(role)) {
      for (const thread of stage.threads) await stage.load(entry, thread);
      // Envoy, too, asks no further plugin.
      if (stage.refused) break;
    }
    return stage;
  }

  get refused(): boolean {
    return this.isRefused;
  }

  get services(): readonly string[] {
    return this.playedServices.names;
  }

  seen(service: string): readonly SeenCall[] {
    return this.playedServices.seen(service);
  }

  send(asked: RequestToSend): Promise<Received> {
    return this.time.during(this.exchange(asked));
  }

  async change(services: NonNullable<Step["change"]>): Promise<void> {
    this.playedServices.change(services);
  }

  wait(milliseconds: number): Promise<void> {
    return this.time.during(this.time.sleep(milliseconds));
  }

  async log(): Promise<readonly LogLine[]> {
    await this.time.quiet();
    // What is still under way waits for time to go by; what went wrong on the way is thrown.
    for (const host of this.hosts) {
      const settled = host.settled();
      settled.catch(() => {});
      await Promise.race([settled, this.time.quiet()]);
    }
    return [...this.lines];
  }

  metrics(): Promise<ReadonlyMap<string, MetricValue>> {
    const values = this.shared.metrics.map(({ name, type, value, histogram }): [string, MetricValue] => [
      name,
      type === MetricType.Histogram ? { count: histogram.count } : Number(value),
    ]);
    return Promise.resolve(new Map(values));
  }

  harm(): readonly Harm[] {
    return this.traps.splice(0).map((text) => ({ isTrap: true, text }));
  }

  close(): void {
    for (const host of this.hosts) host.destroy();
  }

  private get hosts(): ProxyWasmHost[] {
    return this.threads.flatMap(({ hosts }) => hosts);
  }

  private async exchange(asked: RequestToSend): Promise<Received> {
    if (asked.delay_ms !== undefined) await this.time.sleep(asked.delay_ms);
    const thread = this.threads.reduce((least, one) => (one.streams < least.streams ? one : least));
    const routeFor = (path: string) => routeOf(this.scenario.routes ?? [{}], path);
    const route = routeFor(asked.path === undefined ? "/" : onTheWire(asked.path));
    const { use_remote_address, xff_num_trusted_hops } = this.scenario.host ?? {};
    thread.streams++;
    try {
      return await EmbeddedExchange.play(asked, {
        open: (client) => this.streamsOf(thread, asked, route, client),
        clients: {
          useRemoteAddress: use_remote_address ?? false,
          trustedHops: xff_num_trusted_hops ?? 0,
        },
        routeFor,
        time: this.time,
        ask: (request) => this.playedServices.askUpstream(request),
      });
    } finally {
      thread.streams--;
    }
  }

  private streamsOf(
    thread: Thread,
    asked: RequestToSend,
    route: RouteEntry | undefined,
    client: Peer,
  ): HttpStream[] {
    const options = {
      properties: propertiesOf(route, ++this.connections, client),
      protocol: asked.http2 ? "HTTP/2" : "HTTP/1.1",
      filterState: new FilterState(),
    };
    return thread.hosts.map((host) => host.stream(options));
  }

  private async load(entry: PluginEntry, thread: Thread): Promise<void> {
    try {
      const host = await ProxyWasmHost.load(await this.modules.compiled(entry.plugin), {
        ...optionsOf(this.scenario.host ?? {}),
        pluginName: entry.name ?? entry.plugin,
        rootId: entry.root_id ?? this.modules.rootId(entry.plugin),
        vmId: entry.vm_id ?? "scenario",
        pluginConfig: configurationOf(entry) ?? "",
        clock: this.time,
        shared: this.shared,
        mainThread: thread === this.threads[0],
        httpCalls: (call) => this.playedServices.httpCall(call),
        grpcCalls: (call) => this.playedServices.grpcCall(call),
        onLog: (logged, message) => this.hear(logged, message),
      });
      thread.hosts.push(host);
      this.isRefused ||= !host.configured;
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      this.isRefused = true;
    }
  }

  /** What the host itself says of a VM is not a line of a plugin's. */
  private hear(level: LogLevel, text: string): void {
    if (/^Function: \w+ failed: /.test(text)) this.traps.push(text);
    else if (!text.startsWith("Wasm VM failed: ")) this.lines.push({ level: levels[level]!, text });
  }
}

/** By the host's numbers. */
const levels: LevelName[] = ["trace", "debug", "info", "warn", "error", "critical"];

const policies = { closed: "FAIL_CLOSED", open: "FAIL_OPEN", reload: "FAIL_RELOAD" } as const;

const optionsOf = (settings: HostSettings): HostOptions => ({
  logLevel: levels.indexOf(settings.log_level ?? "info"),
  failurePolicy: policies[settings.fail_policy ?? "closed"],
  ...(settings.buffer_limit !== undefined && { bufferLimitBytes: settings.buffer_limit }),
  ...(settings.reload_after_ms !== undefined && { reloadIntervalMs: settings.reload_after_ms }),
  ...(settings.vm_config !== undefined && { vmConfig: settings.vm_config }),
  ...(settings.env && { env: settings.env }),
  allowOnHeadersStopIteration: settings.allow_on_headers_stop_iteration ?? false,
});

function routeOf(routes: readonly RouteEntry[], asked: string): RouteEntry | undefined {
  return routes.find(({ path: exact, prefix = "/" }) =>
    exact === undefined ? asked.startsWith(prefix) : asked.split("?", 1)[0] === exact,
  );
}

/** What a listener with these routes says of a stream. */
const propertiesOf = (route: RouteEntry | undefined, connection: bigint, client: Peer): Properties => ({
  "source.address": withPort(client),
  "source.port": BigInt(client.port),
  "connection.id": connection,
  "xds.route_name": route?.name ?? "",
  // Envoy has no such property here. A host can be told no such thing, and plugins of the library take nothing for it.
  ...((route === undefined || route.reply) && { "xds.cluster_name": "" }),
});
