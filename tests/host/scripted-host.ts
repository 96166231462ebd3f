import { behaviours } from "./behaviours.js";
import { type Form, type Hostcall, hostcalls, parameterCount } from "./hostcalls.js";
import { wasi } from "./wasi.js";

/** An address and a size that the host writes as they are, in the place of bytes that it would allocate. */
export class Place {
  constructor(
    readonly address: number,
    readonly size: number,
  ) {}
}

/** What comes out of a hostcall: a number, bytes, or text that stands for its UTF-8. */
export type Value = number | bigint | string | Uint8Array | Place;

/** What a hostcall answers. Values are written whatever the status is; without any, nothing is. */
export interface Answer {
  status?: number;
  values?: Value[];
}

/** A hostcall as it was made. */
export interface Call {
  name: string;
  /** Numbers as numbers or bigints, bytes as copies. */
  args: Record<string, number | bigint | Uint8Array>;
  /** The context whose callback ran, 0 outside of callbacks. */
  current: number;
  /** The context that the call was for. */
  effective: number;
  /** How many callbacks were under way. */
  depth: number;
  /** Whether the context that it was for had ended; the host is then free to take another in its place. */
  ended: boolean;
  /** What it answered. */
  status: number;
}

/** Decides what a hostcall answers; a number is a status, nothing at all is Ok. It may call into the module. */
export type Behaviour = (call: Call, host: ScriptedHost) => Answer | number | undefined;

export interface LogLine {
  level: number;
  text: string;
}

/** A context that is alive: what the host has of its stream. */
export interface HostContext {
  id: number;
  /** 0 for a root. */
  parent: number;
  maps: Map<number, [string, string][]>;
  buffers: Map<number, Uint8Array>;
}

type Callback = (...args: number[]) => number | undefined;

const INVALID_MEMORY_ACCESS = 6;
/** What may be called while the host has the module allocate. (cpp-host, `wasm.h`) */
const WHILE_ALLOCATING = new Set(["proxy_log"]);

const utf8 = new TextEncoder();

/**
 * A small proxy-wasm host that does as it is told: `on` says what a hostcall answers, otherwise it does what Envoy would
 * as far as it is simple (`behaviours.ts`). It records every hostcall with the contexts that it was made by and for,
 * and can call into the module from within one, as hosts do.
 */
export class ScriptedHost {
  readonly exports: Record<string, Callback>;
  readonly memory: WebAssembly.Memory;
  /** Every hostcall since `forget`, while `recording`. */
  calls: Call[] = [];
  recording = true;
  logs: LogLine[] = [];
  /** The contexts that are alive, by their numbers. */
  readonly contexts = new Map<number, HostContext>();
  /** What callbacks about answers and configurations are given; the contexts' own come first. */
  readonly maps = new Map<number, [string, string][]>();
  readonly buffers = new Map<number, Uint8Array>();
  readonly properties = new Map<string, Uint8Array>();
  readonly shared = new Map<string, { value: Uint8Array; cas: number }>();
  readonly queues = new Map<string, Uint8Array[]>();
  readonly metrics: { type: number; name: string; value: bigint }[] = [];
  /** Calls and streams that the module waits for, by their numbers: what it asked for. */
  readonly waiting = new Map<number, Call>();
  lastToken = 0;
  /** What `proxy_get_status` gives. */
  lastStatus: { code: number; message: string } = { code: 0, message: "" };
  tickPeriod = 0;
  /** Nanoseconds. */
  clock = 1_700_000_000_000_000_000n;

  #current = 0;
  #effective = 0;
  #depth = 0;
  #allocating = false;
  #lastContext = 0;
  readonly #ended = new Set<number>();
  readonly #scripts = new Map<string, Behaviour>();
  readonly #unused: string[];

  /**
   * `before` runs within each hostcall, before that is answered. Those in `plain` are neither looked at nor recorded:
   * they get their parameters as they are, for hosts that are asked millions of times.
   */
  constructor(
    module: WebAssembly.Module,
    private readonly before?: (call: Call) => void,
    plain: Readonly<Record<string, (...parameters: number[]) => number>> = {},
  ) {
    const imports: WebAssembly.Imports = { env: {}, wasi_snapshot_preview1: wasi(this) };
    for (const [name, hostcall] of Object.entries(hostcalls))
      imports["env"]![name] = plain[name] ?? this.#import(name, hostcall);
    const imported = new Set(WebAssembly.Module.imports(module).map(({ name }) => name));
    this.#unused = Object.keys(hostcalls).filter((name) => !imported.has(name));
    const instance = new WebAssembly.Instance(module, imports);
    this.exports = instance.exports as Record<string, Callback>;
    this.memory = instance.exports["memory"] as WebAssembly.Memory;
    this.exports["_initialize"]?.();
  }

