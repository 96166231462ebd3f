import { PathPrefix } from "../http/path-prefix";
import { Headers, NO_HEADER } from "../http/headers";
import { Config } from "./config";
import { JsonType } from "./json";

/** Requests that a plugin lets by: those whose path lies under a prefix, whose method is one, or both. */
@final
class Skip {
  constructor(
    readonly prefix: PathPrefix | null,
    readonly method: string,
  ) {}
}

/**
 * The requests that a plugin lets by without its checks: `[{path_prefix, method}, ...]`, each with one of the two keys or
 * both. A path must lie under the prefix both as it came and normalised: no spelling of a path gets round the checks
 * that way. Methods are compared exactly.
 */
@final
export class SkipRules {
  private rules: Skip[] = [];

  /** Reads the list that a key of the configuration has; what is wrong with it, `config.ok()` tells. */
  static read(config: Config, key: string = "skip"): SkipRules {
    const skip = new SkipRules();
    const entries = config.objects(key);
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i];
      const prefix = PathPrefix.parse(entry.string("path_prefix", "/"));
      if (prefix === null) entry.problem("path_prefix", "must begin with / and have no query");
      const method = entry.string("method");
      if (entry.typeOf("method") == JsonType.String && method.length == 0)
        entry.problem("method", "must not be empty");
      const hasPrefix = entry.has("path_prefix");
      if (!hasPrefix && !entry.has("method")) entry.problemAt(entry.node, "must have one criterion");
      skip.rules.push(new Skip(hasPrefix ? prefix : null, method));
    }
    return skip;
  }

  /** Which rule a request fits, by its place in the list; -1 for none. */
  indexFor(request: Headers): i32 {
    const rules = this.rules;
    if (rules.length == 0) return -1;
    const path = request.view(":path");
    for (let i = 0; i < rules.length; i++) {
      const rule = unchecked(rules[i]);
      if (rule.method.length != 0 && !request.equals(":method", rule.method)) continue;
      const prefix = rule.prefix;
      if (prefix === null || (path != NO_HEADER && prefix.matches(path, true))) return i;
    }
    return -1;
  }
}
