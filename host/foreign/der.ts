/** A value of ASN.1's distinguished encoding: its tag, and what is in it. */
export interface Der {
  tag: number;
  content: Uint8Array;
}

export const derTag = { integer: 0x02, bits: 0x03, bytes: 0x04, oid: 0x06, sequence: 0x30 } as const;

/** The values that follow each other; undefined for bytes that are none. */
export function readDer(bytes: Uint8Array): Der[] | undefined {
  const values: Der[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    let size = bytes[at++];
    if (size === undefined || size === 0x80) return undefined;
    if (size > 0x80) {
      const digits = size - 0x80;
      if (digits > 4) return undefined;
      size = 0;
      for (let i = 0; i < digits; i++) size = size * 256 + (bytes[at++] ?? 0);
    }
    if (at + size > bytes.length) return undefined;
    values.push({ tag, content: bytes.slice(at, at + size) });
    at += size;
  }
  return values;
}

/** The values within the only value that there is, a sequence. */
export function readSequence(bytes: Uint8Array): Der[] | undefined {
  const [outer, ...more] = readDer(bytes) ?? [];
  if (outer?.tag !== derTag.sequence || more.length > 0) return undefined;
  return readDer(outer.content);
}

/** A number, big endian. */
export function numberOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** A number in so many bytes, big endian. */
export function bytesOf(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = value;
  for (let i = size - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** Bytes in hexadecimal, by which object identifiers are told apart. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
