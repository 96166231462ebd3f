import type { Fields } from "../headers.js";
import type { Bytes, FieldsToSend, Wanted, WantedFields } from "./scenario.js";

/** The bytes that a scenario means. */
export function bytesOf(value: Bytes): Buffer {
  if (typeof value === "string") return Buffer.from(value);
  return "bytes" in value ? Buffer.from(value.bytes, "latin1") : Buffer.from(value.base64, "base64");
}

/** Bytes as Node's HTTP takes and gives them in headers: a character a byte. */
export const onTheWire = (value: Bytes): string => bytesOf(value).toString("latin1");

/** Fields as they are sent, a pair each. */
export function pairsOf(fields: FieldsToSend = {}): [string, string][] {
  return Object.entries(fields).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, onTheWire(value)]),
  );
}

/** A body, or its pieces. */
export function bodyOf(body: Bytes | Bytes[]): Buffer | Buffer[] {
  return Array.isArray(body) ? body.map(bytesOf) : bytesOf(body);
}

/** The body of a message, or its pieces; undefined where it has none. */
export function contentOf({
  body,
  json,
}: {
  body?: Bytes | Bytes[];
  json?: unknown;
}): Buffer | Buffer[] | undefined {
  if (json !== undefined) return Buffer.from(JSON.stringify(json));
  return body === undefined ? undefined : bodyOf(body);
}

/** What is said of a body that is given as JSON. */
export function jsonFields({
  headers,
  json,
}: {
  headers?: FieldsToSend;
  json?: unknown;
}): [string, string][] {
  const names = Object.keys(headers ?? {}).map((name) => name.toLowerCase());
  return json === undefined || names.includes("content-type") ? [] : [["content-type", "application/json"]];
}

/** Whether fields are there with these values, neither more nor fewer. */
export function fitAll(wanted: WantedFields = {}, fields: Fields): boolean {
  return Object.entries(wanted).every(([name, value]) => {
    const [values, all] = [fields.all(name), [value].flat()];
    return (
      all.length === values.length &&
      all.every((one, index) => fits(one, Buffer.from(values[index]!, "latin1")))
    );
  });
}

/** Whether bytes are what a scenario wants. */
export function fits(wanted: Wanted, got: Buffer): boolean {
  if (typeof wanted !== "string" && "matches" in wanted)
    return new RegExp(wanted.matches, "u").test(got.toString());
  return bytesOf(wanted).equals(got);
}

/** Bytes for people: quoted text where they are UTF-8, with `\xNN` for each byte that is not ASCII where they are not. */
export function shown(bytes: Buffer): string {
  const most = 2000;
  const rest = bytes.length > most ? ` and ${bytes.length - most} bytes more` : "";
  const text = bytes.subarray(0, most).toString();
  if (!text.includes("\ufffd")) return JSON.stringify(text) + rest;
  const escaped = [...bytes.subarray(0, most)].map((byte) =>
    byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte).replace(/["\\]/, "\\$&")
      : `\\x${byte.toString(16).padStart(2, "0")}`,
  );
  return `"${escaped.join("")}"${rest}`;
}

export function shownWanted(wanted: Wanted): string {
  if (typeof wanted !== "string" && "matches" in wanted) return `what matches /${wanted.matches}/`;
  return shown(bytesOf(wanted));
}
