/** JSON for people, a value a line, with the keys in the order of the alphabet: equal values are equal texts. */
export const shownJson = (value: unknown): string => JSON.stringify(sorted(value), null, 2);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, below]): [string, unknown] => [key, sorted(below)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a body is as JSON; undefined where it is none. */
export function parsedJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether a body is this value, however it is written. */
export function isJson(bytes: Buffer, wanted: unknown): boolean {
  const found = parsedJson(bytes);
  return found !== undefined && shownJson(found) === shownJson(wanted);
}
