import { blocksOf, countReached, reachedBits, reachedOf } from "./coverage.js";
import type { FuzzedModule } from "./module.js";

const WASM_PAGE = 65536;
/** So much memory is between the heap and the inputs; the heap of a parser never comes near. */
const ROOM_PAGES = 96;
/** The inputs end where the memory does, and are not longer than this. */
const LARGEST_INPUT = WASM_PAGE;
const MARK = 0xa5;

/** What a parser wrote down of an input, read from front to back. */
export class Result {
  private at: number;
  private readonly end: number;

  constructor(
    private readonly memory: Buffer,
    place: number,
    size: number,
  ) {
    this.at = place;
    this.end = place + size;
  }

  get more(): boolean {
    return this.at < this.end;
  }

  byte(): number {
    return this.memory[this.at++]!;
  }

  size(): number {
    this.at += 4;
    return this.memory.readUInt32LE(this.at - 4);
  }

  integer(): bigint {
    this.at += 8;
    return this.memory.readBigInt64LE(this.at - 8);
  }

  double(): number {
    this.at += 8;
    return this.memory.readDoubleLE(this.at - 8);
  }

  bytes(): Buffer {
    const size = this.size();
    this.at += size;
    if (this.at > this.end) throw new Error("a result that is shorter than it says");
    return this.memory.subarray(this.at - size, this.at);
  }

  /** Bytes as text with a character a byte. */
  latin1(): string {
    return this.bytes().toString("latin1");
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  /** UTF-16 units. */
  units(): string {
    const size = this.size() * 2;
    this.at += size;
    return this.memory.toString("utf16le", this.at - size, this.at);
  }
}

type Export = (data: number, size: number) => number;

/**
 * The parsers in a VM of their own. Inputs lie at the very end of its memory: whoever reads a byte too many traps. What
 * lies before them changes, and must not change what they are taken for.
 */
export class Target {
  /** Which properties the host was asked for during the last call. */
  readonly asked: string[] = [];
  private readonly exports: Record<string, Export>;
  private readonly memory: Buffer;
  private readonly size: number;
  private readonly reachedNow: () => number;
  private readonly place: number;

  constructor(private readonly fuzzed: FuzzedModule) {
    const imports: WebAssembly.Imports = {};
    for (const { module, name } of WebAssembly.Module.imports(fuzzed.module))
      (imports[module] ??= {})[name] = () => 0;
    imports["env"] = {
      ...imports["env"],
      proxy_get_property: (path: number, size: number) => this.ask(path, size),
    };
    const instance = new WebAssembly.Instance(fuzzed.module, imports);
    this.exports = instance.exports as Record<string, Export>;
    const memory = instance.exports["memory"] as WebAssembly.Memory;
    (this.exports["_initialize"] as unknown as () => void)();
    memory.grow(ROOM_PAGES);
    this.size = memory.buffer.byteLength;
    this.memory = Buffer.from(memory.buffer);
    this.memory.fill(MARK, this.size - LARGEST_INPUT - WASM_PAGE, this.size - LARGEST_INPUT);
    this.reachedNow = reachedOf(instance.exports);
    this.place = (this.exports["resultAt"] as unknown as () => number)();
  }

  /** How many blocks ran so far. */
  get reached(): number {
    return this.reachedNow();
  }

  /** Gives a parser an input, behind a byte of another's; its verdict. A trap throws. */
  run(parser: string, input: Uint8Array, before: number): number {
    this.asked.length = 0;
    const at = this.size - input.length;
    this.memory.fill(before, at - 32, at);
    this.memory.set(input, at);
    return this.exports[parser]!(at, input.length);
  }

  /** What the last call wrote down. */
  get result(): Result {
    return new Result(this.memory, this.place, (this.exports["resultSize"] as unknown as () => number)());
  }

  /** A copy of that, as bytes. */
  get resultBytes(): Buffer {
    const size = (this.exports["resultSize"] as unknown as () => number)();
    return Buffer.from(this.memory.subarray(this.place, this.place + size));
  }

  /** Throws where the memory grew, which the heap of no parser needs, or where something was written near the inputs. */
  checkMemory(): void {
    const { buffer } = (this.exports as unknown as { memory: WebAssembly.Memory }).memory;
    if (buffer.byteLength !== this.size) throw new Error(`the memory grew to ${buffer.byteLength} bytes`);
    const marks = this.memory.subarray(this.size - LARGEST_INPUT - WASM_PAGE, this.size - LARGEST_INPUT);
    if (marks.some((byte) => byte !== MARK)) throw new Error("the heap came to where the inputs are");
  }

  /** How many blocks a parser can come to, and to how many of them it came. */
  coverage(parser: string): { blocks: number; reached: number } {
    const blocks = blocksOf(this.fuzzed.blocks, parser);
    return {
      blocks: blocks.length,
      reached: countReached(reachedBits(this.exports, this.fuzzed.blocks), blocks),
    };
  }

  private ask(path: number, size: number): number {
    this.asked.push(this.memory.toString("latin1", path, path + size));
    return 1;
  }
}
