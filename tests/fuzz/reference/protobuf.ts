/** A field of a message as it was written. */
export interface Field {
  number: number;
  type: number;
  /** A number; of bytes, how many they are. */
  value: bigint;
  bytes: Buffer;
}

/** The fields of a message up to where it is none. (Protocol Buffers, 'Encoding'; groups are not taken) */
export function readMessage(message: Buffer): { fields: Field[]; sound: boolean } {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint | null => {
    let value = 0n;
    for (let shift = 0n; shift < 70n && at < message.length; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return null;
  };
  while (at < message.length) {
    const tag = varint();
    if (tag === null || tag > 0xffffffffn || tag < 8n) return { fields, sound: false };
    const [number, type] = [Number(tag >> 3n), Number(tag & 7n)];
    let value: bigint | null = null;
    let bytes = Buffer.alloc(0);
    if (type === 0 || type === 2) value = varint();
    else if (type === 1 || type === 5) {
      const size = type === 1 ? 8 : 4;
      if (at + size <= message.length)
        value = type === 1 ? message.readBigUInt64LE(at) : BigInt(message.readUInt32LE(at));
      at += size;
    }
    if (value === null) return { fields, sound: false };
    if (type === 2) {
      if (value > BigInt(message.length - at)) return { fields, sound: false };
      bytes = message.subarray(at, at + Number(value)) as Buffer<ArrayBuffer>;
      at += Number(value);
    }
    fields.push({ number, type, value, bytes });
  }
  return { fields, sound: true };
}