  /** The hostcalls that the module does not import. */
  get unused(): readonly string[] {
    return this.#unused;
  }

  /** Says what a hostcall answers from now on, until `reset`. */
  on(name: string, behaviour: Behaviour | Answer | number): void {
    if (!(name in hostcalls)) throw new Error(`there is no hostcall ${name}`);
    this.#scripts.set(name, typeof behaviour === "function" ? behaviour : () => behaviour);
  }

  /** As `on`, for the next call of it alone. */
  once(name: string, behaviour: Behaviour | Answer | number): void {
    const before = this.#scripts.get(name);
    this.on(name, (call, host) => {
      if (before === undefined) this.#scripts.delete(name);
      else this.#scripts.set(name, before);
      return typeof behaviour === "function" ? behaviour(call, host) : behaviour;
    });
  }

  /** Lets hostcalls do again what they do by themselves: one, or all. */
  reset(name?: string): void {
    if (name === undefined) this.#scripts.clear();
    else this.#scripts.delete(name);
  }

  /** Forgets which hostcalls were made and what was logged. */
  forget(): void {
    this.calls = [];
    this.logs = [];
  }

  /** The hostcalls of one name that were made since `forget`. */
  callsOf(name: string): Call[] {
    return this.calls.filter((call) => call.name === name);
  }

  /** The log lines of a level, 5 for critical. */
  logged(level: number): string[] {
    return this.logs.filter((line) => line.level === level).map((line) => line.text);
  }

  /** A number for a new context. */
  nextContext(): number {
    return ++this.#lastContext;
  }

  /** Enters a context and tells the module of it. */
  create(parent = 0): number {
    const id = this.nextContext();
    this.contexts.set(id, { id, parent, maps: new Map(), buffers: new Map() });
    this.call("proxy_on_context_create", id, parent);
    return id;
  }

  /** Tells the module that a context is gone, and takes it out. */
  delete(id: number): void {
    this.call("proxy_on_delete", id);
    this.contexts.delete(id);
    this.#ended.add(id);
  }

  /** Makes a root context, starts the VM for it and configures it; its number. */
  start(configuration = "", vmConfiguration = ""): number {
    const root = this.create();
    if (!this.vmStart(root, vmConfiguration)) throw new Error(`the VM refused to start: ${this.lines()}`);
    if (!this.configure(root, configuration))
      throw new Error(`the configuration was refused: ${this.lines()}`);
    return root;
  }

  vmStart(root: number, configuration = ""): boolean {
    return this.#withBuffer(6, configuration, (size) => this.call("proxy_on_vm_start", root, size)) !== 0;
  }

  configure(root: number, configuration: string | Uint8Array = ""): boolean {
    return this.#withBuffer(7, configuration, (size) => this.call("proxy_on_configure", root, size)) !== 0;
  }

