import { concat } from "./text.js";

/** The most that a host takes from a module: above it the block counts as empty. (cpp-host, `limits.h`) */
const largestCount = 1024;
const largestSize = 1024 * 1024;

export type Pair = readonly [name: Uint8Array, value: Uint8Array];

/** The pairs format: `u32 count | (u32 nameSize, u32 valueSize)... | (name NUL value NUL)...`, little endian. */
export function encodePairs(pairs: readonly Pair[]): Uint8Array {
  const head = new DataView(new ArrayBuffer(4 + 8 * pairs.length));
  head.setUint32(0, pairs.length, true);
  const nul = new Uint8Array(1);
  const text: Uint8Array[] = [];
  pairs.forEach(([name, value], i) => {
    head.setUint32(4 + 8 * i, name.length, true);
    head.setUint32(8 + 8 * i, value.length, true);
    text.push(name, nul, value, nul);
  });
  return concat([new Uint8Array(head.buffer), ...text]);
}

/** As Envoy reads them: whatever is malformed or too large is no pairs at all, and no error. */
export function decodePairs(block: Uint8Array): Pair[] {
  if (block.length < 4 || block.length > largestSize) return [];
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const count = view.getUint32(0, true);
  if (count > largestCount || 4 + 8 * count > block.length) return [];
  const pairs: Pair[] = [];
  let at = 4 + 8 * count;
  for (let i = 0; i < count; i++) {
    const nameSize = view.getUint32(4 + 8 * i, true);
    const valueSize = view.getUint32(8 + 8 * i, true);
    const valueAt = at + nameSize + 1;
    const end = valueAt + valueSize + 1;
    if (end > block.length || block[valueAt - 1] !== 0 || block[end - 1] !== 0) return [];
    pairs.push([block.slice(at, at + nameSize), block.slice(valueAt, end - 1)]);
    at = end;
  }
  return at === block.length ? pairs : [];
}
