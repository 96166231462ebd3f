import {
  CallFailure,
  Context,
  HeadersAction,
  HttpCallHandler,
  HttpCallResponse,
  HttpContext,
  JsonError,
  JsonWriter,
  decimal,
  log,
  parseJsonText,
} from "as-proxy-wasm";
import { readAnswer } from "./answer";
import { Decision, Outcome, hasField } from "./decision";
import { RbacEnforcer } from "./plugin";
import { digestOf, questionAbout } from "./question";
import { Settings } from "./settings";

/** How far a request has come. */
enum Stage {
  /** Nobody asks about it, or it may go on. */
  Free,
  /** It waits for the policy. */
  Asked,
  /** It is answered here, and must not go on. */
  Refused,
}

const FORBIDDEN: u32 = 403;
const UNAVAILABLE: u32 = 503;
const NO_CONTENT: u32 = 204;
const NOT_MODIFIED: u32 = 304;

/** What an access log says of the answer. */
const DENIED = "rbac_enforcer_denied";
const FAILED = "rbac_enforcer_error";

/** A request that goes on when the policy allows it. */
@final
export class EnforcedStream extends HttpContext {
  private stage: Stage = Stage.Free;
  /** What the policy adds to the response. */
  private responseHeaders: string[][] = [];

  constructor(
    private readonly plugin: RbacEnforcer,
    private readonly settings: Settings,
  ) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const rule = this.settings.skip.indexFor(this.request.headers);
    if (rule >= 0) {
      this.plugin.skipped.add();
      this.audit("bypass", "skip[" + decimal(rule) + "]", "the policy is not asked");
      return HeadersAction.Continue;
    }
    this.ask(endOfStream);
    // In shadow mode nobody waits for the policy.
    return this.stage == Stage.Free || this.isShadow ? HeadersAction.Continue : HeadersAction.PauseAll;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const fields = this.responseHeaders;
    for (let i = 0; i < fields.length; i++) this.response.headers.add(fields[i][0], fields[i][1]);
    return HeadersAction.Continue;
  }

  /** What the policy says of this stream's request, and of the next one with that digest. */
  hear(digest: Uint8Array, decision: Decision): void {
    this.plugin.keep(digest, decision);
    // In shadow mode the log hears it, however long the client is gone.
    if (!this.isOver || this.isShadow) this.decide(decision);
  }

  private ask(endOfStream: bool): void {
    const plugin = this.plugin;
    const service = this.settings.service;
    if (service === null) return this.decide(new Decision(Outcome.Failed, "there is no policy service"));
    const headers = this.request.headers;
    const digest = digestOf(headers, endOfStream, this.settings);
    const known = plugin.decisionOn(digest);
    if (known !== null) return this.decide(known);
    this.stage = Stage.Asked;
    // In shadow mode the stream may be over before the policy answers.
    const asking: Context = this.isShadow ? plugin : this;
    const call = questionAbout(headers, endOfStream, this.settings, service);
    const failure = service.dispatch(asking, call, new Answer(this, digest));
    if (failure == CallFailure.UnknownCluster) {
      this.decide(new Decision(Outcome.Failed, "there is no cluster for " + service.authority));
    } else if (failure != CallFailure.None) {
      this.decide(new Decision(Outcome.Failed, "the policy service cannot be asked"));
    }
  }

  /** Lets the request go on, or answers it. */
  private decide(decision: Decision): void {
    const plugin = this.plugin;
    const outcome = decision.outcome;
    let goesOn = true;
    if (outcome == Outcome.Allowed) {
      plugin.allowed.add();
      this.change(decision);
    } else {
      if (outcome == Outcome.Denied) plugin.denied.add();
      else plugin.failed.add();
      goesOn = this.settings.dryRun || (outcome == Outcome.Failed && this.settings.failureModeAllow);
      this.note(decision, goesOn);
    }
    if (goesOn || this.isShadow) {
      if (!goesOn) this.refuse(decision);
      this.stage = Stage.Free;
      this.request.resume();
    } else {
      this.stage = Stage.Refused;
      this.refuse(decision);
    }
  }

  private note(decision: Decision, goesOn: bool): void {
    const reason = decision.reason;
    const quoted = new JsonWriter().string(reason.substring(0, 256)).text();
    if (this.settings.dryRun) log.warn("let by, in a dry run: " + quoted);
    else log.warn((goesOn ? "let by: " : "denied: ") + quoted);
    this.audit(goesOn ? "bypass" : "deny", this.settings.dryRun ? "dry_run" : "policy", reason);
  }

  /** Does to the request what the policy says, and remembers what it says of the response. */
  private change(decision: Decision): void {
    if (this.isOver) return;
    const headers = this.request.headers;
    const removed = decision.requestHeadersToRemove;
    for (let i = 0; i < removed.length; i++) headers.remove(removed[i]);
    // What the client sent under these names goes; several values of the policy's stay.
    const fields = decision.requestHeaders;
    for (let i = 0; i < fields.length; i++) headers.remove(fields[i][0]);
    for (let i = 0; i < fields.length; i++) headers.add(fields[i][0], fields[i][1]);
    this.responseHeaders = decision.responseHeaders;
  }

  private refuse(decision: Decision): void {
    if (decision.outcome == Outcome.Failed) {
      this.sendLocalReply(
        UNAVAILABLE,
        "Policy service unavailable",
        [["content-type", "text/plain"]],
        FAILED,
      );
      return;
    }
    const status = decision.status == 0 ? FORBIDDEN : decision.status;
    const said = decision.body;
    let body = said === null ? (decision.status == 0 ? '{"error": "Forbidden"}' : "") : said;
    if (status == NO_CONTENT || status == NOT_MODIFIED) body = "";
    const headers = decision.headers.slice();
    if (body.length != 0 && !hasField(headers, "content-type")) {
      const isJson = parseJsonText(body).error == JsonError.None;
      headers.push(["content-type", isJson ? "application/json" : "text/plain"]);
    }
    // Where what the policy wants to be said cannot be, the request is denied all the same.
    if (!this.sendLocalReply(status, body, headers, DENIED) && !this.isShadow)
      this.sendLocalReply(FORBIDDEN, "", [], DENIED);
  }
}


@final
class Answer extends HttpCallHandler {
  constructor(
    private readonly stream: EnforcedStream,
    private readonly digest: Uint8Array,
  ) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    this.stream.hear(this.digest, readAnswer(response));
  }
}
