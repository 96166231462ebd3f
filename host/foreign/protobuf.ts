import { concat, toBytes } from "../text.js";

/** The fields of a message by their numbers: the last one of each; undefined for bytes that are no message. */
export function readMessage(bytes: Uint8Array): Map<number, Uint8Array | bigint> | undefined {
  const fields = new Map<number, Uint8Array | bigint>();
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return undefined;
  };
  const slice = (size: number): Uint8Array | undefined => {
    if (at + size > bytes.length) return undefined;
    return bytes.slice(at, (at += size));
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined || tag >> 3n === 0n || tag > 0xffffffffn) return undefined;
    let value: Uint8Array | bigint | undefined;
    const wire = Number(tag & 7n);
    if (wire === 0) value = varint();
    else if (wire === 1) value = slice(8);
    else if (wire === 5) value = slice(4);
    else if (wire === 2) {
      const size = varint();
      value = size === undefined ? undefined : slice(Number(size));
    }
    if (value === undefined) return undefined;
    fields.set(Number(tag >> 3n), value);
  }
  return fields;
}

/** A message of these fields; those without content are left out, as in proto3. */
export function writeMessage(fields: [number, Uint8Array | string | boolean][]): Uint8Array {
  const pieces = fields.flatMap(([field, value]): Uint8Array[] => {
    if (typeof value === "boolean") return value ? [Uint8Array.of(field << 3, 1)] : [];
    const bytes = toBytes(value);
    return bytes.length === 0 ? [] : [Uint8Array.of((field << 3) | 2, ...varintOf(bytes.length)), bytes];
  });
  return concat(pieces);
}

function varintOf(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}
