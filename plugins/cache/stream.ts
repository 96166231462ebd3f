import {
  BodyAction,
  FieldBlock,
  HeadersAction,
  HttpContext,
  NO_HEADER,
  Slice,
  TrailersAction,
  copyOf,
  decimal,
  now,
  sliceOf,
  utf8Slice,
} from "as-proxy-wasm";
import { Arriving } from "./arriving";
import { Asked } from "./asked";
import { refreshInBackground } from "./background";
import { Validators, clientHas, fieldsOfNotModified } from "./conditions";
import { Entry, Flag } from "./entry";
import { currentAge } from "./freshness";
import { Flight, Waiter } from "./flights";
import { UnsafeRequest } from "./invalidation";
import { canStandIn, isOfUpstream } from "./origin";
import { Cache } from "./plugin";
import { RequestHead } from "./request-head";
import { ResponseHead } from "./response-head";
import { Reuse, mayReplaceError, reuseOf } from "./reuse";
import { Settings } from "./settings";
import { NOT_KEPT } from "./storability";
import { Verdict, WORDS } from "./verdict";

const GATEWAY_TIMEOUT: u32 = 504;
const NOT_MODIFIED: i32 = 304;

/** A request, answered from what is kept or by the origin, whose answer may be kept then. */
@final
export class CacheStream extends HttpContext {
  private verdict: Verdict = Verdict.Bypass;
  /** The request as it went to the origin, if its answer concerns the cache. */
  private asked: Asked | null = null;
  private unsafe: UnsafeRequest | null = null;
  /** What is kept for it, while the origin is asked about that. */
  private kept: Uint8Array | null = null;
  /** Whether the origin was asked by the validators of what is kept. */
  private isConditional: bool = false;
  /** Whether the answer has no type; the host gives bodies that it sends itself one. */
  private isUntyped: bool = false;
  /** What others wait for: that this one has its answer. */
  private flight: Flight | null = null;
  private flightLow: u64 = 0;
  private flightHigh: u64 = 0;
  private isWaiting: bool = false;
  /** Since when it has waited, in milliseconds since 1970; 0 before it has. */
  private waitingSince: i64 = 0;
  /** The response while it comes in, to be kept. */
  private arriving: Arriving | null = null;
  /** Whether it has no answer yet. */
  private isOpen: bool = false;

