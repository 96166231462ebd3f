import { Status } from "../../../host/enums.js";
import { MemoryView } from "./memory-view.js";
import type { ReadyMessages } from "./messages.js";
import { SharedData } from "./shared-data.js";

/** What a module is told when it starts. */
export interface CheapestHostOptions {
  configuration: Uint8Array;
  rootId: string;
  messages: ReadyMessages;
  /** Shared data is kept; else it is always absent. */
  keepsSharedData?: boolean;
}

type Calls = Record<string, (...args: number[]) => unknown>;

/**
 * A host that does the least that a module can live with, so that time spent in it is nearly all the module's own and
 * the crossing's. It hands over what was made ready, and forgets what it is given: a header that was set is not there
 * when it is asked for, properties are absent, shared data is where nobody wants it kept, and calls are answered only by
 * whoever asks for the next of them. Time is for comparing modules with each other; what a plugin does is the embedded
 * host's business.
 */
export class CheapestHost {
  /** The first warnings and errors that the module logged. */
  logged: string[] = [];
  private readonly memory = new MemoryView();
  private readonly exports: Record<string, ((...args: number[]) => number) | undefined>;
  private readonly allocate: (size: number) => number;
  private metrics = 0;
  private calls = 0;
  private answeredCalls = 0;
  private readonly shared: SharedData;
  private time = 0;

  private constructor(
    module: WebAssembly.Module,
    private readonly options: CheapestHostOptions,
  ) {
    this.shared = new SharedData(this.memory);
    const instance = new WebAssembly.Instance(module, this.imports(module));
    this.exports = instance.exports as typeof this.exports;
    this.memory.memory = instance.exports["memory"] as WebAssembly.Memory;
    const allocate = this.exports["malloc"] ?? this.exports["proxy_on_memory_allocate"];
    if (allocate === undefined || this.memory.memory === undefined)
      throw new Error("the module has no allocator or no memory");
    this.allocate = allocate;
  }

  /** Starts a module and configures its root context, 1. Throws when it refuses or traps. */
  static start(module: WebAssembly.Module, options: CheapestHostOptions): CheapestHost {
    const host = new CheapestHost(module, options);
    (host.exports["_initialize"] ?? host.exports["_start"])?.();
    host.exports["proxy_on_context_create"]?.(1, 0);
    const { length } = options.configuration;
    for (const callback of ["proxy_on_vm_start", "proxy_on_configure"]) {
      const size = callback === "proxy_on_configure" ? length : 0;
      if (host.exports[callback]?.(1, size) === 0)
        throw new Error(
          `it refuses its configuration${host.logged.length > 0 ? `: ${host.logged.join("; ")}` : ""}`,
        );
    }
    return host;
  }

  callback(name: string): ((...args: number[]) => number) | undefined {
    return this.exports[name];
  }

  /** The number of the oldest HTTP call that has no answer yet, which it then has; 0 where there is none. */
  nextCall(): number {
    return this.answeredCalls === this.calls ? 0 : (this.answeredCalls += 4);
  }

  /** Bytes of the module's linear memory. */
  get memorySize(): number {
    return this.memory.size;
  }

  /** The allocator's place for bytes of the host's, written where the module wants pointer and size. */
  private give(bytes: Uint8Array, pointerAt: number, sizeAt: number): number {
    let at = 0;
    if (bytes.length > 0) {
      at = this.allocate(bytes.length);
      if (at === 0) return Status.InvalidMemoryAccess;
      this.memory.write(at, bytes);
    }
    this.memory.setU32(pointerAt, at);
    this.memory.setU32(sizeAt, bytes.length);
    return Status.Ok;
  }

  private headerValue(map: number, name: number, size: number, pointerAt: number, sizeAt: number): number {
    const candidates = this.options.messages.headers(map).byLength[size];
    if (candidates !== undefined)
      for (const [known, value] of candidates)
        if (this.memory.equals(name, known)) return this.give(value, pointerAt, sizeAt);
    return Status.NotFound;
  }

  private buffer(type: number): Uint8Array {
    if (type === 0) return this.options.messages.requestBody;
    if (type === 1) return this.options.messages.responseBody;
    return type === 7 ? this.options.configuration : nothing;
  }

  private property(path: number, size: number, pointerAt: number, sizeAt: number): number {
    const { rootId } = this.options;
    const known = size === 14 || size === 11 ? this.memory.text(path, size) : "";
    if (known === "plugin_root_id" || known === "plugin_name")
      return this.give(new TextEncoder().encode(rootId), pointerAt, sizeAt);
    return Status.NotFound;
  }

  /** Each moment is a microsecond after the one before. */
  private now(at: number): number {
    this.time += 1000;
    this.memory.setU64(at, this.time % 2 ** 32, 400_000_000 + Math.floor(this.time / 2 ** 32));
    return Status.Ok;
  }

  private zero(at: number, bytes: 4 | 8): number {
    if (bytes === 4) this.memory.setU32(at, 0);
    else this.memory.setU64(at, 0, 0);
    return Status.Ok;
  }

