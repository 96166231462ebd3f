/**
 * What is wrong with the section of names; null when hosts can read it. Engines take a module whatever is in there, and
 * proxies do not: they read the names of functions themselves, for the traces of traps. (cpp-host, `src/bytecode_util.cc`)
 */
export function faultOfNames(wasm: Uint8Array): string | null {
  let offset = 8;
  while (offset < wasm.length) {
    const isCustom = wasm[offset] === 0;
    const size = read(wasm, offset + 1);
    if (size === null) return null; // what reads the sections tells
    const end = size.next + size.value;
    if (isCustom && end <= wasm.length) {
      const fault = faultOfCustom(wasm, size.next, end);
      if (fault !== null) return fault;
    }
    offset = end;
  }
  return null;
}

function faultOfCustom(wasm: Uint8Array, offset: number, end: number): string | null {
  const length = read(wasm, offset);
  if (length === null || length.next + length.value > end) return "the name of a custom section is cut";
  const begin = length.next + length.value;
  const name = new TextDecoder().decode(wasm.subarray(length.next, begin));
  return name === "name" ? faultOfParts(wasm, begin, end) : null;
}

const ofFunctions = 1;

function faultOfParts(wasm: Uint8Array, begin: number, end: number): string | null {
  let offset = begin;
  while (offset < end) {
    const kind = wasm[offset];
    const size = read(wasm, offset + 1);
    if (size === null) return "the section of names is cut";
    offset = size.next + size.value;
    if (kind === ofFunctions && !isNameMap(wasm, size.next, offset))
      return "the names of functions do not fill their part of the section";
  }
  return null;
}

/** Whether there are as many names as are announced, and nothing behind them. */
function isNameMap(wasm: Uint8Array, begin: number, end: number): boolean {
  const count = read(wasm, begin);
  if (count === null) return false;
  let offset = count.next;
  for (let i = 0; i < count.value; i++) {
    const index = read(wasm, offset);
    const length = index && read(wasm, index.next);
    if (!length || length.next + length.value > wasm.length) return false;
    offset = length.next + length.value;
  }
  return offset === end;
}

/** An unsigned LEB128 number of 32 bits; null when the bytes end in it. */
function read(bytes: Uint8Array, offset: number): { value: number; next: number } | null {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: offset + i + 1 };
  }
  return null;
}

/** The names of functions by their indices, of a section of names that hosts can read. */
export function functionNames(section: Uint8Array): Map<number, string> {
  const names = new Map<number, string>();
  for (let offset = 0; offset < section.length;) {
    const kind = section[offset];
    const size = read(section, offset + 1);
    if (size === null) break;
    offset = size.next + size.value;
    if (kind === ofFunctions) addNames(names, section, size.next);
  }
  return names;
}

function addNames(names: Map<number, string>, section: Uint8Array, begin: number): void {
  const count = read(section, begin);
  let offset = count?.next ?? 0;
  for (let i = 0; i < (count?.value ?? 0); i++) {
    const index = read(section, offset);
    const length = index && read(section, index.next);
    if (!length) return;
    offset = length.next + length.value;
    names.set(index.value, new TextDecoder().decode(section.subarray(length.next, offset)));
  }
}
