import { readFileSync } from "node:fs";

/** A hostcall that a module made, and the context that it acted on. */
export interface Call {
  name: string;
  context: number;
}

/** What the host knows of a context. */
export interface Context {
  /** By the ABI's number of the map: request headers, request trailers, response headers, response trailers. */
  maps: Map<number, [string, string][]>;
  /** By the ABI's number of the buffer. */
  buffers: Map<number, Buffer>;
}

const [ok, notFound, badArgument, unimplemented] = [0, 1, 2, 12] as const;

export const pluginConfiguration = 7;
export const requestHeaders = 0;
export const responseHeaders = 2;
export const requestBody = 0;
export const responseBody = 1;

/**
 * A proxy-wasm host with nothing but what the tests of the SDK's inner life need: it calls a module's callbacks in any
 * order, also from within a hostcall, and remembers every hostcall. Strings are Latin-1: a character a byte.
 */
export class Host {
  readonly calls: Call[] = [];
  readonly log: string[] = [];
  readonly contexts = new Map<number, Context>();
  /** Runs within a hostcall, before it is answered; for a test to call back from there. */
  within: ((name: string, host: Host) => void) | undefined;
  /** Whether calls and log lines are kept. */
  remember = true;
  private readonly exports: Record<string, (...args: number[]) => number | undefined>;
  private readonly memory: WebAssembly.Memory;
  private readonly modules: WebAssembly.ModuleExportDescriptor[];
  private current = 0;
  private effective = 0;

  constructor(file: string) {
    const module = new WebAssembly.Module(readFileSync(file));
    const imports: Record<string, Record<string, (...args: number[]) => number>> = {};
    for (const entry of WebAssembly.Module.imports(module)) {
      const make = (this.hostcalls as Record<string, ((...args: number[]) => number) | undefined>)[
        entry.name
      ];
      (imports[entry.module] ??= {})[entry.name] = (...args) => this.answer(entry.name, make, args);
    }
    const instance = new WebAssembly.Instance(module, imports);
    this.exports = instance.exports as never;
    this.memory = instance.exports["memory"] as WebAssembly.Memory;
    this.modules = WebAssembly.Module.exports(module);
    this.exports["_initialize"]!();
  }

  /** The callbacks that the module exports. */
  get callbacks(): string[] {
    return this.modules.map(({ name }) => name).filter((name) => name.startsWith("proxy_on_"));
  }

  get memorySize(): number {
    return this.memory.buffer.byteLength;
  }

  /** Calls a callback that the module exports; undefined where it does not. Hosts do the same within a hostcall. */
  call(name: string, context: number, ...rest: number[]): number | undefined {
    const outer = [this.current, this.effective] as const;
    this.current = context;
    this.effective = context;
    try {
      return this.exports[`proxy_on_${name}`]?.(context, ...rest);
    } finally {
      [this.current, this.effective] = outer;
    }
  }

  /** What the module gives the host for this many bytes. */
  allocate(size: number): number {
    return this.exports["proxy_on_memory_allocate"]!(size)! >>> 0;
  }

  /** A root context with a configuration. */
  startRoot(id: number, configuration = "", vmConfiguration = ""): boolean {
    const buffers = new Map([
      [pluginConfiguration, Buffer.from(configuration, "latin1")],
      [6, Buffer.from(vmConfiguration, "latin1")],
    ]);
    this.contexts.set(id, { maps: new Map(), buffers });
    this.call("context_create", id, 0);
    const started = this.call("vm_start", id, vmConfiguration.length) ?? 1;
    return started !== 0 && (this.call("configure", id, configuration.length) ?? 1) !== 0;
  }

  /** A stream with request headers; its callbacks are left to the caller. */
  startStream(id: number, root: number, request: [string, string][] = []): Context {
    const context: Context = { maps: new Map([[requestHeaders, request]]), buffers: new Map() };
    this.contexts.set(id, context);
    this.call("context_create", id, root);
    return context;
  }

  /** A stream's end as Envoy has it. */
  endStream(id: number): void {
    this.call("log", id);
    this.call("done", id);
    this.call("delete", id);
    this.contexts.delete(id);
  }

  private answer(name: string, make: ((...args: number[]) => number) | undefined, args: number[]): number {
    if (this.remember) this.calls.push({ name, context: this.effective });
    if (this.within !== undefined) {
      const [current, effective] = [this.current, this.effective];
      this.within(name, this);
      this.current = current;
      this.effective = effective;
    }
    return make === undefined ? unimplemented : make(...args);
  }

  private get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  private text(data: number, size: number): string {
    return Buffer.from(this.memory.buffer, data, size).toString("latin1");
  }

  /** Hands bytes over; nothing is allocated for none. */
  private give(bytes: Buffer, dataOut: number, sizeOut: number): number {
    let data = 0;
    if (bytes.length > 0) {
      data = this.allocate(bytes.length);
      Buffer.from(this.memory.buffer).set(bytes, data);
    }
    this.view.setUint32(dataOut, data, true);
    this.view.setUint32(sizeOut, bytes.length, true);
    return ok;
  }

  /** The context that hostcalls act on; the one whose callback runs where that is gone. */
  private get target(): Context | undefined {
    return this.contexts.get(this.effective) ?? this.contexts.get(this.current);
  }

