import { readFile } from "node:fs/promises";
import type { SeenRequest } from "../upstream.js";
import { loadGuest } from "../../host/guest.js";
import {
  FilterState,
  LoadError,
  LogLevel,
  MetricType,
  type Properties,
  ProxyWasmHost,
  SharedState,
} from "../../host/index.js";
import { onTheWire } from "./bytes.js";
import { EmbeddedExchange } from "./embedded-exchange.js";
import { moduleFile } from "./modules.js";
import { answerOf } from "./play.js";
import { configurationOf, entriesOf, type Role } from "./role.js";
import type { LogLevel as LevelName, PluginEntry, RequestToSend, RouteEntry, Scenario } from "./scenario.js";
import { StageTime } from "./stage-time.js";
import type { LogLine, Received, Stage } from "./stage.js";

/**
 * A scenario on the embedded host, all of it in this process: a chain of plugins between a client and an upstream that
 * are only played. Plugins of one module and one `vm_id` share data and queues here, and not their memory.
 */
export class EmbeddedStage implements Stage {
  readonly seen: SeenRequest[] = [];
  private readonly hosts: ProxyWasmHost[] = [];
  private readonly lines: LogLine[] = [];
  private readonly traps: string[] = [];
  private readonly shared = new SharedState();
  private readonly time = new StageTime(() => {
    for (const host of this.hosts) host.tick(1);
  });
  private connections = 0n;
  private isRefused = false;

  private constructor(private readonly scenario: Scenario) {}

  static async open(role: Role): Promise<EmbeddedStage> {
    const stage = new EmbeddedStage(role.scenario);
    for (const entry of entriesOf(role)) {
      await stage.load(entry);
      // Envoy, too, asks no further plugin.
      if (stage.refused) break;
    }
    return stage;
  }

  get refused(): boolean {
    return this.isRefused;
  }

  send(asked: RequestToSend): Promise<Received> {
    const route = routeOf(this.scenario.routes ?? [{}], asked);
    const options = {
      properties: propertiesOf(route, ++this.connections),
      protocol: asked.http2 ? "HTTP/2" : "HTTP/1.1",
      filterState: new FilterState(),
    };
    return EmbeddedExchange.play(asked, {
      filters: this.hosts.map((host) => host.stream(options)),
      route,
      time: this.time,
      ask: (request) => {
        this.seen.push(request);
        return answerOf(this.scenario.upstream, request);
      },
    });
  }

  wait(milliseconds: number): Promise<void> {
    return this.time.sleep(milliseconds);
  }

  async log(): Promise<readonly LogLine[]> {
    for (const host of this.hosts) await host.settled();
    return [...this.lines];
  }

  metrics(): Promise<ReadonlyMap<string, number>> {
    const numbers = this.shared.metrics.filter(({ type }) => type !== MetricType.Histogram);
    return Promise.resolve(new Map(numbers.map(({ name, value }) => [name, Number(value)])));
  }

  harm(): readonly string[] {
    return this.traps.splice(0);
  }

  close(): void {
    for (const host of this.hosts) host.destroy();
  }

  private async load(entry: PluginEntry): Promise<void> {
    const { log_level: level = "info" } = this.scenario.host ?? {};
    try {
      const host = await ProxyWasmHost.load(await moduleOf(entry.plugin), {
        pluginName: entry.name ?? entry.plugin,
        rootId: entry.root_id ?? entry.plugin,
        vmId: entry.vm_id ?? "scenario",
        pluginConfig: configurationOf(entry) ?? "",
        logLevel: levels.indexOf(level),
        clock: this.time,
        shared: this.shared,
        mainThread: true,
        onLog: (logged, message) => this.hear(logged, message),
      });
      this.hosts.push(host);
      this.isRefused = !host.configured;
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

const modules = new Map<string, Promise<WebAssembly.Module>>();

/** A plugin's module, read and compiled once for all scenarios. */
function moduleOf(name: string): Promise<WebAssembly.Module> {
  const known = modules.get(name) ?? compiled(name);
  modules.set(name, known);
  return known;
}

async function compiled(name: string): Promise<WebAssembly.Module> {
  return (await loadGuest(await readFile(await moduleFile(name)))).module;
}

function routeOf(routes: readonly RouteEntry[], { path }: RequestToSend): RouteEntry | undefined {
  const asked = path === undefined ? "/" : onTheWire(path);
  return routes.find(({ path: exact, prefix = "/" }) =>
    exact === undefined ? asked.startsWith(prefix) : asked.split("?", 1)[0] === exact,
  );
}

/** What a listener with these routes says of a stream. */
const propertiesOf = (route: RouteEntry | undefined, connection: bigint): Properties => ({
  "connection.id": connection,
  "xds.route_name": route?.name ?? "",
  // Envoy has no such property here. A host can be told no such thing, and plugins of the library take nothing for it.
  ...((route === undefined || route.reply) && { "xds.cluster_name": "" }),
});
