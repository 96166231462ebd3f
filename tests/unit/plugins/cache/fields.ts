import { FieldBlock, Slice, dataOf, sizeOf, slice, utf8Slice } from "as-proxy-wasm";

/** A block of fields, written as `name: value` each, that stays where it is. */
export function fields(lines: string[]): Slice {
  const block = new FieldBlock(lines.length);
  for (let i = 0; i < lines.length; i++) {
    const colon = lines[i].indexOf(": ");
    block.add(copied(lines[i].substring(0, colon)), copied(lines[i].substring(colon + 2)));
  }
  const built = block.build();
  const data = heap.alloc(sizeOf(built));
  memory.copy(data, dataOf(built), sizeOf(built));
  return slice(data, sizeOf(built));
}

/** Text as UTF-8 that stays where it is. */
export function copied(text: string): Slice {
  const bytes = utf8Slice(text);
  const data = heap.alloc(sizeOf(bytes) + 1);
  memory.copy(data, dataOf(bytes), sizeOf(bytes));
  return slice(data, sizeOf(bytes));
}