  private fields(map: number): [string, string][] | undefined {
    return this.target?.maps.get(map);
  }

  private readonly hostcalls = {
    proxy_log: (level: number, data: number, size: number) => {
      if (this.remember) this.log.push(`${level} ${this.text(data, size)}`);
      return ok;
    },
    proxy_get_log_level: (out: number) => {
      this.view.setUint32(out, 2, true);
      return ok;
    },
    proxy_set_effective_context: (id: number) => {
      if (!this.contexts.has(id)) return badArgument;
      this.effective = id;
      return ok;
    },
    proxy_set_tick_period_milliseconds: () => ok,
    proxy_continue_stream: () => ok,
    proxy_close_stream: () => ok,
    proxy_send_local_response: () => ok,
    proxy_define_metric: (_type: number, _name: number, _size: number, out: number) => {
      this.view.setUint32(out, 1, true);
      return ok;
    },
    proxy_record_metric: () => ok,
    proxy_get_property: (path: number, size: number, dataOut: number, sizeOut: number) => {
      const found = this.property(this.text(path, size).split("\0"));
      return found === undefined ? notFound : this.give(Buffer.from(found, "latin1"), dataOut, sizeOut);
    },
    proxy_get_header_map_value: (
      map: number,
      name: number,
      size: number,
      dataOut: number,
      sizeOut: number,
    ) => {
      const fields = this.fields(map);
      if (fields === undefined) return badArgument;
      const wanted = this.text(name, size).toLowerCase();
      const found = fields.find(([field]) => field === wanted);
      return found === undefined ? notFound : this.give(Buffer.from(found[1], "latin1"), dataOut, sizeOut);
    },
    proxy_replace_header_map_value: (
      map: number,
      name: number,
      size: number,
      value: number,
      length: number,
    ) => {
      const fields = this.fields(map);
      if (fields === undefined) return badArgument;
      const field = this.text(name, size).toLowerCase();
      const kept = fields.filter(([other]) => other !== field);
      fields.splice(0, fields.length, ...kept, [field, this.text(value, length)]);
      return ok;
    },
    proxy_add_header_map_value: (map: number, name: number, size: number, value: number, length: number) => {
      const fields = this.fields(map);
      if (fields === undefined) return badArgument;
      fields.push([this.text(name, size).toLowerCase(), this.text(value, length)]);
      return ok;
    },
    proxy_remove_header_map_value: (map: number, name: number, size: number) => {
      const fields = this.fields(map);
      if (fields === undefined) return badArgument;
      const field = this.text(name, size).toLowerCase();
      fields.splice(0, fields.length, ...fields.filter(([other]) => other !== field));
      return ok;
    },
    proxy_get_header_map_pairs: (map: number, dataOut: number, sizeOut: number) => {
      const fields = this.fields(map) ?? [];
      const lengths = fields.flatMap(([name, value]) => [name.length, value.length]);
      const head = Buffer.alloc(4 + 4 * lengths.length);
      [fields.length, ...lengths].forEach((number, index) => head.writeUInt32LE(number, 4 * index));
      const texts = fields.map(([name, value]) => `${name}\0${value}\0`).join("");
      return this.give(Buffer.concat([head, Buffer.from(texts, "latin1")]), dataOut, sizeOut);
    },
    proxy_get_header_map_size: (map: number, out: number) => {
      const fields = this.fields(map);
      if (fields === undefined) return badArgument;
      this.view.setUint32(out, fields.flat().join("").length, true);
      return ok;
    },
    proxy_get_buffer_bytes: (
      buffer: number,
      start: number,
      maximum: number,
      dataOut: number,
      sizeOut: number,
    ) => {
      const bytes = this.target?.buffers.get(buffer);
      if (bytes === undefined) return notFound;
      return this.give(bytes.subarray(start >>> 0, (start >>> 0) + (maximum >>> 0)), dataOut, sizeOut);
    },
    proxy_get_buffer_status: (buffer: number, sizeOut: number) => {
      const bytes = this.target?.buffers.get(buffer);
      if (bytes === undefined) return notFound;
      this.view.setUint32(sizeOut, bytes.length, true);
      return ok;
    },
    proxy_set_buffer_bytes: (buffer: number, start: number, size: number, data: number, length: number) => {
      const bytes = this.target?.buffers.get(buffer);
      if (bytes === undefined) return badArgument;
      const added = Buffer.from(this.text(data, length), "latin1");
      const kept = start === 0 ? bytes.subarray(size) : bytes;
      this.target!.buffers.set(buffer, Buffer.concat(start === 0 ? [added, kept] : [kept, added]));
      return ok;
    },
    clock_time_get: (_clock: number, _precision: number, out: number) => {
      this.view.setBigUint64(out, 1_700_000_000_000_000_000n, true);
      return ok;
    },
    random_get: (data: number, size: number) => {
      new Uint8Array(this.memory.buffer, data, size).fill(7);
      return ok;
    },
  };

  /** `request.path` and `request.headers.<name>` of the stream, and nothing else. */
  private property([group, name, field]: string[]): string | undefined {
    if (group !== "request") return undefined;
    const wanted = name === "path" ? ":path" : name === "headers" ? field : undefined;
    return this.fields(requestHeaders)?.find(([other]) => other === wanted)?.[1];
  }
}
