import { callbacks, hostcalls as registered, abiMarkers } from "../../host/abi.js";
import { hostcalls } from "../../host/calls/hostcalls.js";
import { type HostOptions, ProxyWasmHost } from "../../host/index.js";
import { decodePairs, encodePairs } from "../../host/pairs.js";
import { toBytes, toText } from "../../host/text.js";
import { Vm } from "../../host/vm.js";
import { wat } from "../support/wat.js";

/** What a callback of the puppet does; a number is what it answers. */
export type Act = (call: Call, ...args: number[]) => number | void;

type Argument = number | bigint | string | Uint8Array | Out;

/** A place where a hostcall writes. */
class Out {
  constructor(readonly address: number) {}
}

const outs = 64;
const scratch = 4096;
const silent = new Set([...abiMarkers, "_initialize", "_start", "main", "__main_void", "malloc"]);

/**
 * A module that exports every callback of the ABI, or those named. Each writes its name into the log, and answers what
 * lies at address 0 then: whoever hears the log can act within the callback, as if it were the module.
 */
function puppetText(names: readonly string[]): string {
  const data: string[] = [];
  const functions: string[] = [];
  let at = 1024;
  for (const name of names) {
    const [params = "", result = ""] = (callbacks.get(name) ?? "").split("->").map((part) => part.trim());
    const count = params === "" ? 0 : params.split(" ").length;
    const stores = Array.from(
      { length: count },
      (_, i) => `(i32.store (i32.const ${16 + 4 * i}) (local.get ${i}))`,
    );
    const text = `\u0001${name}`;
    data.push(`(data (i32.const ${at}) "\\01${name}")`);
    functions.push(`(func (export "${name}") ${count > 0 ? `(param ${params})` : ""} ${result && "(result i32)"}
      ${stores.join(" ")}
      (drop (call $log (i32.const 5) (i32.const ${at}) (i32.const ${text.length})))
      (if (i32.eq (i32.load (i32.const 0)) (i32.const 0xdead)) (then (unreachable)))
      ${result && "(i32.load (i32.const 0))"})`);
    at += text.length;
  }
  return `(module (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
    (memory (export "memory") 256) (global $free (mut i32) (i32.const 65536))
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "proxy_on_memory_allocate") (param i32) (result i32)
      (if (i32.gt_u (i32.add (global.get $free) (local.get 0)) (i32.const 16000000))
        (then (global.set $free (i32.const 65536))))
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (i32.add (i32.const 8) (local.get 0)))))
    ${data.join(" ")} ${functions.join("\n")})`;
}

const every = [...callbacks.keys()].filter(
  (name) => !silent.has(name) && name !== "proxy_on_memory_allocate",
);
const modules = new Map<string, Promise<Uint8Array>>();

function moduleOf(names: readonly string[]): Promise<Uint8Array> {
  const key = names.join();
  const known = modules.get(key) ?? wat(puppetText(names));
  modules.set(key, known);
  return known;
}

/** The VMs whose callbacks run, the innermost last. */
const running: Vm[] = [];
const callVm = Vm.prototype.callRegardless;
Vm.prototype.callRegardless = function (...args) {
  running.push(this);
  try {
    return callVm.apply(this, args);
  } finally {
    running.pop();
  }
};

/** A callback that runs: what the test does in the module's place. */
export class Call {
  private at = scratch;
  private readonly hostcalls: Record<string, (...args: never[]) => number | void>;

  constructor(
    readonly name: string,
    private readonly vm: Vm,
  ) {
    this.hostcalls = hostcalls(vm);
  }

  /** Makes a hostcall: text and bytes are an address and a size. Its status. */
  make(name: string, ...args: Argument[]): number {
    if (!registered.has(name)) throw new Error(`there is no hostcall ${name}`);
    const numbers = args.flatMap((arg) => {
      if (arg instanceof Out) return [arg.address];
      if (typeof arg === "number" || typeof arg === "bigint") return [arg];
      const bytes = toBytes(arg);
      const address = this.at;
      this.vm.memory.write(address, bytes);
      this.at += bytes.length + 8;
      return [address, bytes.length];
    });
    return (this.hostcalls[name] as unknown as (...args: (number | bigint)[]) => number)(...numbers);
  }

