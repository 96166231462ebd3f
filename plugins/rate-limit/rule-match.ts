import { Config, Headers, JsonType, PathPrefix, isFieldNameText, requestPath } from "as-proxy-wasm";

/** Which requests a rule is for: those that fit all that it names. */
@final
export class RuleMatch {
  constructor(
    private readonly path: PathPrefix | null,
    /** Compared exactly; "" for any. */
    private readonly method: string,
    private readonly headers: HeaderMatch[],
  ) {}

  /** Whether a request fits, by its path as it came and normalised: one is enough, or with `strictPath` both must. */
  fits(request: Headers, strictPath: bool): bool {
    if (this.method.length != 0 && !request.equals(":method", this.method)) return false;
    const path = this.path;
    if (path !== null && !path.matches(requestPath(request), strictPath)) return false;
    for (let i = 0; i < this.headers.length; i++) {
      if (!unchecked(this.headers[i]).fits(request)) return false;
    }
    return true;
  }
}

/** A field that a request must have. */
@final
class HeaderMatch {
  constructor(
    private readonly name: string,
    /** Compared exactly with each field of the name; null for any. */
    private readonly value: string | null,
  ) {}

  fits(request: Headers): bool {
    const value = this.value;
    if (value === null) return request.has(this.name);
    if (request.equals(this.name, value)) return true;
    return request.has(this.name) && request.getAll(this.name).includes(value);
  }
}

/** Reads a rule's `match`. */
export function readMatch(match: Config): RuleMatch {
  const some = match.has("path_prefix") || match.has("method") || match.has("headers");
  if (!some && match.path.length != 0) match.problemAt(match.node, "must have one criterion");
  const prefix = PathPrefix.parse(match.string("path_prefix", "/"));
  if (prefix === null) match.problem("path_prefix", "must begin with / and have no query");
  const method = match.string("method");
  if (method.length == 0 && match.typeOf("method") == JsonType.String) {
    match.problem("method", "must not be empty");
  }
  const entries = match.objects("headers");
  if (match.typeOf("headers") == JsonType.List && match.document.count(match.nodeOf("headers")) == 0) {
    match.problem("headers", "must not be empty");
  }
  const headers: HeaderMatch[] = [];
  for (let i = 0; i < entries.length; i++) headers.push(readHeader(entries[i]));
  return new RuleMatch(match.has("path_prefix") ? prefix : null, method, headers);
}

function readHeader(entry: Config): HeaderMatch {
  const name = entry.requiredString("name");
  if (entry.typeOf("name") == JsonType.String && !isFieldNameText(name)) {
    entry.problem("name", "expected the name of a header field");
  }
  return new HeaderMatch(name, entry.has("value") ? entry.string("value") : null);
}
