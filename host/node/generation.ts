import { loadGuest } from "../guest.js";
import {
  FilterState,
  type HostOptions,
  type HttpStream,
  LogLevel,
  type Properties,
  ProxyWasmHost,
  type SharedState,
} from "../index.js";
import type { ProxyLog } from "./log.js";
import type { Configuration, PluginSpec, ProxyOptions } from "./options.js";

/** A plugin did not take its configuration. */
export class PluginRefused extends Error {
  constructor(
    readonly plugin: string,
    /** What it logged at `error` and above. */
    readonly errors: string[],
  ) {
    super([`the plugin ${plugin} refuses its configuration`, ...errors].join("\n"));
    this.name = "PluginRefused";
  }
}

export interface GenerationOptions {
  workers: number;
  shared: SharedState;
  log: ProxyLog;
  services: Pick<HostOptions, "dns" | "grpcCalls" | "httpCalls">;
  /** What else every host is told. */
  host: Pick<HostOptions, "bufferLimitBytes" | "logLevel" | "properties">;
  /** Whom calls of a plugin are told. */
  observeCalls: ProxyOptions["observeCalls"];
}

/** The plugins of one configuration, in as many VMs as there are workers: what a reload puts another in the place of. */
export class Generation {
  private streams = 0;
  private retired = false;
  private ended = false;

  private constructor(
    readonly plugins: readonly PluginSpec[],
    /** By worker, and there in the order of the chain. */
    private readonly hosts: ProxyWasmHost[][],
  ) {}

  /** Throws a `LoadError` for a module that no host would load, and `PluginRefused`; nothing is left behind then. */
  static async load(plugins: readonly PluginSpec[], options: GenerationOptions): Promise<Generation> {
    const hosts = Array.from({ length: options.workers }, (): ProxyWasmHost[] => []);
    try {
      for (const plugin of plugins) {
        const { module } = await loadGuest(plugin.wasm);
        for (const [worker, chain] of hosts.entries()) {
          chain.push(await loadHost(plugin, module, worker, options));
        }
      }
    } catch (error) {
      for (const host of hosts.flat()) host.destroy();
      throw error;
    }
    return new Generation(plugins, hosts);
  }

  /** A stream of each plugin; `close` is to be called when it is over. */
  open(worker: number, properties: Properties): HttpStream[] {
    this.streams++;
    const shared = { properties, protocol: "HTTP/1.1", filterState: new FilterState() };
    return (this.hosts[worker] ?? []).map((host) => host.stream(shared));
  }

  /** One stream is over. */
  close(): void {
    this.streams--;
    this.endWhenDone();
  }

  /** No more streams are opened; the plugins end with the last one. */
  retire(): void {
    this.retired = true;
    this.endWhenDone();
  }

  get isOver(): boolean {
    return this.ended;
  }

  tick(milliseconds: number): void {
    if (!this.ended) for (const host of this.hosts.flat()) host.tick(milliseconds);
  }

  private endWhenDone(): void {
    if (!this.retired || this.streams > 0 || this.ended) return;
    this.ended = true;
    for (const host of this.hosts.flat()) host.destroy();
  }
}

async function loadHost(
  plugin: PluginSpec,
  module: WebAssembly.Module,
  worker: number,
  options: GenerationOptions,
): Promise<ProxyWasmHost> {
  const host = await ProxyWasmHost.load(module, {
    ...options.host,
    ...options.services,
    rootId: plugin.rootId ?? "",
    vmId: plugin.vmId ?? "",
    pluginName: plugin.name,
    pluginConfig: asText(plugin.configuration),
    vmConfig: asText(plugin.vmConfiguration),
    env: plugin.environment ?? {},
    failurePolicy: plugin.failurePolicy ?? "FAIL_CLOSED",
    allowOnHeadersStopIteration: plugin.allowOnHeadersStopIteration ?? false,
    mainThread: worker === 0,
    ...(options.observeCalls && { observer: options.observeCalls(plugin.name) }),
    clock: { now: () => BigInt(Date.now()) * 1_000_000n },
    shared: options.shared,
    onLog: (level, message) => options.log.add(worker, plugin.name, level, message),
  });
  if (host.configured) return host;
  const errors = host.logs.filter(({ level }) => level >= LogLevel.Error).map(({ message }) => message);
  host.destroy();
  throw new PluginRefused(plugin.name, errors);
}

function asText(value: Configuration = ""): string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value);
}
