import type { Fields } from "../headers.js";
import { fits, shown, shownWanted } from "./bytes.js";
import type { Difference } from "./difference.js";
import { isJson, parsedJson, shownJson } from "./json.js";
import { encodeMessage, shownMessage } from "./protobuf.js";
import type {
  Message as WantedGrpcMessage,
  Wanted,
  WantedCalls,
  WantedFields,
  WantedMessage,
  WantedRequest,
  WantedResponse,
} from "./scenario.js";
import type { SeenCall } from "./script.js";
import type { Received } from "./stage.js";

export function compareResponse(wanted: WantedResponse, got: Received): Difference[] {
  if (wanted.incomplete && got.incomplete === undefined) {
    const what = `all of an answer with the status ${got.status}`;
    return [{ where: "client.incomplete", wanted: "no answer, or a part of one", got: what }];
  }
  return [
    ...compareValue("client.status", wanted.status, got.status),
    ...compareMessage("client", wanted, got),
  ];
}

/** What a service got in a step: `calls` requests without another word, or one a word. */
export function compareCalls(
  where: string,
  wanted: WantedCalls | WantedRequest[],
  usual: number,
  seen: readonly SeenCall[],
): Difference[] {
  const isList = Array.isArray(wanted);
  const calls = isList ? wanted.length : (wanted.calls ?? usual);
  if (seen.length !== calls) {
    const got = seen.map(({ method, path }) => `${method} ${path}`).join("\n");
    return [
      { where: `${where}.calls`, wanted: String(calls), got: [String(seen.length), got].join("\n").trim() },
    ];
  }
  return seen.flatMap((request, index) =>
    isList
      ? compareRequest(`${where}[${index}]`, wanted[index]!, request)
      : compareRequest(where, wanted, request),
  );
}

function compareRequest(where: string, wanted: WantedRequest, request: SeenCall): Difference[] {
  return [
    ...compareValue(`${where}.method`, wanted.method, request.method),
    ...compareBytes(`${where}.path`, wanted.path, Buffer.from(request.path, "latin1")),
    ...compareValue(`${where}.authority`, wanted.authority, request.authority),
    ...compareMessage(where, wanted, request),
    ...compareGrpcMessage(`${where}.message`, wanted.message, request.message),
  ];
}

interface Message {
  headers: Fields;
  body: Buffer;
  trailers: Fields;
}

function compareMessage(where: string, wanted: WantedMessage, got: Message): Difference[] {
  const present = (wanted.absent ?? []).filter((name) => got.headers.has(name));
  return [
    ...compareFields(`${where}.headers`, wanted.headers, got.headers),
    ...present.map((name) => ({
      where: `${where}.absent.${name}`,
      wanted: "no such field",
      got: shownAll(valuesOf(got.headers, name)),
    })),
    ...compareBytes(`${where}.body`, wanted.body, got.body),
    ...compareJson(`${where}.json`, wanted.json, got.body),
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

function compareJson(where: string, wanted: unknown, got: Buffer): Difference[] {
  if (wanted === undefined || isJson(got, wanted)) return [];
  const found = parsedJson(got);
  return [
    {
      where,
      wanted: shownJson(wanted),
      got: found === undefined ? `no JSON: ${shown(got)}` : shownJson(found),
    },
  ];
}

function compareGrpcMessage(
  where: string,
  wanted: WantedGrpcMessage | undefined,
  got: Buffer | undefined,
): Difference[] {
  if (wanted === undefined) return [];
  const bytes = encodeMessage(wanted);
  if (got !== undefined && bytes.equals(got)) return [];
  return [
    {
      where,
      wanted: shownMessage(bytes, wanted),
      got: got === undefined ? "no message of gRPC" : shownMessage(got, wanted),
    },
  ];
}

function compareValue<T extends string | number>(where: string, wanted: T | undefined, got: T): Difference[] {
  return wanted === undefined || wanted === got ? [] : [{ where, wanted: String(wanted), got: String(got) }];
}
