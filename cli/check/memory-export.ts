import { inspect } from "../../host/module.js";

const memoryKind = 2;
const exportSection = 7;
const memorySection = 5;

/**
 * The same module with its memory exported; one of its own where it has none. Envoy loads a module without one, which
 * the embedded host does not: what else there is about it is seen in this form.
 */
export function withMemory(wasm: Uint8Array): Uint8Array {
  const module = readable(wasm);
  if (module === null || module.exports.some(({ kind }) => kind === "memory")) return wasm;
  const exported = extended(wasm, exportSection, [6, ...Buffer.from("memory"), memoryKind, 0]);
  return module.memory === undefined ? extended(exported, memorySection, [0, 1]) : exported;
}

function readable(wasm: Uint8Array): ReturnType<typeof inspect> | null {
  try {
    return inspect(wasm);
  } catch {
    return null;
  }
}

/** One entry more at the end of a section, or a section with this entry. */
function extended(wasm: Uint8Array, wanted: number, entry: number[]): Uint8Array {
  let offset = 8;
  while (offset < wasm.length) {
    const id = wasm[offset]!;
    const [size, begin] = numberAt(wasm, offset + 1);
    const end = begin + size;
    if (id === wanted) {
      const [count, items] = numberAt(wasm, begin);
      const content = [...numberOf(count + 1), ...wasm.subarray(items, end), ...entry];
      return Buffer.concat([wasm.subarray(0, offset), sectionOf(id, content), wasm.subarray(end)]);
    }
    // Custom sections lie anywhere; the others are in the order of their numbers.
    if (id !== 0 && id > wanted) break;
    offset = end;
  }
  const section = sectionOf(wanted, [1, ...entry]);
  return Buffer.concat([wasm.subarray(0, offset), section, wasm.subarray(offset)]);
}

const sectionOf = (id: number, content: number[]) =>
  Buffer.from([id, ...numberOf(content.length), ...content]);

function numberOf(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...numberOf(Math.floor(value / 128))];
}

function numberAt(bytes: Uint8Array, offset: number): [value: number, next: number] {
  let value = 0;
  for (let at = offset, scale = 1; ; at++, scale *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, at + 1];
  }
}
