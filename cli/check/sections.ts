/** What a module's bytes go to. */
export interface Contents {
  code: number;
  data: number;
  /** Names of functions and locals, for the traces of traps. */
  names: number;
  /** DWARF and source map sections. */
  debug: number;
  /** Custom sections of other kinds. */
  custom: number;
  /** Types, imports, exports, tables. */
  rest: number;
  functions: number;
}

const code = 10;
const data = 11;

/** Sums up the sections of a module whose sections can be read. */
export function contentsOf(wasm: Uint8Array): Contents {
  const contents: Contents = { code: 0, data: 0, names: 0, debug: 0, custom: 0, rest: 8, functions: 0 };
  let offset = 8;
  while (offset < wasm.length) {
    const id = wasm[offset];
    const [size, begin] = numberAt(wasm, offset + 1);
    const whole = begin + size - offset;
    if (id === 0) contents[kindOf(wasm, begin)] += whole;
    else if (id === code) {
      contents.code += whole;
      [contents.functions] = numberAt(wasm, begin);
    } else if (id === data) contents.data += whole;
    else contents.rest += whole;
    offset = begin + size;
  }
  return contents;
}

function kindOf(wasm: Uint8Array, begin: number): "names" | "debug" | "custom" {
  const [length, at] = numberAt(wasm, begin);
  const name = Buffer.from(wasm.subarray(at, at + length)).toString();
  if (name === "name") return "names";
  return name.startsWith(".debug_") || /^(sourceMappingURL|external_debug_info)$/.test(name)
    ? "debug"
    : "custom";
}

/** An unsigned LEB128 number, and where the next byte is. */
export function numberAt(bytes: Uint8Array, offset: number): [value: number, next: number] {
  let value = 0;
  for (let at = offset, scale = 1; ; at++, scale *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, at + 1];
  }
}