  /** Lets bytes be a buffer while something runs. */
  #withBuffer<T>(buffer: number, text: string | Uint8Array, run: (size: number) => T): T {
    const bytes = typeof text === "string" ? utf8.encode(text) : text;
    const before = this.buffers.get(buffer);
    this.buffers.set(buffer, bytes);
    try {
      return run(bytes.length);
    } finally {
      if (before === undefined) this.buffers.delete(buffer);
      else this.buffers.set(buffer, before);
    }
  }

  /**
   * Calls a callback of the module for a context, also from within a hostcall. Nothing happens when the module does not
   * have it. What the callback does acts on that context, until it asks for another. (cpp-host, `SaveRestoreContext`)
   */
  call(name: string, context: number, ...args: number[]): number | undefined {
    const callback = this.exports[name];
    if (callback === undefined) return undefined;
    const outer = { current: this.#current, effective: this.#effective };
    this.#current = context;
    this.#effective = context;
    this.#depth += 1;
    try {
      return callback(context, ...args);
    } catch (error) {
      // The SDK says in the log why it gives up.
      if (error instanceof WebAssembly.RuntimeError) error.message += `: ${this.logged(5).at(-1) ?? ""}`;
      throw error;
    } finally {
      this.#depth -= 1;
      this.#current = outer.current;
      this.#effective = outer.effective;
    }
  }

  /** Calls a function that a fixture exports beside the ABI's. */
  ask(name: string, ...args: number[]): number {
    const asked = this.exports[name];
    if (asked === undefined) throw new Error(`the module has no ${name}`);
    return (asked(...args) ?? 0) >>> 0;
  }

  /** `proxy_on_foreign_function` with arguments. */
  foreign(context: number, functionId: number, args: string | Uint8Array = ""): void {
    this.#withBuffer(8, args, (size) => this.call("proxy_on_foreign_function", context, functionId, size));
  }

  tick(root: number): void {
    this.call("proxy_on_tick", root);
  }

  queueReady(root: number, queue: number): void {
    this.call("proxy_on_queue_ready", root, queue);
  }

  /** The answer to a DNS question as Envoy lays it out. */
  dnsResolved(root: number, token: number, answer: Uint8Array): void {
    this.waiting.delete(token);
    this.#withBuffer(8, answer, (size) => this.call("envoy_on_resolve_dns", root, token, size));
  }

  /** The context that hostcalls act on now; undefined when it has ended, or there is none. */
  get effective(): HostContext | undefined {
    return this.contexts.get(this.#effective);
  }

  /** Lets hostcalls act on another context until the callback returns. */
  makeEffective(context: number): void {
    this.#effective = context;
  }

  /** The root of a context. */
  rootOf(id: number): number {
    const context = this.contexts.get(id);
    return context === undefined || context.parent === 0 ? id : context.parent;
  }

  /** The fields of a map that the effective context has, or the callback that runs is about. */
  mapOf(map: number): [string, string][] | undefined {
    return this.effective?.maps.get(map) ?? this.maps.get(map);
  }

  bufferOf(buffer: number): Uint8Array | undefined {
    return this.effective?.buffers.get(buffer) ?? this.buffers.get(buffer);
  }

  /** All that was logged, for messages of failures. */
  lines(): string {
    return this.logs.map(({ level, text }) => `${level} ${text}`).join("\n");
  }

  /** Writes a number where the module wants it. */
  store(address: number, form: Form, value: number | bigint): void {
    const view = new DataView(this.memory.buffer);
    if (form === "u64" || form === "i64") view.setBigUint64(address, BigInt.asUintN(64, BigInt(value)), true);
    else view.setUint32(address, Number(value) >>> 0, true);
  }

  bytesAt(address: number, size: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address >>> 0, size >>> 0).slice();
  }

  #import(name: string, hostcall: Hostcall): (...parameters: (number | bigint)[]) => number {
    const forms = Object.entries(hostcall.takes);
    const outputs = parameterCount(forms.map(([, form]) => form));
    return (...parameters) => {
      const args: Call["args"] = {};
      let at = 0;
      for (const [key, form] of forms) {
        if (form === "bytes") {
          args[key] = this.bytesAt(Number(parameters[at]), Number(parameters[at + 1]));
          at += 2;
        } else {
          const value = parameters[at++]!;
          args[key] = form === "u32" ? Number(value) >>> 0 : value;
        }
      }
      const call: Call = {
        name,
        args,
        current: this.#current,
        effective: this.#effective,
        depth: this.#depth,
        ended: this.#ended.has(this.#effective),
        status: 0,
      };
      if (this.#allocating && !WHILE_ALLOCATING.has(name))
        throw new Error(`${name} was called while the host had the module allocate`);
      if (this.recording) this.calls.push(call);
      this.before?.(call);
      const script = this.#scripts.get(name) ?? behaviours[name];
      const decided = script?.(call, this);
      const answer = typeof decided === "number" ? { status: decided } : (decided ?? {});
      call.status = answer.status ?? 0;
      const values = answer.values ?? [];
      let out = outputs;
      for (const [index, form] of hostcall.gives.entries()) {
        const value = values[index];
        if (form !== "bytes") {
          if (value !== undefined) this.store(Number(parameters[out]), form, value as number | bigint);
          out += 1;
          continue;
        }
        const place = this.#place(value, hostcall.givesAlways === true);
        if (place === null) call.status = INVALID_MEMORY_ACCESS;
        else if (place !== undefined) {
          this.store(Number(parameters[out]), "u32", place.address);
          this.store(Number(parameters[out + 1]), "u32", place.size);
        }
        out += 2;
      }
      return call.status;
    };
  }

  /** Where bytes for the module lie; null when it has no memory for them. Empty ones have no place in most hostcalls. */
  #place(value: Value | undefined, emptyToo: boolean): Place | null | undefined {
    if (value === undefined || value instanceof Place) return value;
    const bytes = typeof value === "string" ? utf8.encode(value) : (value as Uint8Array);
    if (bytes.length === 0 && !emptyToo) return new Place(0, 0);
    this.#allocating = true;
    const address = (this.exports["proxy_on_memory_allocate"]!(bytes.length) ?? 0) >>> 0;
    this.#allocating = false;
    if (address === 0) return null;
    new Uint8Array(this.memory.buffer).set(bytes, address);
    return new Place(address, bytes.length);
  }
}
