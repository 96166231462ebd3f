import type { Fields } from "../headers.js";
import type { SeenRequest } from "../upstream.js";
import { fits, shown, shownWanted } from "./bytes.js";
import type { LogLine, Received } from "./stage.js";
import type {
  LinePattern,
  LogExpectation,
  MetricsExpectation,
  Wanted,
  WantedAtUpstream,
  WantedFields,
  WantedResponse,
} from "./scenario.js";

/** Something that is not as the scenario says: where, what was wanted, what there was. */
export interface Difference {
  where: string;
  wanted: string;
  got: string;
}

export const inLines = ({ where, wanted, got }: Difference): string =>
  `${where}\n  wanted  ${wanted}\n  got     ${got.replaceAll("\n", "\n          ")}`;

export function compareResponse(wanted: WantedResponse, got: Received): Difference[] {
  return [
    ...compareValue("client.status", wanted.status, got.status),
    ...compareMessage("client", wanted, got),
  ];
}

export function compareUpstream(
  wanted: WantedAtUpstream,
  sent: number,
  seen: readonly SeenRequest[],
): Difference[] {
  const calls = wanted.calls ?? sent;
  if (seen.length !== calls) {
    const got = seen.map(({ method, path }) => `${method} ${path}`).join("\n");
    return [
      { where: "upstream.calls", wanted: String(calls), got: [String(seen.length), got].join("\n").trim() },
    ];
  }
  return seen.flatMap((request) => [
    ...compareValue("upstream.method", wanted.method, request.method),
    ...compareBytes("upstream.path", wanted.path, Buffer.from(request.path, "latin1")),
    ...compareValue("upstream.authority", wanted.authority, request.authority),
    ...compareMessage("upstream", wanted, request),
  ]);
}

interface Message {
  headers: Fields;
  body: Buffer;
  trailers: Fields;
}

interface WantedMessage {
  headers?: WantedFields;
  absent?: string[];
  body?: Wanted;
  trailers?: WantedFields;
}

function compareMessage(where: string, wanted: WantedMessage, got: Message): Difference[] {
  const present = (wanted.absent ?? []).filter((name) => got.headers.has(name));
  return [
    ...compareFields(`${where}.headers`, wanted.headers, got.headers),
    ...present.map((name) => ({
      where: `${where}.headers.${name}`,
      wanted: "no such field",
      got: shownAll(valuesOf(got.headers, name)),
    })),
    ...compareBytes(`${where}.body`, wanted.body, got.body),
    ...compareFields(`${where}.trailers`, wanted.trailers, got.trailers),
  ];
}

function compareFields(where: string, wanted: WantedFields = {}, got: Fields): Difference[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const values = [value].flat();
    const present = valuesOf(got, name);
    if (values.length === present.length && values.every((one, index) => fits(one, present[index]!)))
      return [];
    return [
      {
        where: `${where}.${name}`,
        wanted: values.map(shownWanted).join(" and "),
        got: present.length === 0 ? `no such field; there are ${namesIn(got)}` : shownAll(present),
      },
    ];
  });
}

const valuesOf = (fields: Fields, name: string) =>
  fields.all(name).map((value) => Buffer.from(value, "latin1"));
const shownAll = (values: Buffer[]) => values.map(shown).join(" and ");
const namesIn = (fields: Fields) =>
  [...new Set([...fields].map(([name]) => name.toLowerCase()))].join(", ") || "none";

function compareBytes(where: string, wanted: Wanted | undefined, got: Buffer): Difference[] {
  if (wanted === undefined || fits(wanted, got)) return [];
  return [{ where, wanted: shownWanted(wanted), got: shown(got) }];
}

function compareValue<T extends string | number>(where: string, wanted: T | undefined, got: T): Difference[] {
  return wanted === undefined || wanted === got ? [] : [{ where, wanted: String(wanted), got: String(got) }];
}

export function compareLog(wanted: LogExpectation, lines: readonly LogLine[]): Difference[] {
  const texts = lines.map(({ level, text }) => `${level}: ${text}`);
  const all = texts.length === 0 ? "no line at all" : [...new Set(texts)].join("\n");
  const missing = (wanted.present ?? []).filter((pattern) => !texts.some((text) => hasIn(pattern, text)));
  const excess = (wanted.absent ?? []).flatMap((pattern) => {
    const found = texts.filter((text) => hasIn(pattern, text));
    return found.length > 0 ? [{ pattern, found: [...new Set(found)].join("\n") }] : [];
  });
  return [
    ...missing.map((pattern) => ({
      where: "log.present",
      wanted: `a line with ${shownLine(pattern)}`,
      got: all,
    })),
    ...excess.map(({ pattern, found }) => ({
      where: "log.absent",
      wanted: `no line with ${shownLine(pattern)}`,
      got: found,
    })),
  ];
}

const hasIn = (pattern: LinePattern, text: string) =>
  typeof pattern === "string" ? text.includes(pattern) : new RegExp(pattern.matches, "u").test(text);
const shownLine = (pattern: LinePattern) =>
  typeof pattern === "string" ? JSON.stringify(pattern) : `what matches /${pattern.matches}/`;

export function compareMetrics(
  wanted: MetricsExpectation,
  metrics: ReadonlyMap<string, number>,
): Difference[] {
  const present = Object.entries(wanted.present ?? {}).flatMap(([name, value]): Difference[] => {
    const where = `metrics.present.${name}`;
    const got = metrics.get(name);
    const { at_least: least, at_most: most } =
      typeof value === "number" ? { at_least: value, at_most: value } : value;
    if (got !== undefined && got >= (least ?? -Infinity) && got <= (most ?? Infinity)) return [];
    const names = [...metrics.keys()].join(", ") || "none";
    return [
      {
        where,
        wanted: typeof value === "number" ? String(value) : JSON.stringify(value),
        got: got === undefined ? `no such metric; there are ${names}` : String(got),
      },
    ];
  });
  const excess = (wanted.absent ?? []).filter((name) => metrics.has(name));
  return [
    ...present,
    ...excess.map((name) => ({
      where: `metrics.absent.${name}`,
      wanted: "no such metric",
      got: String(metrics.get(name)),
    })),
  ];
}
