import { abiMarkers } from "./abi.js";
import { inspect, type WasmModule } from "./module.js";
import { breaches } from "./rules.js";

/** A module that a host would not load, with each reason and what mends it. */
export class LoadError extends Error {
  constructor(readonly reasons: string[]) {
    super(reasons.join("\n"));
    this.name = "LoadError";
  }
}

/** A module that was checked as a host checks it, ready to be instantiated any number of times. */
export interface Guest {
  module: WebAssembly.Module;
  /** `0_2_1`, `0_2_0` or `0_1_0`. */
  abiVersion: string;
}

/** Checks a binary and compiles it. */
export async function loadGuest(wasm: Uint8Array | WebAssembly.Module): Promise<Guest> {
  if (wasm instanceof WebAssembly.Module) {
    return { module: wasm, abiVersion: versionOf(WebAssembly.Module.exports(wasm).map(({ name }) => name)) };
  }
  let sections: WasmModule;
  try {
    sections = inspect(wasm);
  } catch (error) {
    throw new LoadError([`Failed to load Wasm code: ${(error as Error).message}`]);
  }
  const reasons = breaches(sections);
  if (reasons.length > 0) throw new LoadError(reasons);
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(wasm as BufferSource);
  } catch (error) {
    throw new LoadError([`Failed to load Wasm code: ${(error as Error).message}`]);
  }
  return { module, abiVersion: versionOf(sections.exports.map(({ name }) => name)) };
}

function versionOf(exports: string[]): string {
  const marker = exports.find((name) => abiMarkers.includes(name));
  if (marker === undefined) throw new LoadError(["Missing or unknown Proxy-Wasm ABI version"]);
  return marker.slice("proxy_abi_version_".length);
}

type Exported = (...args: number[]) => number | undefined;

/** The functions and the memory of an instance, and how a host reads and writes there. */
export class GuestInstance {
  private readonly functions: Record<string, unknown>;
  readonly memory: WebAssembly.Memory;

  constructor(instance: WebAssembly.Instance) {
    this.functions = instance.exports;
    const memory = Object.values(instance.exports).find((entry) => entry instanceof WebAssembly.Memory);
    if (!(memory instanceof WebAssembly.Memory)) throw new LoadError(["no memory is exported"]);
    this.memory = memory;
  }

  /** An exported function; undefined when the module leaves it out. */
  function(name: string): Exported | undefined {
    const entry = this.functions[name];
    return typeof entry === "function" ? (entry as Exported) : undefined;
  }

  /** A copy of bytes; undefined where they do not all lie in memory. */
  read(address: number, size: number): Uint8Array | undefined {
    const begin = address >>> 0;
    const length = size >>> 0;
    if (begin + length > this.memory.buffer.byteLength) return undefined;
    return new Uint8Array(this.memory.buffer, begin, length).slice();
  }

  write(address: number, bytes: Uint8Array): boolean {
    const begin = address >>> 0;
    if (begin + bytes.length > this.memory.buffer.byteLength) return false;
    new Uint8Array(this.memory.buffer).set(bytes, begin);
    return true;
  }

  writeU32(address: number, value: number): boolean {
    if ((address >>> 0) + 4 > this.memory.buffer.byteLength) return false;
    new DataView(this.memory.buffer).setUint32(address >>> 0, value >>> 0, true);
    return true;
  }

  writeU64(address: number, value: bigint): boolean {
    if ((address >>> 0) + 8 > this.memory.buffer.byteLength) return false;
    new DataView(this.memory.buffer).setBigUint64(address >>> 0, BigInt.asUintN(64, value), true);
    return true;
  }

  /**
   * Hands bytes over: in memory that the module allocates, with address and size written where it wants them. Nothing is
   * allocated for no bytes, unless `always` is set. False when there is no memory for it.
   */
  hand(bytes: Uint8Array, addressOut: number, sizeOut: number, always = false): boolean {
    let address = 0;
    if (bytes.length > 0 || always) {
      const allocate = this.function("malloc") ?? this.function("proxy_on_memory_allocate");
      address = allocate?.(bytes.length) ?? 0;
      if (address === 0 || !this.write(address, bytes)) return false;
    }
    return this.writeU32(addressOut, address) && this.writeU32(sizeOut, bytes.length);
  }
}
