import { type Pair, decodePairs, encodePairs } from "./pairs.js";
import { type TextOrBytes, concat, toBytes, toText } from "./text.js";

/** `[[name, value], ...]`, as people write headers. */
export type HeaderList = readonly (readonly [name: TextOrBytes, value: TextOrBytes])[];

const comma = toBytes(",");

/** Header or trailer fields in their order. Names are in lower case, as Envoy keeps them. */
export class HeaderMap {
  private fields: { name: string; value: Uint8Array }[] = [];

  constructor(list: HeaderList = []) {
    for (const [name, value] of list) this.add(toText(name), toBytes(value));
  }

  get(name: string): Uint8Array | undefined {
    const wanted = name.toLowerCase();
    return this.fields.find((field) => field.name === wanted)?.value;
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : toText(value);
  }

  /** All values of a name, joined by commas, as Envoy's attributes have them. */
  joined(name: string): Uint8Array | undefined {
    const wanted = name.toLowerCase();
    const values = this.fields.filter((field) => field.name === wanted).map((field) => field.value);
    if (values.length === 0) return undefined;
    return concat(values.flatMap((value, i) => (i === 0 ? [value] : [comma, value])));
  }

  add(name: string, value: TextOrBytes): void {
    this.fields.push({ name: name.toLowerCase(), value: toBytes(value).slice() });
  }

  /** Sets the first field of the name and drops the others, as Envoy does. */
  set(name: string, value: TextOrBytes): void {
    const wanted = name.toLowerCase();
    const first = this.fields.find((field) => field.name === wanted);
    if (first === undefined) return this.add(wanted, value);
    first.value = toBytes(value).slice();
    this.fields = this.fields.filter((field) => field === first || field.name !== wanted);
  }

  remove(name: string): void {
    const wanted = name.toLowerCase();
    this.fields = this.fields.filter((field) => field.name !== wanted);
  }

  clear(): void {
    this.fields = [];
  }

  get length(): number {
    return this.fields.length;
  }

  /** The size of all names and values in bytes. */
  get byteSize(): number {
    return this.fields.reduce((size, field) => size + toBytes(field.name).length + field.value.length, 0);
  }

  get pairs(): Pair[] {
    return this.fields.map(({ name, value }) => [toBytes(name), value] as const);
  }

  /** `[[name, value], ...]` as text, for people and tests. */
  get list(): [string, string][] {
    return this.fields.map(({ name, value }) => [name, toText(value)]);
  }

  encode(): Uint8Array {
    return encodePairs(this.pairs);
  }

  replaceAll(block: Uint8Array): void {
    this.clear();
    for (const [name, value] of decodePairs(block)) this.add(toText(name), value);
  }
}
