/** Names and values in the format in which header maps and lists cross the boundary; text is Latin-1, byte for byte. */
export type Pairs = [name: string, value: string][];

/** `u32 count | (u32 nameSize, u32 valueSize) x count | (name NUL value NUL) x count` */
export function encodePairs(pairs: Pairs): Uint8Array {
  const numbers = Buffer.alloc(4 + pairs.length * 8);
  numbers.writeUInt32LE(pairs.length);
  const texts = pairs.flat().map((text) => Buffer.from(text, "latin1"));
  texts.forEach((text, i) => numbers.writeUInt32LE(text.length, 4 + i * 4));
  return Buffer.concat([numbers, ...texts.flatMap((text) => [text, Buffer.of(0)])]);
}

/** Throws for a block that a host would take for an empty one. */
export function decodePairs(block: Uint8Array): Pairs {
  if (block.length === 0) return [];
  const bytes = Buffer.from(block);
  const count = bytes.readUInt32LE();
  let text = 4 + count * 8;
  const next = (size: number): string => {
    if (bytes[text + size] !== 0) throw new Error("a block of pairs whose sizes do not add up");
    const value = bytes.toString("latin1", text, text + size);
    text += size + 1;
    return value;
  };
  const pairs: Pairs = [];
  for (let i = 0; i < count; i++) {
    pairs.push([next(bytes.readUInt32LE(4 + i * 8)), next(bytes.readUInt32LE(8 + i * 8))]);
  }
  if (text !== bytes.length) throw new Error("a block of pairs with something behind its end");
  return pairs;
}