  private answer(at: number, id: number): number {
    this.memory.setU32(at, id);
    return Status.Ok;
  }

  private hostcalls(): Calls {
    const ok = () => Status.Ok;
    const { keepsSharedData = false } = this.options;
    return {
      proxy_log: (level, at, size) => {
        if (level >= 3 && this.logged.length < 5) this.logged.push(this.memory.text(at, size));
        return Status.Ok;
      },
      proxy_get_log_level: (at) => this.answer(at, 2),
      proxy_get_current_time_nanoseconds: (at) => this.now(at),
      proxy_set_tick_period_milliseconds: ok,
      proxy_get_buffer_bytes: (type, start, most, pointerAt, sizeAt) => {
        const bytes = this.buffer(type);
        const from = start >>> 0;
        return this.give(bytes.subarray(from, from + (most >>> 0)), pointerAt, sizeAt);
      },
      proxy_get_buffer_status: (type, sizeAt, flagsAt) => {
        this.memory.setU32(sizeAt, this.buffer(type).length);
        return this.zero(flagsAt, 4);
      },
      proxy_set_buffer_bytes: ok,
      proxy_get_header_map_size: (map, at) =>
        this.answer(at, this.options.messages.headers(map).block.length),
      proxy_get_header_map_pairs: (map, pointerAt, sizeAt) =>
        this.give(this.options.messages.headers(map).block, pointerAt, sizeAt),
      proxy_set_header_map_pairs: ok,
      proxy_get_header_map_value: (map, name, size, pointerAt, sizeAt) =>
        this.headerValue(map, name, size, pointerAt, sizeAt),
      proxy_add_header_map_value: ok,
      proxy_replace_header_map_value: ok,
      proxy_remove_header_map_value: ok,
      proxy_continue_stream: ok,
      proxy_close_stream: ok,
      proxy_send_local_response: ok,
      proxy_http_call: (...args) => this.answer(args[9]!, (this.calls += 4)),
      proxy_set_shared_data: (key, keySize, at, size, version) =>
        keepsSharedData ? this.shared.set(key, keySize, at, size, version >>> 0) : Status.Ok,
      proxy_define_metric: (_type, _name, _size, at) => this.answer(at, ++this.metrics),
      proxy_record_metric: ok,
      proxy_increment_metric: ok,
      proxy_get_metric: (_id, at) => this.zero(at, 8),
      proxy_get_property: (path, size, pointerAt, sizeAt) => this.property(path, size, pointerAt, sizeAt),
      proxy_set_property: ok,
      proxy_get_shared_data: (key, keySize, pointerAt, sizeAt, versionAt) => {
        const found = keepsSharedData ? this.shared.find(key, keySize) : undefined;
        if (found === undefined) return Status.NotFound;
        this.memory.setU32(versionAt, found.version);
        return this.give(found.value, pointerAt, sizeAt);
      },
      proxy_set_effective_context: ok,
      proxy_done: ok,
      proxy_call_foreign_function: () => Status.NotFound,
      proxy_register_shared_queue: (_name, _size, at) => this.answer(at, 1),
      proxy_enqueue_shared_queue: ok,
      proxy_dequeue_shared_queue: () => Status.Empty,
    };
  }

  private wasi(): Calls {
    return {
      fd_write: (_file, pieces, count, at) => {
        let written = 0;
        for (let index = 0; index < count; index++) written += this.memory.getU32(pieces + 8 * index + 4);
        return this.answer(at, written);
      },
      // No folder is there; Go's runtime gives up where this says anything else.
      fd_prestat_get: () => badFile,
      fd_fdstat_get: () => 0,
      fd_fdstat_set_flags: () => 0,
      sched_yield: () => 0,
      clock_time_get: (_clock, _precision, at) => this.now(at),
      random_get: () => 0,
      environ_sizes_get: (countAt, sizeAt) => this.zero(countAt, 4) + this.zero(sizeAt, 4),
      environ_get: () => 0,
      args_sizes_get: (countAt, sizeAt) => this.zero(countAt, 4) + this.zero(sizeAt, 4),
      args_get: () => 0,
      proc_exit: () => 0,
    };
  }

  /** What a module imports and this host does not do says that it is not there. */
  private imports(module: WebAssembly.Module): WebAssembly.Imports {
    const known: Record<string, Calls> = { env: this.hostcalls() };
    const wasi = this.wasi();
    const imports: Record<string, Calls> = {};
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
      if (kind !== "function") throw new Error(`it imports ${from}.${name}, which is no function`);
      const calls = from === "env" ? known["env"]! : wasi;
      const absent = from === "env" ? Status.Unimplemented : noSuchCall;
      (imports[from] ??= {})[name] = calls[name] ?? (() => absent);
    }
    return imports;
  }
}

const nothing = new Uint8Array();
/** ENOSYS, of WASI. */
const noSuchCall = 52;
/** EBADF, of WASI. */
const badFile = 8;
