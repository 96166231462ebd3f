import {
  BodyAction,
  CallFailure,
  Context,
  HeadersAction,
  HttpCallHandler,
  HttpCallResponse,
  HttpContext,
  JsonWriter,
  TrailersAction,
  decimal,
  log,
  properties,
} from "as-proxy-wasm";
import { readAnswer, readStatus, unanswered } from "./answer";
import { Decision, Outcome } from "./decision";
import { ExtAuth } from "./plugin";
import { Question } from "./question";
import { Mode, Settings } from "./settings";

/** How far a request has come. */
enum Stage {
  /** Its body is still to come, and belongs to the question. */
  AwaitsBody,
  /** It waits for what the service says. */
  Asked,
  /** It was decided on, or nobody asks. */
  Settled,
}

const TOO_LARGE: u32 = 413;
const MISUNDERSTOOD: u32 = 500;
const UNAVAILABLE: u32 = 503;

const TEXT = "text/plain";
const JSON_TYPE = "application/json";

/** What an access log says of the answer. */
const DENIED = "ext_auth_denied";
const FAILED = "ext_auth_error";

/** A request that goes on when the service allows it. */
@final
export class ExtAuthStream extends HttpContext {
  private stage: Stage = Stage.Settled;

  constructor(
    private readonly plugin: ExtAuth,
    private readonly settings: Settings,
  ) {
    super();
  }

  /** Whether there is still somebody to tell what the service says. In shadow mode that is the log. */
  get isWaiting(): bool {
    return this.stage == Stage.Asked && (!this.isOver || this.isShadow);
  }

  /** Whether nothing of the request may go on. In shadow mode nobody waits for the service. */
  private get isHeld(): bool {
    if (this.stage == Stage.Asked) return !this.isShadow;
    return this.stage == Stage.AwaitsBody || this.replied;
  }

  /** Whether it still waits for a part of its body. */
  get awaitsBody(): bool {
    return this.stage == Stage.AwaitsBody && !this.isOver;
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const plugin = this.plugin;
    const rule = this.settings.skip.indexFor(this.request.headers);
    if (rule >= 0) {
      plugin.skipped.add();
      this.audit("bypass", "skip[" + decimal(rule) + "]", "the service is not asked");
      return HeadersAction.Continue;
    }
    if (this.settings.withBody && !endOfStream) {
      this.stage = Stage.AwaitsBody;
      plugin.bodies.expect(this);
      if (this.stage == Stage.AwaitsBody) return HeadersAction.Pause;
    } else {
      this.ask(null);
    }
    return this.isHeld ? HeadersAction.PauseAll : HeadersAction.Continue;
  }

  onRequestBody(size: u32, endOfStream: bool): BodyAction {
    if (this.stage == Stage.AwaitsBody) {
      this.plugin.bodies.arrived();
      if (size > this.settings.maxBodySize) {
        this.decide(new Decision(Outcome.TooLarge, "the request's body is longer than max_body_size_bytes"));
      } else if (endOfStream) {
        this.askWithBody();
      }
    }
    return this.isHeld ? BodyAction.Pause : BodyAction.Continue;
  }

  onRequestTrailers(): TrailersAction {
    if (this.stage == Stage.AwaitsBody) {
      this.plugin.bodies.arrived();
      this.askWithBody();
    }
    return this.isHeld ? TrailersAction.Pause : TrailersAction.Continue;
  }

  /** How much of the body the host has, by its own count: it is there before any callback. */
  bodySizeAtHost(): i64 {
    if (!this.makeEffective()) return 0;
    return properties.request.totalSize() - properties.request.headersBytes();
  }

  /** What the service says to a question of this stream's, and what the next one with that question is told, too. */
  hear(question: Question, decision: Decision): void {
    this.plugin.keep(question, decision);
    if (this.isWaiting) this.decide(decision);
  }

  /** Lets the request go on, or answers it. */
  decide(decision: Decision): void {
    this.stage = Stage.Settled;
    const plugin = this.plugin;
    const outcome = decision.outcome;
    if (outcome == Outcome.Allowed) {
      plugin.allowed.add();
      this.vouch(decision.upstreamHeaders);
      this.request.resume();
      return;
    }
    if (outcome == Outcome.Denied) plugin.denied.add();
    else plugin.failed.add();
    const bypass = outcome == Outcome.Unavailable && this.settings.failureModeAllow;
    const reason = decision.reason;
    log.warn((bypass ? "let by: " : "denied: ") + new JsonWriter().string(reason.substring(0, 256)).text());
    this.audit(bypass ? "bypass" : "deny", "auth_service", reason);
    if (!bypass) this.refuse(decision);
    if (bypass || this.isShadow) this.request.resume();
  }

  /** Tells the upstream what the service says of the client. */
  private vouch(fields: string[][]): void {
    if (this.isOver) return;
    for (let i = 0; i < fields.length; i++) this.request.headers.add(fields[i][0], fields[i][1]);
  }

  private refuse(decision: Decision): void {
    const settings = this.settings;
    const outcome = decision.outcome;
    if (outcome == Outcome.Denied && decision.status != 0) {
      const sent = this.sendLocalReplyBytes(decision.status, decision.body, decision.headers, DENIED);
      // What the service wants to be said cannot be.
      if (!sent && !this.isShadow) this.reply(MISUNDERSTOOD, "Internal authorization error", TEXT, FAILED);
    } else if (outcome == Outcome.Denied) {
      this.reply(settings.deniedStatus, settings.deniedBody, settings.deniedType, DENIED);
    } else if (outcome == Outcome.Unavailable) {
      this.reply(UNAVAILABLE, "Auth service unavailable", TEXT, FAILED);
    } else if (outcome == Outcome.TooLarge) {
      this.reply(TOO_LARGE, '{"error": "Payload Too Large"}', JSON_TYPE, DENIED);
    } else {
      this.reply(MISUNDERSTOOD, "Internal authorization error", TEXT, FAILED);
    }
  }

  private reply(status: u32, body: string, type: string, details: string): void {
    this.sendLocalReply(status, body, [["content-type", type]], details);
  }

  private askWithBody(): void {
    this.ask(this.request.body.bytes());
  }

  /** Asks the service, or those that were asked before. */
  private ask(body: Uint8Array | null): void {
    const plugin = this.plugin;
    const settings = this.settings;
    const question = Question.about(this.request.headers, body, settings);
    const known = plugin.decisionOn(question);
    if (known !== null) return this.decide(known);
    this.stage = Stage.Asked;
    const batch = plugin.batch;
    if (batch !== null) return batch.add(this, question);
    // In shadow mode the stream may be over before the service answers.
    const asking: Context = this.isShadow ? plugin : this;
    const failure = asking.dispatchHttpCall(
      settings.cluster,
      question.call(settings),
      new Answer(this, question, settings),
    );
    if (failure == CallFailure.UnknownCluster) {
      this.decide(new Decision(Outcome.Unavailable, "there is no cluster " + settings.cluster));
    } else if (failure != CallFailure.None) {
      this.decide(new Decision(Outcome.Unavailable, "the auth service cannot be asked"));
    }
  }
}


@final
class Answer extends HttpCallHandler {
  constructor(
    private readonly stream: ExtAuthStream,
    private readonly question: Question,
    private readonly settings: Settings,
  ) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    const failure = unanswered(response);
    this.stream.hear(this.question, failure === null ? this.read(response) : failure);
  }

  private read(response: HttpCallResponse): Decision {
    const settings = this.settings;
    return settings.mode == Mode.Http ? readStatus(response, settings) : readAnswer(response, settings);
  }
}
