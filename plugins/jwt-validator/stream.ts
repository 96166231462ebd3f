import {
  HeadersAction,
  HttpContext,
  Jwt,
  JwtKeySet,
  JwtProblem,
  copyOf,
  decimal,
  describeJwtProblem,
  jwtAlgorithmName,
  log,
  monotonicNow,
  now,
  parseJwt,
  properties,
  sizeOf,
} from "as-proxy-wasm";
import { claimAt, claimText, hasClaim } from "./claim";
import { JwtValidator } from "./plugin";
import { refusal } from "./refusal";
import { Settings } from "./settings";
import { FoundTokens, TokenPlace } from "./token-places";

/** The property that tells other plugins of the claims; Envoy's filter state has it as `wasm.jwt_payload`. */
const PAYLOAD_PROPERTY = "jwt_payload";

const MISSING = "there is no token";
const SEVERAL = "there is more than one token";
const NO_KEYS = "there are no keys to check tokens with";

/** A request that goes on when its token is accepted. */
@final
export class JwtStream extends HttpContext {
  private token: Jwt | null = null;
  private place: TokenPlace | null = null;
  private awaitsKeys: bool = false;
  /** When the request came, and how long it waits for keys, on the clock that never goes back. */
  private arrivedAt: u64 = 0;
  private deadline: u64 = 0;
  /** The keys that its token was checked with last. */
  private tried: JwtKeySet | null = null;
  /** The size of its token in bytes. */
  size: u32 = 0;

  constructor(
    private readonly plugin: JwtValidator,
    private readonly settings: Settings,
  ) {
    super();
  }

  /** Whether there is still something to decide. In shadow mode that is so when the request has long gone on. */
  get isWaiting(): bool {
    return this.awaitsKeys && (!this.isOver || this.isShadow);
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const plugin = this.plugin;
    const settings = this.settings;
    const headers = this.request.headers;
    const rule = settings.skip.indexFor(headers);
    if (rule >= 0) {
      plugin.skipped.add();
      this.audit("bypass", "skip[" + decimal(rule) + "]", "tokens are not looked at");
      return HeadersAction.Continue;
    }
    const found = new FoundTokens();
    for (let i = 0; i < settings.places.length; i++) settings.places[i].find(headers, found);
    if (found.count == 1) {
      const token = parseJwt(found.token, settings.maxTokenSize);
      this.size = <u32>sizeOf(found.token);
      this.token = token;
      this.place = found.place;
      this.begin(token);
    } else if (found.count > 1) {
      this.note("token", SEVERAL);
      refusal.several(this, settings.challenge, SEVERAL);
    } else if (settings.allowMissing) {
      plugin.anonymous.add();
      this.audit("bypass", "allow_missing", MISSING);
    } else {
      this.note("token", MISSING);
      refusal.missing(this, settings.challenge);
    }
    return this.replied || this.awaitsKeys ? HeadersAction.PauseAll : HeadersAction.Continue;
  }

  /** There may be other keys, or the time may be up. False when it waits no longer. */
  reconsider(): bool {
    const token = this.token;
    const remote = this.plugin.remote;
    if (token === null || remote === null || !this.isWaiting) return false;
    const keys = remote.keys;
    if (keys !== this.tried) {
      const problem = this.check(token);
      if (problem != JwtProblem.UnknownKey) {
        this.decide(token, problem);
        return false;
      }
    }
    const wasAsked = keys !== null && remote.attemptedAt >= this.arrivedAt;
    if (wasAsked) remote.noteAbsent(nameOfKey(token));
    else if (monotonicNow() < this.deadline) return true;
    this.decide(token, JwtProblem.UnknownKey);
    return false;
  }

  /** Decides at once, or waits for keys. */
  private begin(token: Jwt): void {
    let problem = this.check(token);
    const remote = this.plugin.remote;
    if (problem == JwtProblem.UnknownKey && remote !== null) {
      // Another VM may have fetched them a moment ago.
      remote.look();
      if (remote.keys !== this.tried) problem = this.check(token);
      // What will not do anyway waits for nothing.
      const claims = this.checkClaims(token);
      if (claims != JwtProblem.None) problem = claims;
      if (problem == JwtProblem.UnknownKey && !remote.isAbsent(nameOfKey(token))) {
        this.arrivedAt = monotonicNow();
        this.deadline = this.arrivedAt + this.settings.timeout;
        this.awaitsKeys = remote.wait(this);
        if (this.awaitsKeys) return;
      }
    }
    this.decide(token, problem);
  }

  /** What is wrong with a token; `UnknownKey` also while there are no keys at all. */
  private check(token: Jwt): JwtProblem {
    const keys = this.plugin.keys;
    this.tried = keys;
    if (token.problem != JwtProblem.None) return token.problem;
    if (!this.settings.takes(token.algorithm)) return JwtProblem.Algorithm;
    if (keys === null) return JwtProblem.UnknownKey;
    const problem = token.verify(keys);
    return problem != JwtProblem.None ? problem : this.checkClaims(token);
  }

  private checkClaims(token: Jwt): JwtProblem {
    const required = this.settings.requiredClaims;
    const problem = this.settings.rules.check(token.claims, now());
    if (problem != JwtProblem.None) return problem;
    for (let i = 0; i < required.length; i++) {
      if (!hasClaim(token.claims, required[i])) return JwtProblem.MissingClaim;
    }
    return JwtProblem.None;
  }

  /** Lets the request go on, or answers it. */
  private decide(token: Jwt, problem: JwtProblem): void {
    this.awaitsKeys = false;
    if (problem == JwtProblem.None) {
      this.plugin.allowed.add();
      if (!this.isOver) this.vouch(token);
      this.request.resume();
      return;
    }
    if (problem == JwtProblem.UnknownKey && this.plugin.keys === null) {
      this.plugin.failed.add();
      log.debug("denied: " + NO_KEYS);
      this.audit("deny", "keys", NO_KEYS);
      refusal.unavailable(this, NO_KEYS);
      return;
    }
    const description = describeJwtProblem(problem);
    this.note("token", description);
    refusal.invalid(this, this.settings.challenge, description);
  }

  private note(rule: string, reason: string): void {
    this.plugin.denied.add();
    log.debug("denied: " + reason);
    this.audit("deny", rule, reason);
  }

  /** Tells the upstream, and plugins that come later, what the token says. */
  private vouch(token: Jwt): void {
    const settings = this.settings;
    const headers = this.request.headers;
    const place = this.place;
    if (!settings.forward && place !== null) place.remove(headers);
    if (settings.payloadHeader.length != 0) headers.setBytes(settings.payloadHeader, token.payload);
    const told = settings.claimHeaders;
    for (let i = 0; i < told.length; i++) {
      const claim = claimAt(token.claims, told[i].claim);
      const text = claimText(token.claims, claim);
      if (text !== null && !headers.has(told[i].header)) headers.set(told[i].header, text);
    }
    if (this.isShadow || !this.makeEffective()) return;
    properties.setBytes(PAYLOAD_PROPERTY, copyOf(token.claims.raw(token.claims.root)));
  }
}

/** What a key is known by, where tokens with the same name for it need the same. */
function nameOfKey(token: Jwt): string {
  const kid = token.kid;
  return jwtAlgorithmName(token.algorithm) + (kid === null ? "" : " " + kid);
}
