import { plain, type Value } from "./json.js";
import { readMessage } from "./protobuf.js";

type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/** The bytes of a `google.protobuf.Struct`. */
export function structOf(value: { [key: string]: Plain }): Buffer {
  return Buffer.concat(
    Object.entries(value).map(([key, member]) =>
      block(0x0a, Buffer.concat([block(0x0a, Buffer.from(key)), block(0x12, valueOf(member))])),
    ),
  );
}

function valueOf(value: Plain): Buffer {
  if (value === null) return Buffer.from([0x08, 0]);
  if (typeof value === "boolean") return Buffer.from([0x20, Number(value)]);
  if (typeof value === "string") return block(0x1a, Buffer.from(value));
  if (Array.isArray(value))
    return block(0x32, Buffer.concat(value.map((item) => block(0x0a, valueOf(item)))));
  if (typeof value === "object") return block(0x2a, structOf(value));
  const bytes = Buffer.alloc(9, 0x11);
  bytes.writeDoubleLE(value, 1);
  return bytes;
}

function block(tag: number, content: Buffer): Buffer {
  const size: number[] = [];
  for (let rest = content.length; ; rest >>= 7) {
    size.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
    if (rest < 0x80) break;
  }
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** Whether a JSON text's value says what the bytes of a Struct do, texts with `?` for what is not ASCII. */
export function sameStruct(value: Value, struct: Buffer): boolean {
  return samePlain(plain(value), membersOf(struct));
}

function membersOf(struct: Buffer): Map<unknown, unknown> {
  const entries = readMessage(struct).fields.map(({ bytes }) => readMessage(bytes).fields);
  return new Map(entries.map(([key, value]) => [shown(key?.bytes), read(value?.bytes ?? Buffer.alloc(0))]));
}

function read(value: Buffer): unknown {
  if (value[0] === 0x08) return null;
  if (value[0] === 0x20) return value[1] !== 0;
  const field = readMessage(value).fields[0];
  if (field === undefined) return undefined;
  if (field.number === 2) return Buffer.from(value.subarray(1)).readDoubleLE();
  if (field.number === 3) return shown(field.bytes);
  if (field.number === 5) return membersOf(field.bytes);
  return readMessage(field.bytes).fields.map(({ bytes }) => read(bytes));
}

const shown = (bytes?: Buffer) => bytes?.toString("latin1").replace(/[\x80-\xff]/g, "?");

/** Numbers may be rounded: those above 2^64 in the 14th digit, and small ones in the 22nd place behind the point. */
function samePlain(found: unknown, wanted: unknown): boolean {
  if (typeof found === "number" && typeof wanted === "number")
    return Math.abs(found - wanted) <= Math.max(Math.abs(wanted) * 1e-13, 1e-22);
  if (Array.isArray(found) && Array.isArray(wanted))
    return found.length === wanted.length && found.every((item, i) => samePlain(item, wanted[i]));
  if (found instanceof Map && wanted instanceof Map)
    return found.size === wanted.size && [...wanted].every(([key, item]) => samePlain(found.get(key), item));
  return found === wanted;
}
