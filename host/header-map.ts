import { isInline } from "./inline-headers.js";
import { type Pair, decodePairs, encodePairs } from "./pairs.js";
import { type TextOrBytes, concat, noBytes, toBytes, toText } from "./text.js";

/** `[[name, value], ...]`, as people write headers. */
export type HeaderList = readonly (readonly [name: TextOrBytes, value: TextOrBytes])[];

const comma = toBytes(",");

interface Field {
  name: string;
  value: Uint8Array;
}

/**
 * Header or trailer fields as Envoy keeps them: names in lower case, pseudo-fields before the others, each in the order
 * in which they came. (Envoy, `HeaderMapImpl`)
 */
export class HeaderMap {
  private fields: Field[] = [];

  constructor(list: HeaderList = []) {
    for (const [name, value] of list) this.add(toText(name), toBytes(value));
  }

  /** The first value of a name. */
  get(name: string): Uint8Array | undefined {
    const wanted = this.nameOf(name);
    return this.fields.find((field) => field.name === wanted)?.value;
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : toText(value);
  }

  /** All values of a name, joined by commas, as Envoy's attributes have them. */
  joined(name: string): Uint8Array | undefined {
    const wanted = this.nameOf(name);
    const values = this.fields.filter((field) => field.name === wanted).map((field) => field.value);
    if (values.length === 0) return undefined;
    return concat(values.flatMap((value, i) => (i === 0 ? [value] : [comma, value])));
  }

  /** One field more; a further value of a field that Envoy keeps but once is appended to it. */
  add(name: string, value: TextOrBytes): void {
    const field = { name: this.nameOf(name), value: toBytes(value).slice() };
    const present = isInline(field.name) ? this.fields.find((other) => other.name === field.name) : undefined;
    if (present !== undefined) {
      present.value = concat([present.value, present.value.length > 0 ? comma : noBytes, field.value]);
    } else if (field.name.startsWith(":")) {
      const regular = this.fields.findIndex((other) => !other.name.startsWith(":"));
      this.fields.splice(regular < 0 ? this.fields.length : regular, 0, field);
    } else {
      this.fields.push(field);
    }
  }

  /** One field of the name, behind all others, in the place of those that there are. */
  set(name: string, value: TextOrBytes): void {
    this.remove(name);
    this.add(name, value);
  }

  remove(name: string): void {
    const wanted = this.nameOf(name);
    this.fields = this.fields.filter((field) => field.name !== wanted);
  }

  /** A name as the map has it. In a request `host` is another name of `:authority`. */
  private nameOf(name: string): string {
    const lower = name.toLowerCase();
    return lower === "host" && this.isRequest ? ":authority" : lower;
  }

  private get isRequest(): boolean {
    return this.fields.some(({ name }) => name === ":method" || name === ":authority");
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

  /** The fields in the format of pairs; nothing at all when there are none. */
  encode(): Uint8Array {
    return this.fields.length === 0 ? noBytes : encodePairs(this.pairs);
  }

  /** Other fields in the place of all. */
  replaceAll(block: Uint8Array): void {
    this.fields = [];
    for (const [name, value] of decodePairs(block)) this.add(toText(name), value);
  }
}