  /** A place for what a hostcall gives. */
  readonly outs = [0, 1, 2, 3].map((i) => new Out(outs + 8 * i)) as [Out, Out, Out, Out];

  u32(out: Out): number {
    return new DataView(this.vm.memory.read(out.address, 4)!.buffer).getUint32(0, true);
  }

  u64(out: Out): bigint {
    return new DataView(this.vm.memory.read(out.address, 8)!.buffer).getBigUint64(0, true);
  }

  memoryAt(address: number, size: number): Uint8Array | undefined {
    return this.vm.memory.read(address, size);
  }

  /** Makes a hostcall that hands bytes over: those, or its status. */
  bytes(name: string, ...args: Argument[]): Uint8Array | number {
    const [address, size] = this.outs;
    const status = this.make(name, ...args, address, size);
    return status === 0 ? this.vm.memory.read(this.u32(address), this.u32(size))! : status;
  }

  text(name: string, ...args: Argument[]): string | number {
    const found = this.bytes(name, ...args);
    return typeof found === "number" ? found : toText(found);
  }

  header(map: number, name: string): string | number {
    return this.text("proxy_get_header_map_value", map, name);
  }

  headers(map: number): [string, string][] | number {
    const block = this.bytes("proxy_get_header_map_pairs", map);
    return typeof block === "number" ? block : decodePairs(block).map(([n, v]) => [toText(n), toText(v)]);
  }

  setHeader(map: number, name: string, value: string): number {
    return this.make("proxy_replace_header_map_value", map, name, value);
  }

  property(...path: string[]): string | number {
    return this.text("proxy_get_property", path.join("\0"));
  }

  body(buffer: number): string | number {
    return this.text("proxy_get_buffer_bytes", buffer, 0, 0x7fffffff);
  }

  setBody(buffer: number, text: string, start = 0, size = 0x7fffffff): number {
    return this.make("proxy_set_buffer_bytes", buffer, start, size, text);
  }

  reply(status: number, body = "", headers: [string, string][] = [], details = "", grpcStatus = -1): number {
    const block = encodePairs(headers.map(([name, value]) => [toBytes(name), toBytes(value)] as const));
    return this.make("proxy_send_local_response", status, details, body, block, grpcStatus);
  }

  httpCall(cluster: string, path = "/", timeoutMs = 1000): number {
    const fields = { ":method": "GET", ":path": path, ":authority": cluster };
    const block = encodePairs(Object.entries(fields).map(([n, v]) => [toBytes(n), toBytes(v)] as const));
    return this.make("proxy_http_call", cluster, block, "", "", timeoutMs, this.outs[0]);
  }

  /** Traps when the act is over. */
  readonly trap = 0xdead;
}

export interface Puppet {
  host: ProxyWasmHost;
  /** The callbacks that ran since the host was loaded, without their prefix. */
  readonly ran: string[];
}

/** A host with a puppet in it. Acts are named as callbacks without `proxy_on_`; without one a callback answers 0. */
export async function puppet(
  acts: Record<string, Act> = {},
  options: HostOptions & { only?: string[] } = {},
): Promise<Puppet> {
  const ran: string[] = [];
  const { only, ...rest } = options;
  const names = only?.map((name) => (callbacks.has(name) ? name : `proxy_on_${name}`)) ?? every;
  const host = await ProxyWasmHost.load(await moduleOf(names), {
    ...rest,
    onLog: (level, message) => {
      if (!message.startsWith("\u0001")) return void rest.onLog?.(level, message);
      const name = message.slice(1).replace(/^proxy_on_/, "");
      const vm = running.at(-1);
      ran.push(name);
      const params = vm.memory.read(16, 32)!;
      const args = Array.from(new Int32Array(params.buffer)).slice(0, countOf(message.slice(1)));
      const answer = loudly(() => acts[name]?.(new Call(name, vm), ...args));
      const usual = name === "vm_start" || name === "configure" || name === "done" ? 1 : 0;
      vm.memory.writeU32(0, answer ?? usual);
    },
  });
  return { host, ran };
}

/** What a test finds wrong within a callback would look like a trap: it is thrown outside as well. */
function loudly<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
    throw error;
  }
}

function countOf(name: string): number {
  const params = callbacks.get(name)!.split("->")[0]!.trim();
  return params === "" ? 0 : params.split(" ").length;
}
