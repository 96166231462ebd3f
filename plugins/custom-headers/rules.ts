import {
  Config,
  Headers,
  JsonType,
  PathPrefix,
  isFieldNameText,
  isFieldNamed,
  isFieldValueText,
} from "as-proxy-wasm";
import { Template } from "./template";

/** Which message a rule changes. */
export enum Side {
  Request,
  Response,
}

/** What a rule does to the fields of its name. */
enum Action {
  /** Adds a field beside those there are. */
  Add,
  /** Puts a field in the place of those there are. */
  Set,
  /** Joins the value to those there are, with commas, in one field; adds a field where there is none. */
  Append,
  /** Takes all fields of the name away. */
  Remove,
  /** Adds a field only where there is none. */
  Default,
}

const ACTIONS: string[] = ["add", "set", "append", "remove", "default"];
const SIDES: string[] = ["request", "response"];

/** One change of header fields, and when it is made. */
export class HeaderRule {
  constructor(
    readonly name: string,
    readonly value: Template,
    readonly action: i32,
    readonly side: Side,
    private readonly codes: i64[],
    private readonly path: PathPrefix | null,
  ) {}

  /** Whether the request has a say in it, which only it itself can tell. */
  get needsRequest(): bool {
    return this.path !== null || this.value.needsRequest;
  }

  /** What the value takes from the request; null when its path lies under the prefix in no spelling. */
  look(request: Headers): string[] | null {
    const path = this.path;
    return path === null || path.fits(request) ? this.value.look() : null;
  }

  /** Whether a response has one of the rule's status codes. */
  fitsStatus(response: Headers): bool {
    if (this.codes.length == 0) return true;
    return this.codes.includes(response.number(":status"));
  }

  /** Makes the change. A value whose placeholders all came out empty, with nothing around them, is left out. */
  apply(headers: Headers, seen: string[] | null): void {
    const name = this.name;
    if (this.action == Action.Remove) return headers.remove(name);
    if (this.action == Action.Default && headers.has(name)) return;
    const value = this.value.fill(seen);
    if (value === null) return;
    if (this.action == Action.Append) {
      headers.append(name, value);
    } else if (this.action == Action.Set) {
      headers.set(name, value);
    } else {
      headers.add(name, value);
    }
  }
}

/** The rules of a configuration: that of `header_name` first, then those of `headers` in their order. */
export function readRules(config: Config): HeaderRule[] {
  const rules = new Array<HeaderRule>();
  const entries = config.objects("headers");
  if (config.has("header_name") || config.has("header_value") || !config.has("headers")) {
    const name = config.requiredString("header_name");
    const value = config.requiredString("header_value");
    checkName(config, "header_name", name);
    const template = readTemplate(config, "header_value", value);
    rules.push(new HeaderRule(name, template, Action.Add, Side.Response, readCodes(config), null));
  } else {
    if (config.has("response_codes")) config.problem("response_codes", "goes with header_name");
    if (entries.length == 0) config.problem("headers", "must not be empty");
  }
  for (let i = 0; i < entries.length; i++) rules.push(readRule(entries[i]));
  return rules;
}

function readRule(entry: Config): HeaderRule {
  const name = entry.requiredString("name");
  checkName(entry, "name", name);
  const action = ACTIONS.indexOf(entry.choice("action", ACTIONS, "add"));
  const side = entry.choice("on", SIDES, "response") == "request" ? Side.Request : Side.Response;
  let value = "";
  if (action != Action.Remove) value = entry.requiredString("value");
  else if (entry.has("value")) entry.problem("value", "does not go with the action remove");
  const template = readTemplate(entry, "value", value);
  if (side == Side.Request && entry.has("response_codes")) {
    entry.problem("response_codes", "does not go with requests");
  }
  return new HeaderRule(name, template, action, side, readCodes(entry), readPath(entry));
}

function readCodes(entry: Config): i64[] {
  return entry.integers("response_codes", 100, 599);
}

function readPath(entry: Config): PathPrefix | null {
  if (!entry.has("path_prefix")) return null;
  const prefix = PathPrefix.parse(entry.string("path_prefix", "/"));
  if (prefix === null) entry.problem("path_prefix", "expected a path that begins with / and has no query");
  return prefix;
}

function readTemplate(entry: Config, key: string, text: string): Template {
  const template = new Template(text);
  if (template.mistake.length != 0) entry.problem(key, template.mistake);
  if (!isFieldValueText(text)) entry.problem(key, "must not have control characters in it");
  return template;
}

function checkName(entry: Config, key: string, name: string): void {
  if (name.length == 0 && entry.typeOf(key) != JsonType.String) return;
  if (!isFieldNameText(name)) entry.problem(key, "expected the name of a header field");
  else if (isFieldNamed(name, "host"))
    entry.problem(key, "must not be host: it is how the request was routed");
}
