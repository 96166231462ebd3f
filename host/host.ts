import { LogLevel } from "./enums.js";
import { type Guest, loadGuest } from "./guest.js";
import { HttpStream } from "./http-stream.js";
import type { HostOptions, Properties } from "./options.js";
import { PropertyTree } from "./property-values.js";
import { RootHost } from "./root-host.js";
import { type Metric, SharedState } from "./shared-state.js";
import { noBytes, toBytes } from "./text.js";
import { Vm, type VmSettings } from "./vm.js";

export interface LogLine {
  level: LogLevel;
  message: string;
}

const defaultBufferLimit = 1024 * 1024;

/**
 * A proxy-wasm host without a proxy: one plugin in one VM, as on one worker of Envoy. The caller plays client, upstream
 * and services. It runs the very module that ships, on V8, and answers hostcalls as Envoy does.
 */
export class ProxyWasmHost {
  /** Whether the plugin took its configuration; where it did not, streams are answered as the failure policy says. */
  readonly configured: boolean;
  readonly logs: LogLine[];
  readonly shared: SharedState;
  private vm: Vm;
  private root: RootHost;

  private constructor(
    private readonly guest: Guest,
    private readonly options: HostOptions,
    private readonly settings: VmSettings,
    logs: LogLine[],
  ) {
    this.logs = logs;
    this.shared = settings.shared;
    // Envoy tries a configuration in a VM of its own first, and drops that.
    const canary = this.makeVm();
    this.configured = canary.accepted;
    ({ vm: this.vm, root: this.root } = canary.accepted ? this.makeVm() : canary);
  }

  /** Loads a module, starts and configures it. Throws a `LoadError` for a module that no host would load. */
  static async load(
    wasm: Uint8Array | WebAssembly.Module,
    options: HostOptions = {},
  ): Promise<ProxyWasmHost> {
    const logs: LogLine[] = [];
    const settings: VmSettings = {
      ...options,
      shared: options.shared ?? new SharedState(),
      clock: options.clock ?? { now: () => BigInt(Date.now()) * 1_000_000n },
      random: options.random ?? ((bytes) => void crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)),
      log: (level, message) => {
        logs.push({ level, message });
        options.onLog?.(level, message);
      },
    };
    return new ProxyWasmHost(await loadGuest(wasm), options, settings, logs);
  }

  get metrics(): Metric[] {
    return this.shared.metrics;
  }

  /** Lets time pass for the plugin's ticks. */
  tick(milliseconds: number): void {
    this.root.pass(milliseconds);
  }

  /** A stream begins. */
  stream(options: { properties?: Properties } = {}): HttpStream {
    this.reloadIfDue();
    return new HttpStream(
      this.vm,
      new PropertyTree(options.properties),
      this.root,
      this.options.bufferLimitBytes ?? defaultBufferLimit,
      this.options.allowOnHeadersStopIteration ?? false,
      (this.options.failurePolicy ?? "FAIL_CLOSED") !== "FAIL_OPEN",
    );
  }

  /** Waits until no answer of a service is under way. */
  settled(): Promise<void> {
    return this.root.settled();
  }

  /** Ends the plugin. */
  destroy(): void {
    this.root.end();
  }

  /** A VM that trapped is replaced for new streams, where the failure policy says so. Shared data stays. */
  private reloadIfDue(): void {
    if (this.vm.failure === null || this.options.failurePolicy !== "FAIL_RELOAD") return;
    ({ vm: this.vm, root: this.root } = this.makeVm());
  }

  private makeVm(): { vm: Vm; root: RootHost; accepted: boolean } {
    const vm = new Vm(this.guest, this.settings);
    vm.onFailure = (error) => this.settings.log(LogLevel.Critical, `Uncaught RuntimeError: ${error.message}`);
    const started = vm.start();
    const { pluginName = "", rootId = "", vmId = "" } = this.options;
    const properties = new PropertyTree({
      plugin_name: pluginName,
      plugin_root_id: rootId,
      plugin_vm_id: vmId,
      ...this.options.properties,
    });
    const root = new RootHost(
      vm,
      properties,
      toBytes(this.options.vmConfig ?? noBytes),
      toBytes(this.options.pluginConfig ?? noBytes),
    );
    return { vm, root, accepted: started && root.configure() };
  }
}