  constructor(
    private readonly plugin: Cache,
    private readonly settings: Settings,
  ) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const plugin = this.plugin;
    const settings = this.settings;
    plugin.tally.begin();
    this.isOpen = true;
    const block = this.request.headers.block();
    const head = RequestHead.read(FieldBlock.cursor(block));
    if (!head.isSafe) this.unsafe = new UnsafeRequest(head);
    if (!settings.isEnabled) return HeadersAction.Continue;
    const isServed = (head.isGet && settings.servesGet) || (head.isHead && settings.servesHead);
    if (!isServed || !endOfStream || head.isForOrigin || head.noStore) {
      return head.isSafe && head.onlyIfCached && this.refuse()
        ? HeadersAction.PauseAll
        : HeadersAction.Continue;
    }
    return this.decide(head, block, true) ? HeadersAction.Continue : HeadersAction.PauseAll;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    if (this.replied) {
      if (this.isUntyped) this.response.headers.remove("content-type");
      return HeadersAction.Continue;
    }
    const time = milliseconds();
    if (this.asked !== null && this.take(endOfStream, time)) return HeadersAction.PauseAll;
    const unsafe = this.unsafe;
    if (unsafe !== null) unsafe.take(this.plugin, this.response.headers);
    this.close(this.verdict, time);
    this.response.headers.set("x-cache", WORDS[this.verdict]);
    return HeadersAction.Continue;
  }

  onResponseBody(size: u32, endOfStream: bool): BodyAction {
    const arriving = this.arriving;
    if (arriving !== null) {
      if (size != 0) arriving.append(this.response.body.view(0, size));
      if (arriving.isTooLong) this.drop();
      else if (endOfStream) this.keep();
    }
    return BodyAction.Continue;
  }

  onResponseTrailers(): TrailersAction {
    if (this.arriving !== null) this.keep();
    return TrailersAction.Continue;
  }

  onDelete(): void {
    this.endFlight();
    if (this.isOpen) this.end(milliseconds());
  }

  /** What it waited for is kept, or will not be. */
  goOn(timedOut: bool): void {
    if (!this.isWaiting || this.isOver || !this.makeEffective()) return;
    this.isWaiting = false;
    const block = this.request.headers.block();
    const mayWait = !timedOut && milliseconds() - this.waitingSince < <i64>this.settings.collapseTimeoutMs;
    if (this.decide(RequestHead.read(FieldBlock.cursor(block)), block, mayWait)) this.request.resume();
  }

  /** Answers the request, or has it wait, or go to the origin: then it is true. */
  private decide(head: RequestHead, block: Slice, mayWait: bool): bool {
    const plugin = this.plugin;
    const store = plugin.store;
    const entry = store.find(head, block);
    const time = milliseconds();
    const low = store.variantLow;
    const high = store.variantHigh;
    let kept: Entry | null = null;
    if (entry !== null) {
      const age = currentAge(entry.initialAge, entry.responseTime, time);
      const reuse = reuseOf(entry, head, age);
      if (reuse == Reuse.Fresh && this.answer(entry, head, Verdict.Hit, age, time)) return false;
      if (reuse == Reuse.Stale && this.answer(entry, head, Verdict.Stale, age, time)) return false;
      if (reuse == Reuse.StaleMeanwhile && (this.settings.revalidatesInBackground || head.onlyIfCached)) {
        if (!this.isShadow && !head.onlyIfCached) {
          const asked = new Asked(head, block, store.low, store.high, time);
          refreshInBackground(plugin, asked, entry, low, high);
        }
        if (this.answer(entry, head, Verdict.Stale, age, time)) return false;
      }
      if (reuse != Reuse.Unfit) kept = entry;
    }
    if (head.onlyIfCached) return !this.refuse();
    this.verdict = Verdict.Miss;
    const mayShare = head.isGet && !head.isPersonal && !head.noCache && !this.isShadow;
    if (mayShare && mayWait && plugin.flights.wait(new WaitingStream(this), low, high, time)) {
      this.isWaiting = true;
      if (this.waitingSince == 0) this.waitingSince = time;
      return false;
    }
    const asked = new Asked(head, block, store.low, store.high, time);
    asked.hadVariants = store.hasVariants;
    this.asked = asked;
    this.flightLow = low;
    this.flightHigh = high;
    if (mayShare && asked.isUsual) this.flight = plugin.flights.begin(low, high, time);
    if (kept !== null) this.askAbout(kept);
    return true;
  }

  /** Makes of the request one that asks whether an entry still is what the origin has. (RFC 9111, 4.3.1) */
  private askAbout(entry: Entry): void {
    this.kept = copyOf(entry.bytes);
    const validators = Validators.of(entry.cursor());
    if (!validators.exist || this.isShadow) return;
    const headers = this.request.headers;
    this.isConditional = true;
    if (validators.etag != NO_HEADER) headers.setBytes("if-none-match", copyOf(validators.etag));
    else headers.remove("if-none-match");
    if (validators.lastModified != NO_HEADER)
      headers.setBytes("if-modified-since", copyOf(validators.lastModified));
    else headers.remove("if-modified-since");
  }

  /** Looks at the origin's answer, at a time in milliseconds since 1970. True when something that is kept was sent in its place. */
  private take(endOfStream: bool, time: i64): bool {
    const asked = this.asked;
    if (asked === null) return false;
    const plugin = this.plugin;
    const block = this.response.headers.block();
    const head = ResponseHead.read(FieldBlock.cursor(block), time / 1000);
    const entry = this.entry();
    if (entry !== null) {
      const isOfOrigin = isOfUpstream();
      if (isOfOrigin && this.isConditional && head.status == NOT_MODIFIED) {
        return this.takeNotModified(asked, entry, block, head, time);
      }
      if (canStandIn(head.status, isOfOrigin)) {
        const age = currentAge(entry.initialAge, entry.responseTime, time);
        const request = asked.head();
        if (mayReplaceError(entry, request.control, age)) {
          this.land(true);
          return this.answer(entry, request, Verdict.Stale, age, time);
        }
      }
    }
    const lifetime = asked.isGet ? plugin.store.lifetimeOf(asked, head, time) : NOT_KEPT;
    const isKept = lifetime != NOT_KEPT && head.contentLength <= <i64>this.settings.maxBodySize;
    // Whose answer it is matters only where it would change something.
    if ((isKept || entry !== null) && !isOfUpstream()) {
      this.endFlight();
      return false;
    }
    if (!isKept) {
      const isError = head.status >= 500;
      // What the origin has now is not what is kept.
      if (entry !== null && !isError && head.status != NOT_MODIFIED) {
        if (!asked.isGet && head.status == 200) plugin.store.takeHead(asked, entry, block, head, time);
        else plugin.store.withdraw(asked, time);
      }
      if (asked.isGet && !isError && head.status != NOT_MODIFIED) this.land(false);
      else this.endFlight();
      return false;
    }
    this.arriving = plugin.store.begin(asked, head, lifetime, block, time);
    if (this.arriving === null) this.land(false);
    else if (endOfStream) this.keep();
    return false;
  }

  /** The origin has still what is kept: that is the answer, with what the 304 says anew. (RFC 9111, 4.3.4) */
  private takeNotModified(asked: Asked, entry: Entry, block: Slice, head: ResponseHead, time: i64): bool {
    const store = this.plugin.store;
    const bytes = store.refresh(asked, entry, block, head, time);
    this.land(true);
    let current = entry;
    if (bytes !== null) {
      const fresh = Entry.reopen(sliceOf(bytes));
      if (fresh !== null) current = fresh;
    }
    const age = currentAge(current.initialAge, current.responseTime, time);
    return this.answer(current, asked.head(), Verdict.Revalidated, age, time);
  }

  /** Sends what is kept, at a time in milliseconds since 1970. False where that cannot be, as in shadow mode. */
  private answer(entry: Entry, head: RequestHead, verdict: Verdict, age: i64, time: i64): bool {
    const word = utf8Slice(WORDS[verdict]);
    const seconds = utf8Slice(decimal(age));
    this.verdict = verdict;
    this.isUntyped = entry.has(Flag.Untyped);
    if (clientHas(entry, head, time / 1000)) {
      const fields = fieldsOfNotModified(entry, word, seconds);
      if (fields == 0 || !this.sendLocalReplyBlock(NOT_MODIFIED, fields, 0, DETAILS[verdict])) return false;
    } else if (
      !this.sendLocalReplyBlock(entry.status, entry.fieldsFor(word, seconds), entry.body, DETAILS[verdict])
    ) {
      return false;
    }
    this.close(verdict, time);
    return true;
  }

  /** Says that there is nothing kept, where the client wants nothing else. (RFC 9111, 5.2.1.7) */
  private refuse(): bool {
    const isSent = this.sendLocalReply(GATEWAY_TIMEOUT, "", [["x-cache", "MISS"]], "cache_only_if_cached");
    if (isSent) this.close(Verdict.Miss, milliseconds());
    return isSent;
  }

  /** Keeps the response, which is complete. */
  private keep(): void {
    const arriving = this.arriving;
    const asked = this.asked;
    this.arriving = null;
    if (arriving === null || asked === null) return;
    this.land(arriving.isWhole && this.plugin.store.finish(asked, arriving));
  }

  /** Gives up keeping a response that is too long. */
  private drop(): void {
    this.arriving = null;
    const asked = this.asked;
    if (asked !== null && this.kept !== null) this.plugin.store.withdraw(asked, milliseconds());
    this.land(false);
  }

  private land(isKept: bool): void {
    const flight = this.flight;
    this.flight = null;
    if (flight !== null) this.plugin.flights.land(flight, this.flightLow, this.flightHigh, isKept);
  }

  private endFlight(): void {
    const flight = this.flight;
    this.flight = null;
    if (flight !== null) this.plugin.flights.end(flight);
  }

  /** Notes what the client is told, just before it is, at a time in milliseconds since 1970. */
  private close(verdict: Verdict, time: i64): void {
    this.plugin.tally.note(verdict);
    this.end(time);
  }

  /** Notes that nobody waits for an answer any longer. */
  private end(time: i64): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.plugin.tally.end(time);
  }

  private entry(): Entry | null {
    const kept = this.kept;
    return kept === null ? null : Entry.reopen(sliceOf(kept));
  }
}

/** What an access log says of an answer, by its verdict. */
const DETAILS: string[] = ["cache_hit", "cache_miss", "cache_stale", "cache_revalidated", "cache_bypass"];


@final
class WaitingStream extends Waiter {
  constructor(private readonly stream: CacheStream) {
    super();
  }

  onLanding(timedOut: bool): void {
    this.stream.goOn(timedOut);
  }
}

/** In milliseconds since 1970. */
function milliseconds(): i64 {
  return <i64>(now() / 1000000);
}
