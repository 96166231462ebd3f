import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compilePlugin } from "../../cli/compile.js";
import { root } from "../../cli/root.js";

type Argument = number | Uint8Array;

/** What the host does when a function of its own is called: the result, or null where it has no such function. */
type ForeignFunction = (name: string, args: Buffer) => Buffer | null;

const OK = 0;
const NOT_FOUND = 1;

/** A module of `fixtures/`, whose functions take bytes as an address and a length. */
export class TestModule {
  private calls = 0;

  private constructor(private readonly exports: Record<string, (...args: number[]) => number>) {}

  /**
   * Compiles a fixture as plugins are compiled; what was made from the same inputs is taken as it is. Without `foreign`
   * the host has no foreign functions.
   */
  static async load(name: string, foreign?: ForeignFunction): Promise<TestModule> {
    const folder = join(root, "tests", "crypto", "fixtures", name);
    const { file } = await compilePlugin(folder, join(root, "build", "crypto-tests"));
    const module = new WebAssembly.Module(await readFile(file));
    const log: string[] = [];
    const instance: WebAssembly.Instance = new WebAssembly.Instance(module, {
      env: {
        proxy_log: (_level: number, data: number, size: number) => {
          log.push(Buffer.from(memory().buffer, data, size).toString());
          return 0;
        },
        proxy_get_log_level: () => 1,
        proxy_set_effective_context: () => OK,
        proxy_call_foreign_function: (
          name: number,
          nameSize: number,
          args: number,
          argsSize: number,
          dataOut: number,
          sizeOut: number,
        ) => {
          const given = Buffer.from(memory().buffer).subarray(args, args + argsSize);
          const called = Buffer.from(memory().buffer, name, nameSize).toString();
          const result = foreign?.(called, given) ?? null;
          if (result === null) return NOT_FOUND;
          const allocate = instance.exports["proxy_on_memory_allocate"] as (size: number) => number;
          const data = allocate(result.length);
          new Uint8Array(memory().buffer, data).set(result);
          new DataView(memory().buffer).setUint32(dataOut, data, true);
          new DataView(memory().buffer).setUint32(sizeOut, result.length, true);
          return OK;
        },
      },
      wasi_snapshot_preview1: { clock_time_get: () => 52 },
    });
    const memory = () => instance.exports["memory"] as WebAssembly.Memory;
    (instance.exports["_initialize"] as () => void)();
    return new TestModule(instance.exports as Record<string, (...args: number[]) => number>);
  }

  /** Puts bytes into the module's memory, to be passed as often as wanted; they stay there. */
  place(bytes: Uint8Array): [number, number] {
    const data = this.exports["room"]!(bytes.length);
    this.memory(data, bytes.length).set(bytes);
    return [data, bytes.length];
  }

  /** The function behind a name, for calls whose arguments were placed before. */
  raw(name: string): (...args: number[]) => number {
    return this.exports[name]!;
  }

  /** Calls a function; bytes are placed before and freed afterwards. A trap throws. */
  call(name: string, ...args: Argument[]): number {
    if (this.calls++ % 64 === 0) this.exports["collect"]!();
    const placed: number[] = [];
    const flat = args.flatMap((arg) => {
      if (typeof arg === "number") return [arg];
      const [data, size] = this.place(arg);
      placed.push(data);
      return [data, size];
    });
    const result = this.exports[name]!(...flat);
    for (const data of placed) this.exports["free"]!(data);
    return result;
  }

  /** Whether a function says yes. */
  says(name: string, ...args: Argument[]): boolean {
    return this.call(name, ...args) !== 0;
  }

  /** A copy of the bytes at the address that a function gives back. */
  bytes(size: number, name: string, ...args: Argument[]): Buffer {
    return Buffer.from(this.memory(this.call(name, ...args), size));
  }

  private memory(data: number, size: number): Uint8Array {
    const memory = (this.exports as unknown as { memory: WebAssembly.Memory }).memory;
    return new Uint8Array(memory.buffer, data, size);
  }
}
