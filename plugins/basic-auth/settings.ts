import {
  Config,
  HostPattern,
  JsonNode,
  JsonType,
  MethodSet,
  NO_NODE,
  PathPart,
  PathPattern,
  isFieldNameText,
  isFieldNamed,
  quotedString,
} from "as-proxy-wasm";
import { CredentialSet } from "./credentials";
import { Rule } from "./rule";

/** Fields that say how a request is routed and framed, or who asks. */
const RESERVED: string[] = [
  "host",
  "authorization",
  "connection",
  "content-length",
  "transfer-encoding",
  "upgrade",
];

/** The rules of a configuration in their order, without those that something is wrong with, which is recorded. */
export function readRules(config: Config): Rule[] {
  const rules: Rule[] = [];
  const anyCase = config.bool("ignore_case");
  const entries = config.objects("basic_auth_rules");
  const list = config.nodeOf("basic_auth_rules");
  if (list == NO_NODE) config.problem("basic_auth_rules", "is required");
  else if (config.document.count(list) == 0) config.problemAt(list, "must not be empty");
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    const hosts = readHosts(entry);
    const methods = readMethods(entry);
    const credentials = readCredentials(entry);
    const path = readPath(entry, anyCase);
    if (path !== null) rules.push(new Rule(entry.path, hosts, path, methods, credentials));
  }
  return rules;
}

/** The value of `www-authenticate`. */
export function readChallenge(config: Config): string {
  const realm = config.string("realm", "istio");
  if (realm.length == 0 && config.typeOf("realm") == JsonType.String)
    config.problem("realm", "must not be empty");
  for (let i = 0; i < realm.length; i++) {
    const code = realm.charCodeAt(i);
    if (code < 0x20 || code == 0x7f) config.problem("realm", "must not have control characters in it");
  }
  return "Basic realm=" + quotedString(realm);
}

/** The name of the request field for the user; "" for none. */
export function readUserHeader(config: Config): string {
  const name = config.string("forward_user_header");
  if (config.typeOf("forward_user_header") != JsonType.String) return "";
  if (!isFieldNameText(name)) {
    config.problem("forward_user_header", "expected the name of a header field");
    return "";
  }
  for (let i = 0; i < RESERVED.length; i++) {
    if (isFieldNamed(name, RESERVED[i]))
      config.problem(
        "forward_user_header",
        "must not be " + RESERVED[i] + ", which has a meaning of its own",
      );
  }
  return name;
}

function readPath(entry: Config, anyCase: bool): PathPattern | null {
  const given = <i32>entry.has("prefix") + <i32>entry.has("exact") + <i32>entry.has("suffix");
  if (given != 1)
    entry.problemAt(
      entry.node,
      given == 0 ? "expected one of prefix, exact, suffix" : "expected only one of prefix, exact, suffix",
    );
  const prefix = readPattern(entry, "prefix", entry.string("prefix"), PathPart.Prefix, anyCase);
  const exact = readPattern(entry, "exact", entry.string("exact"), PathPart.Exact, anyCase);
  const suffix = readPattern(entry, "suffix", entry.string("suffix"), PathPart.Suffix, anyCase);
  return prefix !== null ? prefix : exact !== null ? exact : suffix;
}

function readPattern(
  entry: Config,
  key: string,
  text: string,
  part: PathPart,
  anyCase: bool,
): PathPattern | null {
  if (entry.typeOf(key) != JsonType.String) return null;
  const pattern = PathPattern.parse(part, text, anyCase);
  if (pattern === null)
    entry.problem(
      key,
      part == PathPart.Suffix
        ? "expected the end of a path as it is called: decoded, without ? # % ; \\ // and dot segments"
        : "expected a path as it is called: from its / on, decoded, without ? # % ; \\ // and dot segments",
    );
  return pattern;
}

/** None where the rule is for all hosts. */
function readHosts(entry: Config): HostPattern[] {
  const hosts: HostPattern[] = [];
  let all = false;
  const document = entry.document;
  const list = entry.typed("hosts", JsonType.List, "a list of strings");
  for (let node = document.first(list); node != NO_NODE; node = document.next(list, node)) {
    if (!entry.isA(node, JsonType.String, "a string")) continue;
    const text = document.asString(node);
    if (text == "*") all = true;
    const host = HostPattern.parse(text);
    if (host === null)
      entry.problemAt(node, "expected a host, *.host, host.* or an address, [::1] in brackets");
    else hosts.push(host);
  }
  return all ? [] : hosts;
}

function readMethods(entry: Config): MethodSet {
  const methods = new MethodSet();
  const document = entry.document;
  const list = entry.typed("request_methods", JsonType.List, "a list of strings");
  requireSome(entry, "request_methods", list);
  for (let node = document.first(list); node != NO_NODE; node = document.next(list, node)) {
    if (!entry.isA(node, JsonType.String, "a string")) continue;
    if (!methods.add(document.asString(node))) entry.problemAt(node, 'expected a method, or "*" for all');
  }
  return methods;
}

function readCredentials(entry: Config): CredentialSet {
  const credentials = new CredentialSet();
  const document = entry.document;
  const list = entry.typed("credentials", JsonType.List, "a list of strings");
  requireSome(entry, "credentials", list);
  for (let node = document.first(list); node != NO_NODE; node = document.next(list, node)) {
    if (!entry.isA(node, JsonType.String, "a string")) continue;
    const mistake = credentials.add(document.asString(node));
    if (mistake.length > 0) entry.problemAt(node, mistake);
  }
  return credentials;
}

function requireSome(entry: Config, key: string, list: JsonNode): void {
  if (!entry.has(key)) entry.problem(key, "is required");
  else if (list != NO_NODE && entry.document.count(list) == 0) entry.problemAt(list, "must not be empty");
}
