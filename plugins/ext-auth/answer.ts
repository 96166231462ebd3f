import {
  Headers,
  HttpCallResponse,
  JsonDocument,
  JsonNode,
  JsonType,
  NO_NODE,
  decimal,
  parseJson,
} from "as-proxy-wasm";
import { Decision, Outcome } from "./decision";
import { Settings } from "./settings";

/** The longest answer that is read, in bytes. */
const LONGEST: i32 = 1 << 20;

/** What a client gets of every denial in the service's own words. */
const ALWAYS_TO_CLIENT: string[] = ["location", "set-cookie", "www-authenticate", "content-type"];

/** Why a call that was not answered brought no decision; null where it was. */
export function unanswered(response: HttpCallResponse): Decision | null {
  const failure = response.failure;
  return failure.length == 0 ? null : new Decision(Outcome.Unavailable, "the auth service " + failure);
}

/** An answer in the mode http: its status decides. */
export function readStatus(response: HttpCallResponse, settings: Settings): Decision {
  const status = response.status;
  if (response.ok) {
    const allowed = new Decision(Outcome.Allowed, "");
    take(response.headers, settings.upstreamHeaders, allowed.upstreamHeaders);
    return allowed;
  }
  const denied = new Decision(Outcome.Denied, "the auth service answered " + decimal(status));
  denied.status = status;
  take(response.headers, ALWAYS_TO_CLIENT, denied.headers);
  take(response.headers, settings.clientHeaders, denied.headers);
  denied.body = response.body.bytes();
  return denied;
}

/** An answer in the mode json to a question that was asked alone. */
export function readAnswer(response: HttpCallResponse, settings: Settings): Decision {
  const document = documentOf(response);
  if (document === null) return notUnderstood(response);
  const decision = readResult(document, document.root, settings);
  // What the service says in its text has the last word: the same fields are not taken from its head.
  if (decision.outcome == Outcome.Allowed) {
    take(response.headers, settings.upstreamHeaders, decision.upstreamHeaders);
  }
  return decision;
}

/** An answer to as many questions as that: a decision for each, in their order. */
export function readAnswers(response: HttpCallResponse, count: i32, settings: Settings): Decision[] {
  const decisions: Decision[] = [];
  const document = documentOf(response);
  let node: JsonNode = NO_NODE;
  let list: JsonNode = NO_NODE;
  if (document !== null) {
    list = document.member(document.root, "results");
    if (document.type(list) == JsonType.List && document.count(list) == count) node = document.first(list);
  }
  for (let i = 0; i < count; i++) {
    if (document === null || node == NO_NODE) {
      decisions.push(notUnderstood(response));
    } else {
      decisions.push(readResult(document, node, settings));
      node = document.next(list, node);
    }
  }
  return decisions;
}

/** `{"allowed": bool, "reason"?: string, "headers"?: {name: value}}` */
function readResult(document: JsonDocument, result: JsonNode, settings: Settings): Decision {
  const allowed = document.member(result, "allowed");
  const reason = document.member(result, "reason");
  const headers = document.member(result, "headers");
  if (
    document.type(allowed) != JsonType.Boolean ||
    (reason != NO_NODE && document.type(reason) != JsonType.String) ||
    (headers != NO_NODE && document.type(headers) != JsonType.Object)
  ) {
    return new Decision(
      Outcome.Misunderstood,
      'the auth service\'s answer has no "allowed" that is true or false',
    );
  }
  const text = document.asString(reason);
  if (!document.asBool(allowed)) return new Decision(Outcome.Denied, text);
  const decision = new Decision(Outcome.Allowed, text);
  const names = settings.upstreamHeaders;
  for (let i = 0; i < names.length; i++) {
    const value = document.member(headers, names[i]);
    if (document.type(value) == JsonType.String) {
      decision.upstreamHeaders.push([names[i], document.asString(value)]);
    }
  }
  return decision;
}

/** An answer of 2xx that is JSON. */
function documentOf(response: HttpCallResponse): JsonDocument | null {
  if (!response.ok || response.body.size > <u32>LONGEST) return null;
  const document = parseJson(response.body.view(), LONGEST);
  return document.error == 0 ? document : null;
}

function notUnderstood(response: HttpCallResponse): Decision {
  const reason = response.ok
    ? "the auth service's answer is not what was asked for"
    : "the auth service answered " + decimal(response.status);
  return new Decision(Outcome.Misunderstood, reason);
}

/** Takes the fields of these names, as often as they are there, unless there are fields of the name already. */
function take(headers: Headers, names: string[], fields: string[][]): void {
  const present = fields.length;
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    let known = false;
    for (let j = 0; j < present; j++) known = known || fields[j][0] == name;
    if (known) continue;
    const values = headers.getAll(name);
    for (let j = 0; j < values.length; j++) fields.push([name, values[j]]);
  }
}
