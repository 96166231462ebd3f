import {
  Config,
  Counter,
  HeadersAction,
  HttpContext,
  NO_HEADER,
  RootContext,
  SkippedStream,
  isRepeated,
  metricName,
  normalizePath,
  register,
  requestPath,
  sha256,
} from "as-proxy-wasm";
import { presentedIn, userOf } from "./credentials";
import { warnOfDeadRules, warnOfHoles } from "./holes";
import { RuleList } from "./rule";
import { readChallenge, readRules, readUserHeader } from "./settings";

/** Asks for a user and a password where a rule says so. */
class BasicAuth extends RootContext {
  rules: RuleList = new RuleList([]);
  challenge: string = "";
  userHeader: string = "";
  removeAuthorization: bool = false;
  deniesUnmatched: bool = false;
  allowed: Counter = decided("allowed");
  denied: Counter = decided("denied");
  unmatched: Counter = decided("unmatched");

  onConfigure(config: Config): bool {
    const rules = readRules(config);
    this.rules = new RuleList(rules);
    this.challenge = readChallenge(config);
    this.userHeader = readUserHeader(config);
    this.removeAuthorization = config.bool("remove_authorization");
    this.deniesUnmatched = config.choice("unmatched", ["pass", "deny"], "pass") == "deny";
    if (!config.ok()) return false;
    if (this.userHeader.length > 0) this.guardRequestHeader(this.userHeader);
    if (!this.deniesUnmatched) warnOfHoles(rules);
    warnOfDeadRules(rules);
    return true;
  }

  createHttpContext(): HttpContext {
    return new BasicAuthStream(this);
  }

  createSkippedContext(): HttpContext {
    return new SkippedStream();
  }
}

function decided(decision: string): Counter {
  return new Counter(metricName("basic_auth_requests_total", [["decision", decision]]));
}

class BasicAuthStream extends HttpContext {
  constructor(private plugin: BasicAuth) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const plugin = this.plugin;
    const request = this.request.headers;
    const path = requestPath(request);
    const decision = plugin.rules.decide(
      this.view(":authority"),
      path,
      normalizePath(path),
      this.view(":method"),
    );
    if (decision === null) return this.unmatched();
    const place = decision.rule.place;
    const field = request.view("authorization");
    if (field == NO_HEADER) return this.challenge(place, "no credentials");
    const pair = presentedIn(field);
    // The upstream might read another one than this.
    if (pair === null || isRepeated(request, "authorization"))
      return this.challenge(place, "malformed credentials");
    if (!decision.accepts(sha256(pair))) return this.challenge(place, "wrong credentials");
    plugin.allowed.add();
    if (plugin.userHeader.length > 0) request.setBytes(plugin.userHeader, userOf(pair));
    if (plugin.removeAuthorization) request.remove("authorization");
    return HeadersAction.Continue;
  }

  private unmatched(): HeadersAction {
    const reason = "no rule fits";
    if (this.plugin.deniesUnmatched) return this.deny(403, "Forbidden", [], "unmatched", reason);
    this.plugin.unmatched.add();
    this.audit("bypass", "unmatched", reason);
    return HeadersAction.Continue;
  }

  private challenge(rule: string, reason: string): HeadersAction {
    return this.deny(401, "Unauthorized", [["www-authenticate", this.plugin.challenge]], rule, reason);
  }

  private deny(status: u32, body: string, headers: string[][], rule: string, reason: string): HeadersAction {
    this.plugin.denied.add();
    this.audit("deny", rule, reason);
    this.sendLocalReply(status, body, headers, "basic_auth: " + reason);
    return HeadersAction.Pause;
  }

  private view(name: string): u64 {
    const value = this.request.headers.view(name);
    return value == NO_HEADER ? 0 : value;
  }
}

register("basic-auth", () => new BasicAuth());
