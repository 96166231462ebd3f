import { fitsHost, isHostPattern } from "../http/authority";
import { PathPrefix } from "../http/path-prefix";
import { Slice, sizeOf } from "../runtime/slice";
import { Config } from "./config";
import { JsonDocument, JsonNode, JsonType, NO_NODE } from "./json";

/**
 * Which requests an override is for: those that fit every criterion that it names. A criterion that is a list is
 * fitted by any one of the list. The criteria are read where they stand in the configuration: matching allocates
 * nothing but arena.
 */
@final
export class RequestMatch {
  private readonly document: JsonDocument;
  private readonly hosts: JsonNode;
  private readonly methods: JsonNode;
  private readonly routes: JsonNode;
  private readonly prefix: PathPrefix | null;

  /** Reads `hosts`, `path_prefix`, `methods`, `routes`: at least one must be there, and none may be empty. */
  constructor(match: Config) {
    const document = match.document;
    this.document = document;
    this.hosts = names(match, "hosts");
    this.methods = names(match, "methods");
    this.routes = names(match, "routes");
    const prefix = PathPrefix.parse(match.string("path_prefix", "/"));
    this.prefix = match.has("path_prefix") ? prefix : null;
    if (prefix === null) match.problem("path_prefix", "must begin with / and have no query");
    for (let host = document.first(this.hosts); host != NO_NODE; host = document.next(this.hosts, host)) {
      if (!isHostPattern(document.asUtf8(host))) match.problemAt(host, "expected a host, *.host or host.*");
    }
    const some =
      match.has("hosts") || match.has("path_prefix") || match.has("methods") || match.has("routes");
    if (!some && match.node != NO_NODE) match.problemAt(match.node, "must have one criterion");
  }

  /** Whether `routes` is one of the criteria. */
  get needsRoute(): bool {
    return this.routes != NO_NODE;
  }

  /**
   * Whether a request fits. The path is judged as it came and normalised: with `strictPath` both must lie under the
   * prefix, without it one is enough.
   */
  matches(authority: Slice, path: Slice, method: Slice, route: Slice, strictPath: bool): bool {
    const prefix = this.prefix;
    return (
      this.fits(this.methods, method) &&
      this.fits(this.routes, route) &&
      this.fitsAuthority(authority) &&
      (prefix === null || prefix.matches(path, strictPath))
    );
  }

  /** Whether a list of names has this one in it; where there is no list, any name fits. */
  private fits(list: JsonNode, name: Slice): bool {
    const document = this.document;
    let node = document.first(list);
    while (node != NO_NODE && !document.says(node, name)) node = document.next(list, node);
    return list == NO_NODE || node != NO_NODE;
  }

  private fitsAuthority(authority: Slice): bool {
    const document = this.document;
    let node = document.first(this.hosts);
    while (node != NO_NODE && !fitsHost(document.asUtf8(node), authority))
      node = document.next(this.hosts, node);
    return this.hosts == NO_NODE || node != NO_NODE;
  }
}

/** A list of strings of which none is empty, nor is the list; `NO_NODE` where there is none. */
function names(match: Config, key: string): JsonNode {
  const list = match.typed(key, JsonType.List, "a list of strings");
  const document = match.document;
  if (list != NO_NODE && document.count(list) == 0) match.problemAt(list, "must not be empty");
  for (let node = document.first(list); node != NO_NODE; node = document.next(list, node)) {
    if (match.isA(node, JsonType.String, "a string") && sizeOf(document.raw(node)) == 2) {
      match.problemAt(node, "must not be empty");
    }
  }
  return list;
}
