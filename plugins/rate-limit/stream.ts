import {
  Body,
  Context,
  GrpcCallHandler,
  GrpcStatus,
  Headers,
  HeadersAction,
  HttpContext,
  LogLevel,
  RootContext,
  decimal,
  log,
} from "as-proxy-wasm";
import { Outcome } from "./bucket-set";
import { LimitFigures } from "./figures";
import { LimitCode, RateLimitResponse } from "./rate-limit-messages";
import { RateLimitService } from "./rate-limit-service";
import { isGrpc, refuse, refuseUnknown } from "./replies";
import { RateRule } from "./rules";
import { SHADOW_MODE, Settings } from "./settings";

/** A request, and whether it is within the limit. */
export class RateLimitStream extends HttpContext {
  /** Where the configuration has the rule that the request fits; "" for the limit of all others. */
  private ruleName: string = "";
  /** What the service wants added to the response. */
  private responseFields: string[][] = [];

  constructor(
    private readonly plugin: RootContext,
    private readonly settings: Settings,
  ) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const rule = this.settings.rules.choose(this.request.headers);
    this.ruleName = rule.name;
    const service = this.settings.service;
    return service === null ? this.count(rule) : this.ask(service, rule);
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const fields = this.responseFields;
    if (fields.length != 0) addFields(this.response.headers, fields);
    return HeadersAction.Continue;
  }

  private count(rule: RateRule): HeadersAction {
    const buckets = this.settings.buckets;
    const stats = this.settings.stats;
    if (!buckets.take(rule, this.request.headers)) {
      return this.unknown("other workers were faster each time");
    }
    if (buckets.set.evicted) stats.evicted.add();
    if (buckets.outcome == Outcome.Refused) {
      return this.overLimit(LimitFigures.of(buckets.bucket, rule.limit), new Uint8Array(0), []);
    }
    if (buckets.outcome == Outcome.Untracked) stats.untracked.add();
    stats.ok.add();
    return HeadersAction.Continue;
  }

  private ask(service: RateLimitService, rule: RateRule): HeadersAction {
    const shadowed = this.settings.shadow.length != 0;
    // What only watches holds no request up, and hears the answer even when the stream has ended by then.
    const asking: Context = shadowed ? this.plugin : this;
    if (!service.ask(asking, rule, this.request.headers, new Answer(this))) {
      return this.unknown("no cluster among " + service.clusters);
    }
    return shadowed ? HeadersAction.Continue : HeadersAction.Pause;
  }

  /** The service has answered. */
  answered(answer: RateLimitResponse): void {
    if (answer.code == LimitCode.Unknown) return this.failed("the service gave no decision");
    if (answer.code == LimitCode.OverLimit) {
      this.overLimit(LimitFigures.from(answer), answer.body, answer.responseHeaders);
      return;
    }
    this.settings.stats.ok.add();
    if (this.settings.shadow.length != 0) return;
    this.responseFields = answer.responseHeaders;
    this.addToRequest(answer.requestHeaders);
    this.request.resume();
  }

  /** There is no answer, or none that says anything. */
  failed(reason: string): void {
    if (this.unknown(reason) == HeadersAction.Continue) this.request.resume();
  }

  private overLimit(figures: LimitFigures, body: Uint8Array, fields: string[][]): HeadersAction {
    const settings = this.settings;
    settings.stats.overLimit.add();
    if (log.has(LogLevel.Debug)) log.debug("over the limit" + this.ofRule());
    this.audit(settings.shadow == SHADOW_MODE ? "bypass" : "deny", this.ruleName, "over the limit");
    if (settings.shadow.length != 0) {
      settings.stats.shadowed.add();
      log.info(settings.shadow + ": would answer 429");
      return HeadersAction.Continue;
    }
    refuse(this, isGrpc(this.request.headers), figures, body, fields);
    return HeadersAction.Pause;
  }

  private unknown(reason: string): HeadersAction {
    const settings = this.settings;
    settings.stats.failed.add();
    log.warn("undecided" + this.ofRule() + ": " + reason);
    const passes = settings.failOpen || settings.shadow.length != 0;
    this.audit(passes ? "bypass" : "deny", this.ruleName, reason);
    if (passes) return HeadersAction.Continue;
    refuseUnknown(this, isGrpc(this.request.headers));
    return HeadersAction.Pause;
  }

  /** Adds what the service says of the request, in the place of what the client sent under the same names. */
  private addToRequest(fields: string[][]): void {
    const headers = this.request.headers;
    for (let i = 0; i < fields.length; i++) headers.strip(unchecked(fields[i])[0]);
    addFields(headers, fields);
  }

  private ofRule(): string {
    return this.ruleName.length == 0 ? "" : " of " + this.ruleName;
  }
}

function addFields(headers: Headers, fields: string[][]): void {
  for (let i = 0; i < fields.length; i++) {
    const field = unchecked(fields[i]);
    headers.add(unchecked(field[0]), unchecked(field[1]));
  }
}

/** Hears the service's answer for a request. */
@final
class Answer extends GrpcCallHandler {
  constructor(private readonly stream: RateLimitStream) {
    super();
  }

  onResponse(message: Body): void {
    this.stream.answered(new RateLimitResponse(message.bytes()));
  }

  onFailure(status: GrpcStatus, message: string): void {
    this.stream.failed("gRPC status " + decimal(status) + " " + message);
  }
}
