import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compilePlugin } from "../../cli/compile.js";
import { testModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";

interface Exports {
  memory: WebAssembly.Memory;
  take(size: number): number;
  outAt(): number;
  compile(patternSize: number, replacementSize: number): number;
  replaceAll(size: number): number;
}

/** The SDK's regular expressions, called from Node. */
export class RegexModule {
  private constructor(private readonly exports: Exports) {}

  static async load(): Promise<RegexModule> {
    const { file } = await compilePlugin(join(root, "tests", "plugins", "fixtures", "regex"), testModules);
    const module = await WebAssembly.compile(await readFile(file));
    const imports: Record<string, Record<string, () => number>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module))
      (imports[from] ??= {})[name] = () => 0;
    const { exports } = await WebAssembly.instantiate(module, imports);
    (exports as unknown as { _initialize(): void })._initialize();
    return new RegexModule(exports as unknown as Exports);
  }

  /** What is wrong with a pattern and a replacement; "" where nothing is. */
  compile(pattern: string, replacement = "<\\0>"): string {
    const [first, second] = [Buffer.from(pattern), Buffer.from(replacement)];
    this.give(Buffer.concat([first, second]));
    return this.result(this.exports.compile(first.length, second.length)).toString();
  }

  /** A text with all matches of what was compiled last replaced; null where nothing matched. */
  replaceAll(text: string | Uint8Array): string | null {
    const bytes = Buffer.from(text);
    this.give(bytes);
    const size = this.exports.replaceAll(bytes.length);
    return size < 0 ? null : this.result(size).toString();
  }

  private give(bytes: Uint8Array): void {
    const at = this.exports.take(bytes.length);
    new Uint8Array(this.exports.memory.buffer).set(bytes, at);
  }

  private result(size: number): Buffer {
    const at = this.exports.outAt();
    return Buffer.from(this.exports.memory.buffer.slice(at, at + size));
  }
}
