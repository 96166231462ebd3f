import { type Guest, GuestInstance } from "./guest.js";
import type { HostContext } from "./host-context.js";
import { makeImports } from "./imports.js";
import type { HostOptions } from "./options.js";
import type { SharedState } from "./shared-state.js";

/** What a VM needs of the world around it. */
export interface VmSettings extends HostOptions {
  shared: SharedState;
  clock: { now(): bigint };
  random: (bytes: Uint8Array) => void;
  log: (level: number, message: string) => void;
}

/** What a callback gave back. */
export interface CallResult {
  /** The module's answer; undefined when it has no such callback, or trapped. */
  value: number | undefined;
  /** Whether a local reply was sent meanwhile: then the answer does not matter. */
  stopped: boolean;
}

/**
 * One instance of a module with its contexts: what runs on one thread of a proxy. After a trap nothing in it runs again.
 */
export class Vm {
  readonly contexts = new Map<number, HostContext>();
  /** The context whose callback runs, and the one that hostcalls act on. */
  current: HostContext | null = null;
  effectiveId = 0;
  /** Why nothing runs any more. */
  failure: Error | null = null;
  /** What made the module trap; called once. */
  onFailure: (error: Error) => void = () => {};
  /** While the module starts, only the log, the clocks, randomness and the environment may be asked. */
  starting = false;
  private instance: GuestInstance | null = null;
  private nextId = 1;
  private nextHttpToken = 0;
  private stopNext = false;
  private readonly actions: (() => void)[] = [];

  constructor(
    readonly guest: Guest,
    readonly settings: VmSettings,
  ) {}

  get memory(): GuestInstance {
    if (this.instance === null) throw new Error("a hostcall before the module was instantiated");
    return this.instance;
  }

  /** Instantiates the module and runs its start functions. False when it trapped. */
  start(): boolean {
    try {
      this.starting = true;
      this.instance = new GuestInstance(new WebAssembly.Instance(this.guest.module, makeImports(this)));
      const initialize = this.instance.function("_initialize");
      if (initialize !== undefined) {
        initialize();
        (this.instance.function("main") ?? this.instance.function("__main_void"))?.(0, 0);
      } else {
        this.instance.function("_start")?.();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.starting = false;
    }
    return this.failure === null;
  }

  newId(): number {
    return this.nextId++;
  }

  /** Envoy counts calls in steps of four, with their kind in the low bits; HTTP is 0. */
  newHttpToken(): number {
    this.nextHttpToken += 4;
    return this.nextHttpToken;
  }

  has(name: string): boolean {
    return this.instance?.function(name) !== undefined;
  }

  /** Calls a callback for a context; what was put off until the module returns is done then. */
  call(context: HostContext, name: string, ...args: number[]): CallResult {
    const callback = this.instance?.function(name);
    if (callback === undefined || this.failure !== null) return { value: undefined, stopped: false };
    const { current, effectiveId } = this;
    this.current = context;
    this.effectiveId = context.id;
    let value: number | undefined;
    try {
      value = callback(...args);
    } catch (error) {
      this.fail(error);
    } finally {
      this.current = current;
      this.effectiveId = effectiveId;
    }
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

  private runActions(): void {
    for (let action = this.actions.shift(); action !== undefined; action = this.actions.shift()) action();
  }

  private fail(error: unknown): void {
    if (this.failure !== null) return;
    this.failure = error instanceof Error ? error : new Error(String(error));
    this.onFailure(this.failure);
  }
}
