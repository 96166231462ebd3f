import { readFile } from "node:fs/promises";

/** What a plugin said to a configuration. */
export interface Verdict {
  /** What `proxy_on_configure` answered; true for a plugin that has no such callback. */
  accepted: boolean;
  log: { level: string; text: string }[];
}

const levels = ["trace", "debug", "info", "warn", "error", "critical"];

/** Statuses of the ABI (0.2.1). */
const OK = 0;
const NOT_FOUND = 1;
const BAD_ARGUMENT = 2;
const UNIMPLEMENTED = 12;

const PLUGIN_CONFIGURATION = 7;
const ROOT_CONTEXT = 1;

type Callback = (...args: number[]) => number | undefined;

/**
 * As much of a host as a plugin needs to read its configuration: no streams, no properties, metrics that go nowhere.
 * What is asked beyond that is answered with a status that says so.
 */
export class ConfigurationHost {
  private constructor(private readonly module: WebAssembly.Module) {}

  static async load(file: string): Promise<ConfigurationHost> {
    return new ConfigurationHost(await WebAssembly.compile(await readFile(file)));
  }

  /** Configures a new VM. Throws `WebAssembly.RuntimeError` when it traps. */
  configure(configuration: string | Uint8Array): Verdict {
    const bytes = typeof configuration === "string" ? Buffer.from(configuration) : configuration;
    const log: Verdict["log"] = [];
    const instance: WebAssembly.Instance = new WebAssembly.Instance(
      this.module,
      this.imports(bytes, log, () => instance),
    );
    const call = (name: string, ...args: number[]) =>
      (instance.exports[name] as Callback | undefined)?.(...args) ?? 1;
    call("_initialize");
    call("proxy_on_context_create", ROOT_CONTEXT, 0);
    const started = call("proxy_on_vm_start", ROOT_CONTEXT, 0) !== 0;
    const accepted = started && call("proxy_on_configure", ROOT_CONTEXT, bytes.length) !== 0;
    return { accepted, log };
  }

  private imports(
    configuration: Uint8Array,
    log: Verdict["log"],
    instance: () => WebAssembly.Instance,
  ): WebAssembly.Imports {
    const memory = () => (instance().exports["memory"] as WebAssembly.Memory).buffer;
    const text = (data: number, size: number) => Buffer.from(memory(), data, size).toString();
    const write = (at: number, value: number) => new DataView(memory()).setUint32(at, value, true);
    const hostcalls: Record<string, Callback> = {
      proxy_log(level, data, size) {
        log.push({ level: levels[level]!, text: text(data, size) });
        return OK;
      },
      proxy_get_log_level(out) {
        write(out, levels.indexOf("info"));
        return OK;
      },
      proxy_get_buffer_bytes(buffer, start, size, dataOut, sizeOut) {
        if (buffer !== PLUGIN_CONFIGURATION) return NOT_FOUND;
        if (start < 0 || size < 0) return BAD_ARGUMENT;
        const piece = configuration.subarray(start, start + size);
        const allocate = instance().exports["proxy_on_memory_allocate"] as Callback;
        const target = piece.length === 0 ? 0 : allocate(piece.length)!;
        new Uint8Array(memory(), target).set(piece);
        write(dataOut, target);
        write(sizeOut, piece.length);
        return OK;
      },
      proxy_get_property: () => NOT_FOUND,
      proxy_set_effective_context: () => OK,
      proxy_set_tick_period_milliseconds: () => OK,
      proxy_define_metric(_type, _name, _size, out) {
        write(out, 1);
        return OK;
      },
      proxy_record_metric: () => OK,
      proxy_increment_metric: () => OK,
    };
    const imports: Record<string, Record<string, unknown>> = {};
    for (const { module, name } of WebAssembly.Module.imports(this.module)) {
      (imports[module] ??= {})[name] =
        module === "env" ? (hostcalls[name] ?? (() => UNIMPLEMENTED)) : () => OK;
    }
    return imports as WebAssembly.Imports;
  }
}
