export interface Import {
  module: string;
  name: string;
  kind: Kind;
  /** `i32 i32 -> i32` of a function. */
  signature?: string;
}

export interface Export {
  name: string;
  kind: Kind;
  signature?: string;
}

export type Kind = "function" | "table" | "memory" | "global" | "tag";

/** A WebAssembly binary as a host sees it before it loads it. */
export interface WasmModule {
  imports: Import[];
  exports: Export[];
  /** A start section: code that runs while the host makes the instance. */
  hasStart: boolean;
  customSections: string[];
  /** Pages of 64 KiB at the start and at most; absent when the module neither defines nor imports a memory. */
  memory?: Limits;
  /** How many entries each imported table has, in their order. */
  importedTables: Limits[];
}

export interface Limits {
  initial: number;
  maximum?: number;
  /** For several threads. */
  shared?: true;
  /** Addressed by 64 bits. */
  is64?: true;
}

const kinds: Kind[] = ["function", "table", "memory", "global", "tag"];
const valueTypes = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
  [0x6f, "externref"],
]);

class Reader {
  offset = 0;
  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.offset >= this.bytes.length;
  }
  byte(): number {
    const byte = this.bytes[this.offset++];
    if (byte === undefined) throw new Error("not a WebAssembly module: it ends in the middle of a section");
    return byte;
  }
  /** An unsigned LEB128 number. Sizes above 2^53 do not occur: no module is that large. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
      if (shift > 56) throw new Error("not a WebAssembly module: a number of more than ten bytes");
    }
  }
  slice(length: number): Uint8Array {
    if (this.offset + length > this.bytes.length) {
      throw new Error("not a WebAssembly module: a section is longer than the file");
    }
    return this.bytes.subarray(this.offset, (this.offset += length));
  }
  text(): string {
    return new TextDecoder().decode(this.slice(this.number()));
  }
  list<T>(item: () => T): T[] {
    return Array.from({ length: this.number() }, item);
  }
  valueType(): string {
    const byte = this.byte();
    // A reference to a type of the module's own.
    if (byte === 0x63 || byte === 0x64) return `(ref ${byte === 0x63 ? "null " : ""}${this.number()})`;
    return valueTypes.get(byte) ?? `type 0x${byte.toString(16)}`;
  }
  limits(): Limits {
    const flags = this.byte();
    const limits: Limits = { initial: this.number() };
    if (flags & 1) limits.maximum = this.number();
    if (flags & 2) limits.shared = true;
    if (flags & 4) limits.is64 = true;
    if (flags & 8) this.number(); // the size of a page
    return limits;
  }
}

/** Reads a binary's sections. Throws with a sentence when the bytes are not a WebAssembly module. */
export function inspect(bytes: Uint8Array): WasmModule {
  const magic = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (magic !== "0061736d01000000") {
    throw new Error(`not a WebAssembly module: it starts with ${magic || "nothing"}`);
  }
  const reader = new Reader(bytes);
  reader.offset = 8;
  const types: string[] = [];
  const functions: (string | undefined)[] = [];
  const result: WasmModule = {
    imports: [],
    exports: [],
    hasStart: false,
    customSections: [],
    importedTables: [],
  };
  while (!reader.done) {
    const id = reader.byte();
    const section = new Reader(reader.slice(reader.number()));
    if (id === 0) result.customSections.push(section.text());
    else if (id === 1) types.push(...section.list(() => readTypes(section)).flat());
    else if (id === 2)
      result.imports.push(...section.list(() => readImport(section, types, functions, result)));
    else if (id === 3) functions.push(...section.list(() => types[section.number()]));
    else if (id === 5) result.memory = section.list(() => section.limits())[0] ?? { initial: 0 };
    else if (id === 7) result.exports.push(...section.list(() => readExport(section, functions)));
    else if (id === 8) result.hasStart = true;
  }
  return result;
}

/** A type, or a group of types that know each other. */
function readTypes(section: Reader): string[] {
  const form = section.byte();
  if (form === 0x4e) return section.list(() => readType(section, section.byte()));
  return [readType(section, form)];
}

/** The signature of a function; of other types only what they are. */
function readType(section: Reader, form: number): string {
  if (form === 0x60) {
    const params = section.list(() => section.valueType());
    const results = section.list(() => section.valueType());
    return [...params, "->", ...results].join(" ");
  }
  if (form === 0x5e) return `array of ${readField(section)}`;
  if (form === 0x5f) return `struct of ${section.list(() => readField(section)).join(" ")}`;
  if (form === 0x4f || form === 0x50) {
    section.list(() => section.number()); // what it is a kind of
    return readType(section, section.byte());
  }
  throw new Error(`a type of the unknown form 0x${form.toString(16)}`);
}

function readField(section: Reader): string {
  const type = section.valueType();
  section.byte(); // whether it changes
  return type;
}

function readKind(section: Reader): Kind {
  const byte = section.byte();
  const kind = kinds[byte];
  if (kind === undefined) throw new Error(`an import or export of the unknown kind 0x${byte.toString(16)}`);
  return kind;
}

function readImport(
  section: Reader,
  types: string[],
  functions: (string | undefined)[],
  result: WasmModule,
): Import {
  const module = section.text();
  const name = section.text();
  const kind = readKind(section);
  if (kind === "function") {
    const signature = types[section.number()];
    functions.push(signature);
    return { module, name, kind, ...(signature !== undefined && { signature }) };
  }
  if (kind === "memory") result.memory = section.limits();
  else if (kind === "table") {
    section.valueType();
    result.importedTables.push(section.limits());
  } else if (kind === "global") {
    section.valueType();
    section.byte();
  } else {
    section.byte();
    section.number();
  }
  return { module, name, kind };
}

function readExport(section: Reader, functions: (string | undefined)[]): Export {
  const name = section.text();
  const kind = readKind(section);
  const index = section.number();
  const signature = kind === "function" ? functions[index] : undefined;
  return { name, kind, ...(signature !== undefined && { signature }) };
}
