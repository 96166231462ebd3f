/** Header fields as they stood on the wire: every field, in order, names as they were written. */
export class Fields implements Iterable<[string, string]> {
  constructor(private readonly fields: [string, string][]) {}

  /** From the flat list that Node gives: name, value, name, value. Values are Latin-1: a character a byte. */
  static fromRaw(raw: readonly string[]): Fields {
    const fields: [string, string][] = [];
    for (let i = 0; i + 1 < raw.length; i += 2) fields.push([raw[i]!, raw[i + 1]!]);
    return new Fields(fields);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.fields[Symbol.iterator]();
  }
  /** Every value of a name, in any case of letters. */
  all(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.fields.filter(([field]) => field.toLowerCase() === wanted).map(([, value]) => value);
  }
  /** The first value, undefined without such a field. */
  get(name: string): string | undefined {
    return this.all(name)[0];
  }
  has(name: string): boolean {
    return this.all(name).length > 0;
  }
  bytes(name: string): Buffer | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : Buffer.from(value, "latin1");
  }
}

/** Header fields to send: repeated names need the list. */
export type FieldsToSend = Record<string, string> | readonly (readonly [string, string])[];

export function flat(fields: FieldsToSend = []): string[] {
  const pairs = isList(fields) ? fields : Object.entries(fields);
  return pairs.flatMap(([name, value]) => [name, value]);
}

const isList = (fields: FieldsToSend): fields is readonly (readonly [string, string])[] =>
  Array.isArray(fields);
