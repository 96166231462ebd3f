import { backtrace } from "./backtrace.js";
import type { HostContext } from "./host-context.js";
import { type Guest } from "./guest.js";
import { GuestMemory } from "./guest-memory.js";
import { makeImports } from "./imports.js";
import { LoadError } from "./load-error.js";
import { observed, type ObservedCall } from "./observer.js";
import type { HostOptions } from "./options.js";
import type { SharedState } from "./shared-state.js";

/** What a VM needs of the world around it. */
export interface VmSettings extends HostOptions {
  shared: SharedState;
  clock: { now(): bigint };
  random: (bytes: Uint8Array) => void;
  log: (level: number, message: string) => void;
  /** Does something soon, when nothing else runs; the host is not settled before. */
  later: (action: () => void | Promise<void>) => void;
}

/** What a callback gave back. */
export interface CallResult {
  /** The module's answer; 0 when it has no such callback, or trapped. */
  value: number;
  /** Whether a local reply was sent meanwhile: then the answer does not matter. */
  stopped: boolean;
}

type Exported = (...args: number[]) => number | undefined;

/**
 * One instance of a module with its contexts: what runs on one thread of a proxy. After a trap nothing in it runs again.
 * (cpp-host, `WasmBase`)
 */
export class Vm {
  readonly contexts = new Map<number, HostContext>();
  /** The context whose callback runs, and the one that hostcalls act on. */
  current: HostContext | null = null;
  effectiveId = 0;
  /** Why nothing runs any more. */
  failure: Error | null = null;
  /** What few hostcalls are allowed for. */
  restricted: "starting" | "allocating" | undefined;
  importedMemory: WebAssembly.Memory | undefined;
  /** Whether the instance is there: hostcalls of a start section come before. */
  hasStarted = false;
  /** Numbers of callouts and metrics go up by four; their kind is in the low bits. */
  readonly tokens = { http: 0, grpcCall: 1, grpcStream: 2, dns: 1 };
  readonly metricIds = [0, 1, 2];
  readonly metrics = new Map<number, { type: number; name: string }>();
  private exports: Record<string, unknown> = {};
  private guestMemory: GuestMemory | undefined;
  private nextId = 1;
  private stopNext = false;
  private readonly actions: (() => void)[] = [];

  constructor(
    readonly guest: Guest,
    readonly settings: VmSettings,
  ) {}

  get memory(): GuestMemory {
    if (this.guestMemory === undefined) throw new Error("the module has no memory");
    return this.guestMemory;
  }

  /** Makes the instance and runs the module's start functions. Throws a `LoadError` when either fails. */
  start(): void {
    this.instantiate();
    this.restricted = "starting";
    try {
      if (this.has("_initialize")) {
        this.run("_initialize");
        if (this.has("main")) this.run("main", 0, 0);
        else if (this.has("__main_void")) this.run("__main_void");
      } else if (this.has("_start")) {
        this.run("_start");
      }
    } finally {
      this.restricted = undefined;
    }
    if (this.failure !== null) {
      throw new LoadError([`${this.failure.message}\nFailed to initialize Wasm code`]);
    }
  }

  newId(): number {
    return this.nextId++;
  }

  /** Whether the module has a callback. */
  has(name: string): boolean {
    return typeof this.exports[name] === "function";
  }

  /** Calls a callback for a context; what was put off until the module returns is done then. */
  call(context: HostContext, name: string, ...args: number[]): CallResult {
    if (!this.has(name) || this.failure !== null) return { value: 0, stopped: false };
    return this.callRegardless(context, name, ...args);
  }

  /** The same, whether it has trapped or not. */
  callRegardless(context: HostContext, name: string, ...args: number[]): CallResult {
    const { current, effectiveId } = this;
    this.current = context;
    this.effectiveId = context.id;
    const value = this.run(name, ...args);
    this.current = current;
    this.effectiveId = effectiveId;
    const stopped = this.stopNext;
    this.stopNext = false;
    this.runActions();
    return { value, stopped };
  }

  /** Does something when the module has returned, as hosts do that must not be called from within it. */
  afterCall(action: () => void): void {
    this.actions.push(action);
  }

  stopNextIteration(): void {
    this.stopNext = true;
  }

  /** The context that hostcalls act on; the current one when the effective one is gone. */
  get effective(): HostContext | null {
    return this.contexts.get(this.effectiveId) ?? this.current;
  }

  /** What an observer is told of a call. */
  observedCall(by: ObservedCall["by"], name: string, args: readonly (number | bigint)[]): ObservedCall {
    const read: ObservedCall["read"] = (address, size) => this.guestMemory?.read(address, size);
    return { by, name, arguments: args, context: this.effectiveId, read };
  }

  /** Nothing runs any more. */
  fail(message: string): void {
    this.failure ??= new Error(message);
  }

  private instantiate(): void {
    let instance: WebAssembly.Instance;
    try {
      instance = new WebAssembly.Instance(this.guest.module, makeImports(this));
    } catch (error) {
      const hint = this.guest.hasStart
        ? "; code of a start section runs before the host is ready: compile with `--exportStart _initialize`"
        : "";
      throw new LoadError([`Failed to create new Wasm instance (${(error as Error).message}${hint})`]);
    }
    this.hasStarted = true;
    this.exports = instance.exports;
    const exported = Object.values(instance.exports).find((entry) => entry instanceof WebAssembly.Memory);
    const memory = exported ?? this.importedMemory;
    if (memory === undefined) {
      throw new LoadError([
        "Failed to load Wasm code (no memory is exported: hosts read and write through it)",
      ]);
    }
    this.guestMemory = new GuestMemory(memory, (size) => this.allocate(size));
  }

  /** `malloc` is looked for before the specification's own. */
  private allocate(size: number): number {
    const { restricted, current, effectiveId } = this;
    this.restricted = "allocating";
    const address = this.run(this.has("malloc") ? "malloc" : "proxy_on_memory_allocate", size);
    this.restricted = restricted;
    this.current = current;
    this.effectiveId = effectiveId;
    return address;
  }

  private run(name: string, ...args: number[]): number {
    try {
      const call = this.exports[name] as Exported;
      const { observer } = this.settings;
      if (observer === undefined) return call(...args) ?? 0;
      return observed(observer, this.observedCall("host", name, args), () => call(...args)) ?? 0;
    } catch (error) {
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      const failure = `Function: ${name} failed: Uncaught ${text}`;
      this.fail(failure);
      this.settings.log(5, failure + backtrace(error, this.guest));
      return 0;
    }
  }

  private runActions(): void {
    for (let action = this.actions.shift(); action !== undefined; action = this.actions.shift()) action();
  }
}
