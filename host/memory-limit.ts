/** The most memory that Envoy gives a module, in pages of 64 KiB: 1 GiB. (cpp-host, `limits.h`) */
export const mostPages = 16384;

const memorySection = 5;

/**
 * The same module with a memory that grows no further than Envoy lets it. A module that defines no memory, or one that
 * has a lower bound of its own, stays as it is.
 */
export function limitMemory(wasm: Uint8Array): Uint8Array {
  let offset = 8;
  while (offset < wasm.length) {
    const id = wasm[offset];
    const size = readNumber(wasm, offset + 1);
    const end = size.next + size.value;
    if (id !== memorySection) {
      offset = end;
      continue;
    }
    const limited = limitedSection(wasm, size.next);
    if (limited === undefined) return wasm;
    const section = [memorySection, ...writeNumber(limited.length), ...limited];
    const result = new Uint8Array(offset + section.length + wasm.length - end);
    result.set(wasm.subarray(0, offset));
    result.set(section, offset);
    result.set(wasm.subarray(end), offset + section.length);
    return result;
  }
  return wasm;
}

/** One memory with the bound; undefined when there is none, or when its own bound is as low. */
function limitedSection(wasm: Uint8Array, offset: number): number[] | undefined {
  const count = readNumber(wasm, offset);
  if (count.value !== 1) return undefined;
  const flags = wasm[count.next] ?? 0;
  // Anything but a plain memory, shared ones say, has bounds of its own.
  if (flags > 1) return undefined;
  const initial = readNumber(wasm, count.next + 1);
  if (initial.value > mostPages) return undefined;
  if (flags === 1 && readNumber(wasm, initial.next).value <= mostPages) return undefined;
  return [1, 1, ...writeNumber(initial.value), ...writeNumber(mostPages)];
}

function readNumber(bytes: Uint8Array, offset: number): { value: number; next: number } {
  let value = 0;
  let at = offset;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: at };
  }
}

function writeNumber(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const more = rest > 0x7f;
    bytes.push((rest & 0x7f) | (more ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}
