import { bytesOf } from "./bytes.js";
import type { Message, MessageField } from "./scenario.js";

const enum Wire {
  Varint = 0,
  Fixed64 = 1,
  Bytes = 2,
  Fixed32 = 5,
}

/** The bytes of a message. (protobuf.dev, "Encoding") */
export function encodeMessage(message: Message): Buffer {
  return Array.isArray(message) ? Buffer.concat(message.map(encodeField)) : bytesOf(message);
}

function encodeField(field: MessageField): Buffer {
  const key = (wire: Wire) => varint(BigInt(field.field) * 8n + BigInt(wire));
  const sized = (bytes: Buffer) => Buffer.concat([key(Wire.Bytes), varint(BigInt(bytes.length)), bytes]);
  if ("varint" in field) return Buffer.concat([key(Wire.Varint), varint(BigInt(field.varint))]);
  if ("fixed32" in field) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(field.fixed32 >>> 0);
    return Buffer.concat([key(Wire.Fixed32), bytes]);
  }
  if ("fixed64" in field) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(field.fixed64)));
    return Buffer.concat([key(Wire.Fixed64), bytes]);
  }
  if ("message" in field) return sized(encodeMessage(field.message));
  return sized("text" in field ? Buffer.from(field.text) : bytesOf(field));
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  // A negative number has the ten bytes of its two's complement.
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/**
 * The fields of a message, as one would write them in a scenario; null where the bytes are none. What has a length is a
 * message where `like` has one, text where it can be, and else a message or bytes.
 */
export function decodeMessage(bytes: Buffer, like?: Message): MessageField[] | null {
  const fields: MessageField[] = [];
  let at = 0;
  const readVarint = (): bigint | null => {
    let value = 0n;
    for (let shift = 0n; shift < 70n && at < bytes.length; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return null;
  };
  const take = (size: number): Buffer | null => {
    if (size > bytes.length - at) return null;
    at += size;
    return bytes.subarray(at - size, at);
  };
  while (at < bytes.length) {
    const key = readVarint();
    if (key === null || key < 8n) return null;
    const field = Number(key >> 3n);
    const wire = Number(key & 7n) as Wire;
    if (wire === Wire.Varint) {
      const value = readVarint();
      if (value === null) return null;
      fields.push({ field, varint: Number(value) });
    } else if (wire === Wire.Fixed32) {
      const found = take(4);
      if (found === null) return null;
      fields.push({ field, fixed32: found.readUInt32LE() });
    } else if (wire === Wire.Fixed64) {
      const found = take(8);
      if (found === null) return null;
      fields.push({ field, fixed64: Number(found.readBigUInt64LE()) });
    } else if (wire === Wire.Bytes) {
      const size = readVarint();
      const found = size === null ? null : take(Number(size));
      if (found === null) return null;
      const before = fields.filter((other) => other.field === field).length;
      fields.push({ field, ...sizedValue(found, likeField(like, field, before)) });
    } else return null;
  }
  return fields;
}

/** The field that stands in the same place, or the last one of its number. */
function likeField(like: Message | undefined, field: number, index: number): MessageField | undefined {
  if (!Array.isArray(like)) return undefined;
  const same = like.filter((other) => other.field === field);
  return same[index] ?? same.at(-1);
}

function sizedValue(
  bytes: Buffer,
  like: MessageField | undefined,
): { text: string } | { base64: string } | { message: MessageField[] } {
  if (like !== undefined && "message" in like) {
    const message = decodeMessage(bytes, like.message);
    if (message !== null) return { message };
  }
  const text = bytes.toString();
  if (!/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text)) return { text };
  const message = decodeMessage(bytes);
  return message === null ? { base64: bytes.toString("base64") } : { message };
}

/** A message for people: its fields, one a line, deeper ones further in. */
export function shownMessage(bytes: Buffer, like?: Message): string {
  const fields = decodeMessage(bytes, like);
  if (fields === null) return `no message: ${bytes.toString("base64")} in base64`;
  return fields.length === 0 ? "a message without fields" : linesOf(fields, "").join("\n");
}

function linesOf(fields: MessageField[], indent: string): string[] {
  return fields.flatMap((entry) => {
    const { field, ...value } = entry;
    if ("message" in entry) return [`${indent}${field}: message`, ...linesOf(entry.message, `${indent}  `)];
    const [[kind, content]] = Object.entries(value) as [[string, unknown]];
    return [`${indent}${field}: ${kind} ${JSON.stringify(content)}`];
  });
}
