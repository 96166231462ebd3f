import { type AbiVersion, abiVersionOf, loadFailures } from "./linking.js";
import { LoadError } from "./load-error.js";
import { faultOfNames } from "./names.js";
import { limitMemory, mostPages } from "./memory-limit.js";
import { inspect, type Limits, type WasmModule } from "./module.js";

/** A module that was checked as Envoy checks it, ready to be instantiated any number of times. */
export interface Guest {
  module: WebAssembly.Module;
  abiVersion: AbiVersion;
  /** Whether code runs while an instance is made. */
  hasStart: boolean;
  /** What a memory is made with that the module imports. */
  memory: Limits;
  /** What each table is made with that it imports. */
  tables: Limits[];
  /** How many bytes further on its code is than in the binary that was given. */
  codeShift: number;
}

/** What is known of a compiled module that was checked before. */
const checked = new WeakMap<WebAssembly.Module, Guest>();

/** Checks a binary and compiles it. One that was compiled elsewhere can be checked for its names alone. */
export async function loadGuest(wasm: Uint8Array | WebAssembly.Module): Promise<Guest> {
  if (wasm instanceof WebAssembly.Module) return checked.get(wasm) ?? loadCompiled(wasm);
  let sections: WasmModule;
  try {
    sections = inspect(wasm);
  } catch (error) {
    throw new LoadError([`Failed to load Wasm code (${(error as Error).message})`]);
  }
  const reasons = loadFailures(sections);
  if (reasons.length > 0) throw new LoadError(reasons);
  const fault = faultOfNames(wasm);
  if (fault !== null) {
    throw new LoadError([
      `Failed to parse corrupted Wasm module (${fault}: strip the names, or build the module anew)`,
    ]);
  }
  const memory = sections.memory ?? { initial: 0 };
  if (memory.initial > mostPages) {
    throw new LoadError([
      `Failed to create new Wasm instance (its memory of ${memory.initial} pages is more than the ${mostPages} that hosts give)`,
    ]);
  }
  try {
    const limited = limitMemory(wasm);
    const module = await WebAssembly.compile(limited as BufferSource);
    const abiVersion = abiVersionOf(sections.exports.map(({ name }) => name))!;
    const guest = {
      module,
      abiVersion,
      hasStart: sections.hasStart,
      memory,
      tables: sections.importedTables,
      codeShift: limited.length - wasm.length,
    };
    checked.set(module, guest);
    return guest;
  } catch (error) {
    throw new LoadError([`Failed to load Wasm bytecode (${(error as Error).message})`]);
  }
}

function loadCompiled(module: WebAssembly.Module): Guest {
  const named: WasmModule = {
    imports: WebAssembly.Module.imports(module),
    exports: WebAssembly.Module.exports(module),
    hasStart: false,
    customSections: [],
    importedTables: [],
  };
  const reasons = loadFailures(named).filter((reason) => !reason.includes("import type mismatch"));
  if (reasons.length > 0) throw new LoadError(reasons);
  const abiVersion = abiVersionOf(named.exports.map(({ name }) => name))!;
  const memory = { initial: 1, maximum: mostPages };
  const tables = named.imports.filter(({ kind }) => kind === "table").map(() => ({ initial: 0 }));
  return { module, abiVersion, hasStart: false, memory, tables, codeShift: 0 };
}
