import { LogLevel } from "./enums.js";
import { type Exchange, type FetchRequest, playExchange, type UpstreamAnswer } from "./exchange.js";
import { type Guest, loadGuest } from "./guest.js";
import { HttpStream } from "./http-stream.js";
import type { HttpStreamOptions } from "./stream-steps.js";
import { Later } from "./later.js";
import type { HostOptions } from "./options.js";
import { keep } from "./recent-lines.js";
import { type Metric, SharedState } from "./shared-state.js";
import type { StreamOptions } from "./stream-host.js";
import { TcpStream } from "./tcp-stream.js";
import { TestClock } from "./test-clock.js";
import { Vm, type VmSettings } from "./vm.js";
import { Worker } from "./worker.js";

export interface LogLine {
  level: LogLevel;
  message: string;
}

const defaultBufferLimit = 1024 * 1024;
const defaultReloadInterval = 1000;

/**
 * A proxy-wasm host without a proxy: one plugin as on one worker of Envoy. The caller plays client, upstream and
 * services. It runs the very module that ships, on V8, and answers hostcalls as Envoy does. A module that loops without
 * end holds the thread that it runs on, as it holds a worker of Envoy's: whoever must go on all the same puts the host
 * into a thread of its own, and ends that.
 */
export class ProxyWasmHost {
  /** Whether the plugin took its configuration; where it did not, streams are answered as the failure policy says. */
  readonly configured: boolean;
  /** What was logged last, up to 10,000 lines, the host's own about traps among it. */
  readonly logs: LogLine[];
  readonly shared: SharedState;
  private readonly mainThread: Worker | undefined;
  private worker: Worker;
  /** When a plugin last began, or was tried to: a new one waits from then on. */
  private lastBegun: bigint;

  private constructor(
    private readonly guest: Guest,
    private readonly settings: VmSettings,
    private readonly later: Later,
    /** Moves with `tick`, when no clock was given. */
    private readonly clock: TestClock | undefined,
    logs: LogLine[],
  ) {
    this.logs = logs;
    this.shared = settings.shared;
    const unobserved = { ...settings, observer: undefined };
    // Envoy initializes one VM to see whether that works, and tries the configuration in another.
    new Vm(guest, unobserved).start();
    const canary = new Worker(guest, unobserved);
    canary.discard();
    const { refusal } = canary.root;
    if (refusal !== null) {
      settings.log(LogLevel.Error, `Wasm VM failed: ${refusal}`);
      this.worker = canary;
    } else {
      if (settings.mainThread) this.mainThread = new Worker(guest, unobserved);
      this.worker = new Worker(guest, settings);
    }
    this.configured = this.worker.root.refusal === null;
    this.lastBegun = this.worker.begun;
  }

  /** Loads a module, starts and configures it. Throws a `LoadError` for a module that Envoy would not load. */
  static async load(
    wasm: Uint8Array | WebAssembly.Module,
    options: HostOptions = {},
  ): Promise<ProxyWasmHost> {
    const logs: LogLine[] = [];
    const later = new Later();
    const clock = options.clock === undefined ? new TestClock() : undefined;
    const settings: VmSettings = {
      ...options,
      shared: options.shared ?? new SharedState(),
      clock: options.clock ?? clock!,
      random: options.random ?? ((bytes) => void crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)),
      log: (level, message) => {
        if (level < Number(options.logLevel ?? LogLevel.Info)) return;
        keep(logs, { level, message });
        options.onLog?.(level, message);
      },
      later: (action) => later.run(action),
    };
    return new ProxyWasmHost(await loadGuest(wasm), settings, later, clock, logs);
  }

  /** The metrics of all hosts with the same shared state. */
  get metrics(): Metric[] {
    return this.shared.metrics;
  }

  /**
   * Lets time pass for ticks and for the timeouts of calls, and on the clock unless one was given. Says whether the
   * plugin heard of any.
   */
  tick(milliseconds: number): boolean {
    let isHeard = false;
    for (let left = milliseconds; ;) {
      const due = this.workers.flatMap(({ root }) => root.timer.dueWithin(left) ?? []);
      const step = due.length === 0 ? left : Math.min(...due);
      this.clock?.advance(step);
      left -= step;
      const ticking = this.workers.filter(({ root }) => root.timer.pass(step));
      for (const { root } of ticking) {
        root.tick();
        root.timer.rearm();
      }
      const now = this.settings.clock.now();
      const calls = this.workers.flatMap(({ root }) => [root.httpCalls, root.grpcCalls]);
      const late = calls.filter((underWay) => underWay.expire(now));
      isHeard ||= ticking.length > 0 || late.length > 0;
      if (due.length === 0) return isHeard;
    }
  }

  /** An HTTP stream begins. */
  stream(options: HttpStreamOptions = {}): HttpStream {
    const { vm, root } = this.servingWorker();
    const rules = {
      bufferLimit: this.settings.bufferLimitBytes ?? defaultBufferLimit,
      allowStopIteration: this.settings.allowOnHeadersStopIteration ?? false,
      skipped: this.skips(vm),
    };
    return new HttpStream(vm, root, rules, options, () => this.settled());
  }

  /** A client connects. */
  tcpStream(options: StreamOptions = {}): TcpStream {
    const { vm, root } = this.servingWorker();
    return new TcpStream(vm, root, this.skips(vm), options, () => this.settled());
  }

  /** Plays a whole exchange, and waits while the plugin has it wait. */
  fetch(request: FetchRequest = {}, upstream: UpstreamAnswer = {}): Promise<Exchange> {
    return playExchange(this.stream(request), request, upstream);
  }

  /** Waits until no answer of a service is under way. Throws what a service threw. */
  settled(): Promise<void> {
    return this.later.settled();
  }

  /** Ends the plugin. */
  destroy(): void {
    for (const { root } of this.workers) root.end();
  }

  private get workers(): Worker[] {
    return this.mainThread === undefined ? [this.worker] : [this.mainThread, this.worker];
  }

  private skips(vm: Vm): boolean {
    return vm.failure !== null && this.settings.failurePolicy === "FAIL_OPEN";
  }

  /**
   * A VM that trapped is replaced for new streams, where the failure policy says so, but not sooner than an interval and
   * up to half of another after it began. Shared data stays. (Envoy, `PluginConfig::maybeReloadHandleIfNeeded`)
   */
  private servingWorker(): Worker {
    const { failurePolicy, reloadIntervalMs = defaultReloadInterval, clock, random } = this.settings;
    if (!this.configured || !this.worker.hasTrapped || failurePolicy !== "FAIL_RELOAD") return this.worker;
    const jitter = new Uint8Array(1);
    random(jitter);
    const wait = reloadIntervalMs * (1 + jitter[0]! / 512);
    if (clock.now() - this.lastBegun < BigInt(Math.round(wait * 1_000_000))) return this.worker;
    this.lastBegun = clock.now();
    const renewed = new Worker(this.guest, this.settings);
    if (renewed.failure === null) {
      this.worker.discard();
      this.worker = renewed;
    }
    return this.worker;
  }
}
