import {
  HttpCallResponse,
  JsonDocument,
  JsonError,
  JsonNode,
  JsonType,
  NO_NODE,
  Slice,
  decimal,
  decodeSlice,
  isFieldNameText,
  isFieldValueText,
  isFramingField,
  lowerCaseText,
  parseJson,
  parseJsonText,
} from "as-proxy-wasm";
import { Decision, Outcome, hasField } from "./decision";

/** The longest answer that is read, in bytes. */
const LONGEST: i32 = 1 << 20;

/** How many fields a message may get. */
const MOST_FIELDS: i32 = 256;

const LEAST_STATUS: i64 = 200;
const LARGEST_STATUS: i64 = 599;
const NO_CONTENT: i64 = 204;
const NOT_MODIFIED: i64 = 304;
const FORBIDDEN: u32 = 403;
const UNAVAILABLE: u32 = 503;

const CONTENT_TYPE = "content-type";
const UNDEFINED = "the policy is undefined";

/** What the policy service's answer says. Whatever it does not say clearly lets nobody by. */
export function readAnswer(response: HttpCallResponse): Decision {
  const failure = response.failure;
  if (failure.length != 0) return failed("the policy service " + failure);
  if (response.status != 200) return failed("the policy service answered " + decimal(response.status));
  const body = response.body;
  const decision = readDecision(body.size > <u32>LONGEST ? 0 : body.view());
  decision.size = body.size;
  return decision;
}

/** `{"result": ...}`, as OPA's data API answers. What is too long to be read is no text here. */
export function readDecision(text: Slice): Decision {
  const document = parseJson(text, LONGEST);
  if (document.type(document.root) != JsonType.Object) {
    return failed("the policy service's answer is not what OPA answers");
  }
  const result = document.member(document.root, "result");
  const type = document.type(result);
  if (type == JsonType.Absent) return readDenial(document, result, UNDEFINED);
  if (type == JsonType.Boolean) {
    return document.asBool(result) ? new Decision(Outcome.Allowed, "") : readDenial(document, result, "");
  }
  if (type != JsonType.Object) return failed("the policy's result is neither true, false nor an object");
  return readResult(document, result);
}

/** No decision: how the client is told where it is not let by. */
export function failed(reason: string): Decision {
  const decision = new Decision(Outcome.Failed, reason);
  decision.status = UNAVAILABLE;
  decision.body = "Policy service unavailable";
  decision.headers.push([CONTENT_TYPE, "text/plain"]);
  return decision;
}

/** A result that is an object. */
function readResult(document: JsonDocument, result: JsonNode): Decision {
  const allowed = document.member(result, "allowed");
  const allow = document.member(result, "allow");
  if (!isVerdict(document, allowed) || !isVerdict(document, allow)) {
    return failed("the policy's allowed is neither true nor false");
  }
  const reason = document.asString(document.member(result, "reason"));
  if (allowed == NO_NODE && allow == NO_NODE) {
    return readDenial(document, result, reason.length == 0 ? UNDEFINED : reason);
  }
  // Where the two contradict each other, nobody is let by.
  if ((allowed != NO_NODE && !document.asBool(allowed)) || (allow != NO_NODE && !document.asBool(allow))) {
    return readDenial(document, result, reason);
  }
  const decision = new Decision(Outcome.Allowed, reason);
  const headers = readFields(document, document.member(result, "headers"), decision.headers);
  const response = document.member(result, "response_headers_to_add");
  const responseHeaders = readFields(document, response, decision.responseHeaders);
  const removed = document.member(result, "request_headers_to_remove");
  const names = readNames(document, removed, decision.removed);
  if (headers && responseHeaders && names) return decision;
  return failed("the policy's headers are none that can be set");
}

/** How the client is told what a result says, if it is an object. What cannot be said is left out: a denial stays one. */
function readDenial(document: JsonDocument, result: JsonNode, reason: string): Decision {
  const decision = new Decision(Outcome.Denied, reason);
  const status = document.asI64(document.member(result, "http_status"));
  const isSaid = status >= LEAST_STATUS && status <= LARGEST_STATUS;
  decision.status = isSaid ? <u32>status : FORBIDDEN;
  const body = document.member(result, "body");
  if (document.type(body) == JsonType.String) decision.body = document.asString(body);
  else if (body != NO_NODE) decision.body = decodeSlice(document.raw(body));
  else if (!isSaid) decision.body = '{"error": "Forbidden"}';
  if (status == NO_CONTENT || status == NOT_MODIFIED) decision.body = "";
  const fields = decision.headers;
  readFields(document, document.member(result, "headers"), fields);
  if (decision.body.length != 0 && !hasField(fields, CONTENT_TYPE)) {
    const isJson = parseJsonText(decision.body).error == JsonError.None;
    fields.push([CONTENT_TYPE, isJson ? "application/json" : "text/plain"]);
  }
  return decision;
}

/** Whether a value is absent, true or false. */
function isVerdict(document: JsonDocument, node: JsonNode): bool {
  return node == NO_NODE || document.type(node) == JsonType.Boolean;
}

/**
 * Takes the fields of `{name: value}`, `{name: [value, ...]}` or a list of such objects. False when some of it is not
 * that, or no field that anybody but the host may set.
 */
function readFields(document: JsonDocument, node: JsonNode, fields: string[][]): bool {
  if (node == NO_NODE) return true;
  const type = document.type(node);
  if (type != JsonType.Object && type != JsonType.List) return false;
  let good = true;
  let value = document.first(node);
  while (value != NO_NODE) {
    if (type == JsonType.Object) {
      const name = document.asString(document.key(value));
      if (document.type(value) == JsonType.List) {
        let one = document.first(value);
        while (one != NO_NODE) {
          good = readField(document, name, one, fields) && good;
          one = document.next(value, one);
        }
      } else {
        good = readField(document, name, value, fields) && good;
      }
    } else {
      good = document.type(value) == JsonType.Object && readFields(document, value, fields) && good;
    }
    value = document.next(node, value);
  }
  return good;
}

function readField(document: JsonDocument, name: string, node: JsonNode, fields: string[][]): bool {
  if (document.type(node) != JsonType.String || !isSettable(name)) return false;
  if (fields.length == MOST_FIELDS) return false;
  const value = document.asString(node);
  if (!isFieldValueText(value)) return false;
  fields.push([lowerCaseText(name), value]);
  return true;
}

/** Takes a list of names of fields. False when it is something else. */
function readNames(document: JsonDocument, list: JsonNode, names: string[]): bool {
  if (list == NO_NODE) return true;
  if (document.type(list) != JsonType.List) return false;
  let node = document.first(list);
  while (node != NO_NODE) {
    const name = document.asString(node);
    if (!isSettable(name)) return false;
    names.push(name);
    node = document.next(list, node);
  }
  return true;
}

function isSettable(name: string): bool {
  return isFieldNameText(name) && !isFramingField(name);
}
