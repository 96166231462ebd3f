import {
  CallFailure,
  Context,
  HeadersAction,
  HttpCallHandler,
  HttpCallResponse,
  HttpContext,
  JsonWriter,
  decimal,
  log,
} from "as-proxy-wasm";
import { failed, readAnswer } from "./answer";
import { Decision, Outcome } from "./decision";
import { RbacEnforcer } from "./plugin";
import { digestOf, questionAbout } from "./question";
import { Settings } from "./settings";

const FORBIDDEN: u32 = 403;

/** What an access log says of the answer. */
const DENIED = "rbac_enforcer_denied";
const FAILED = "rbac_enforcer_error";

/** A request that goes on when the policy allows it. */
@final
export class EnforcedStream extends HttpContext {
  /** Whether it waits for the policy, or is answered here: it must not go on. */
  private isHeld: bool = false;
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
    return this.isHeld ? HeadersAction.PauseAll : HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const fields = this.responseHeaders;
    for (let i = 0; i < fields.length; i++) this.response.headers.add(fields[i][0], fields[i][1]);
    return HeadersAction.Continue;
  }

  /** What the policy says of this stream's request, and of the next one with that digest. */
  hear(digest: Uint8Array, decision: Decision): void {
    this.plugin.keep(digest, decision);
    this.decide(decision);
  }

  private ask(endOfStream: bool): void {
    const plugin = this.plugin;
    const service = this.settings.service;
    if (service === null) return this.decide(failed("there is no policy service"));
    const headers = this.request.headers;
    const digest = digestOf(headers, endOfStream, this.settings);
    const known = plugin.decisionOn(digest);
    if (known !== null) return this.decide(known);
    // In shadow mode nobody waits for the policy, and the stream may be over before it answers.
    this.isHeld = !this.isShadow;
    const asking: Context = this.isShadow ? plugin : this;
    const call = questionAbout(headers, endOfStream, this.settings, service);
    const failure = service.dispatch(asking, call, new Answer(this, digest));
    if (failure == CallFailure.UnknownCluster) {
      this.decide(failed("there is no cluster for " + service.authority));
    } else if (failure != CallFailure.None) {
      this.decide(failed("the policy service cannot be asked"));
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
    this.isHeld = !goesOn && !this.isShadow;
    if (!goesOn) this.refuse(decision);
    if (!this.isHeld) this.request.resume();
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
    const removed = decision.removed;
    for (let i = 0; i < removed.length; i++) headers.remove(removed[i]);
    // What the client sent under these names goes; several values of the policy's stay.
    const fields = decision.headers;
    for (let i = 0; i < fields.length; i++) headers.remove(fields[i][0]);
    for (let i = 0; i < fields.length; i++) headers.add(fields[i][0], fields[i][1]);
    this.responseHeaders = decision.responseHeaders;
  }

  private refuse(decision: Decision): void {
    const details = decision.outcome == Outcome.Denied ? DENIED : FAILED;
    const sent = this.sendLocalReply(decision.status, decision.body, decision.headers, details);
    // Where what the policy wants to be said cannot be, the request is denied all the same.
    if (!sent && !this.isShadow) this.sendLocalReply(FORBIDDEN, "", [], details);
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
