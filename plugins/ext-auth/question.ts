import {
  Headers,
  HttpCall,
  JsonWriter,
  base64Text,
  equalBytes,
  sha256,
  sliceOf,
  utf8Bytes,
  utf8Text,
} from "as-proxy-wasm";
import { Mode, Settings } from "./settings";

/** Who asks, in a service's log. */
const USER_AGENT = "as-proxy-wasm ext-auth";

/** Fields of a question in the mode http that are made here, whatever a client sent under their names. */
const FORWARDED: string[] = [
  "x-forwarded-method",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-uri",
];

/** What the service is asked about one request. */
@final
export class Question {
  constructor(
    /** What is asked in the mode json; "" in the mode http. */
    readonly json: string,
    /** What is asked in the mode http; null in the mode json, where questions can travel together. */
    readonly forward: HttpCall | null,
    /** The same for questions that are the same, and for no others. */
    readonly digest: Uint8Array,
  ) {}

  /** The question about a request, with its body where that belongs to it. */
  static about(request: Headers, body: Uint8Array | null, settings: Settings): Question {
    return settings.mode == Mode.Http
      ? forwarded(request, body, settings)
      : described(request, body, settings);
  }

  /** The call that asks it alone. */
  call(settings: Settings): HttpCall {
    const forward = this.forward;
    return forward === null ? jsonCall(settings, this.json) : forward;
  }
}

/** A call that asks with a JSON text. */
export function jsonCall(settings: Settings, json: string): HttpCall {
  const headers = head(settings, "POST");
  headers.push(["content-type", "application/json"]);
  return { headers: headers, body: json, timeoutMs: settings.timeoutMs };
}

function described(request: Headers, body: Uint8Array | null, settings: Settings): Question {
  const json = new JsonWriter().beginObject();
  json.key("path").string(textOf(request, ":path"));
  json.key("method").string(textOf(request, ":method"));
  json.key("headers").beginList();
  const names = settings.includeHeaders;
  for (let i = 0; i < names.length; i++) {
    const values = request.getAll(names[i]);
    for (let j = 0; j < values.length; j++) {
      json.beginList().string(names[i]).string(values[j]).endList();
    }
  }
  json.endList();
  if (body !== null) {
    const text = utf8Text(body);
    // What is not UTF-8 reads as something else.
    if (equalBytes(sliceOf(utf8Bytes(text)), sliceOf(body))) json.key("body").string(text);
    else json.key("body_base64").string(base64Text(body));
  }
  json.endObject();
  return new Question(json.text(), null, digestOf(settings, json));
}

function forwarded(request: Headers, body: Uint8Array | null, settings: Settings): Question {
  const headers = head(settings, body === null ? "GET" : "POST");
  headers.push(["x-forwarded-method", textOf(request, ":method")]);
  headers.push(["x-forwarded-proto", textOf(request, ":scheme")]);
  headers.push(["x-forwarded-host", textOf(request, ":authority")]);
  headers.push(["x-forwarded-uri", textOf(request, ":path")]);
  const names = settings.includeHeaders;
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (FORWARDED.includes(name)) continue;
    const values = request.getAll(name);
    for (let j = 0; j < values.length; j++) headers.push([name, values[j]]);
  }
  const key = new JsonWriter().beginList();
  for (let i = 0; i < headers.length; i++) key.string(headers[i][0]).string(headers[i][1]);
  if (body !== null) key.string(base64Text(body));
  key.endList();
  const call: HttpCall = { headers: headers, bodyBytes: body, timeoutMs: settings.timeoutMs };
  return new Question("", call, digestOf(settings, key));
}

/** The fields that every question has. */
function head(settings: Settings, method: string): string[][] {
  return [
    [":method", method],
    [":path", settings.path],
    [":authority", settings.authority],
    ["user-agent", USER_AGENT],
  ];
}

/** The digest of all that is asked, where decisions are kept. */
function digestOf(settings: Settings, asked: JsonWriter): Uint8Array {
  return settings.cacheEntries == 0 ? new Uint8Array(0) : sha256(asked.bytes());
}

function textOf(headers: Headers, name: string): string {
  const value = headers.get(name);
  return value === null ? "" : value;
}
