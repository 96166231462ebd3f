import {
  CallFailure,
  HttpCall,
  HttpService,
  JwtKeySet,
  RootContext,
  Timer,
  TimerHandler,
  decimal,
  equalBytes,
  log,
  monotonicNow,
  parseKeySet,
  sliceOf,
} from "as-proxy-wasm";
import { Answer } from "./answer";
import { FetchState } from "./fetch-state";
import { SharedKeys } from "./shared-keys";
import { JwtStream } from "./stream";

const NANOSECONDS_PER_MILLISECOND: u64 = 1000000;

/** How long a service has to answer, in milliseconds, and how much longer nobody else asks it. */
const FETCH_TIMEOUT: u32 = 5000;
const LEASE: u64 = (FETCH_TIMEOUT + 1000) * NANOSECONDS_PER_MILLISECOND;

/** How much older than it may become a set is when nobody looks after it any more. */
const NEGLECT: u64 = 2 * LEASE;

/** How often a VM looks what the others have fetched, in milliseconds: at rest, and while requests wait. */
const AT_REST: u32 = 1000;
const WHILE_WAITING: u32 = 20;

/** How many requests wait for keys in a VM at most, and how many bytes their tokens have. */
const MOST_WAITING: i32 = 1000;
const MOST_WAITING_BYTES: u32 = 16 << 20;

/** How many names of keys that the last fetch did not bring are remembered, and how long they are. */
const MOST_ABSENT: i32 = 32;
const LONGEST_ABSENT: i32 = 256;

/** How often a change of what is shared is tried again. */
const MOST_TRIES: i32 = 16;

/**
 * The keys of a set that is fetched. Of all VMs of a proxy one fetches, and the others take over what it brought; a set
 * is parsed once in each. The last good one stays until there is another.
 */
@final
export class RemoteKeys {
  /** The keys; null before the first set has come. */
  keys: JwtKeySet | null = null;
  private state: FetchState = new FetchState();
  /** The text that was looked at last, by its stamp. */
  private seen: u64 = 0;
  /** The end of the lease that is this VM's, which no other lease has; 0 without one. */
  private lease: u64 = 0;
  private waiting: JwtStream[] = [];
  private waitingBytes: u32 = 0;
  private timer: Timer | null = null;
  /** Names of keys that the fetch which began at `absentFrom` has not brought. */
  private absent: string[] = [];
  private absentFrom: u64 = 0;

  constructor(
    private readonly root: RootContext,
    private readonly service: HttpService,
    private readonly shared: SharedKeys,
    /** How old a set may become, in nanoseconds. */
    private readonly refresh: u64,
  ) {}

  /** When the last fetch began that is over. */
  get attemptedAt(): u64 {
    return this.state.attemptedAt;
  }

  /** Begins to look after the keys, once the configuration is taken. A VM that only tries it out never gets there. */
  start(): void {
    this.lookAgain(1);
  }

  /** Looks what the other VMs have fetched. */
  look(): void {
    const state = this.shared.read();
    this.state = state;
    if (state.textFrom == 0 || state.textFrom == this.seen) return;
    // What nobody has looked after for long, a proxy's former configuration say, serves only if there is nothing newer.
    const isLookedAfter = state.isFresh(monotonicNow(), this.refresh + NEGLECT);
    if (this.keys === null && !state.hasFailed && !isLookedAfter) return;
    this.seen = state.textFrom;
    const keys = parseKeySet(sliceOf(this.shared.text()), false);
    if (keys.keys.length != 0) this.keys = keys;
  }

  /** Has a stream wait for keys; false where too many wait already. */
  wait(stream: JwtStream): bool {
    if (this.waiting.length >= MOST_WAITING) return false;
    if (stream.size > MOST_WAITING_BYTES - this.waitingBytes) return false;
    this.add(stream);
    // Those that come later are looked at together with the first: a flood of them must not put that off.
    if (this.waiting.length == 1) this.lookAgain(1);
    return true;
  }

  /** Remembers that the last fetch has not brought a key. */
  noteAbsent(name: string): void {
    if (this.absentFrom != this.state.attemptedAt) this.absent = [];
    this.absentFrom = this.state.attemptedAt;
    if (this.absent.length == MOST_ABSENT || name.length > LONGEST_ABSENT) return;
    if (!this.absent.includes(name)) this.absent.push(name);
  }

  /** Whether the set was just fetched for a key of this name, and did not have it. */
  isAbsent(name: string): bool {
    return (
      this.absentFrom == this.state.attemptedAt &&
      this.state.isDemanded(monotonicNow()) &&
      this.absent.includes(name)
    );
  }

  /** It is time to look, and to fetch if need be. */
  due(): void {
    this.timer = null;
    this.look();
    const now = monotonicNow();
    if (this.state.isDue(now, this.refresh)) this.fetch(now, false);
    this.settle();
    if (this.isDemanded() && this.state.mayDemand(now)) this.fetch(now, true);
  }

  /** A fetch that began then has brought a text. */
  answered(text: Uint8Array, begunAt: u64): void {
    const keys = parseKeySet(sliceOf(text), false);
    let problem = keys.problem;
    if (problem.length == 0 && keys.keys.length == 0) {
      problem = "none of its keys can be used";
      if (keys.skipped.length != 0) problem += ": " + keys.skipped[0];
    }
    if (problem.length != 0) return this.failed("the answer is no set of keys: " + problem, begunAt);
    this.finish(text, keys, begunAt);
    this.settle();
  }

  /** A fetch that began then has brought nothing. */
  failed(problem: string, begunAt: u64): void {
    this.finish(null, null, begunAt);
    // There may be a set that only serves where there is no other.
    this.look();
    const what = "the keys of " + this.service.authority + " could not be fetched: " + problem;
    if (this.keys === null) log.error(what + "; there are none yet");
    else log.warn(what + "; the last good ones stay");
    this.settle();
  }

  /** The plugin ends: another VM may fetch at once. */
  stop(): void {
    if (this.lease == 0) return;
    const state = this.shared.read();
    if (state.leaseUntil != this.lease) return;
    state.leaseUntil = 0;
    this.shared.change(state);
  }

  private fetch(now: u64, demanded: bool): void {
    const state = this.state;
    const lease = now + LEASE;
    state.begin(now, lease, demanded);
    // Another VM was faster, and this one hears of what it brings.
    if (!this.shared.change(state)) return;
    this.lease = lease;
    const service = this.service;
    const call: HttpCall = {
      headers: [
        [":method", "GET"],
        [":path", service.path],
        [":authority", service.authority],
        ["accept", "application/json"],
        ["user-agent", "as-proxy-wasm jwt-validator"],
      ],
      timeoutMs: FETCH_TIMEOUT,
    };
    const failure = service.dispatch(this.root, call, new Answer(this, now));
    if (failure == CallFailure.None) return;
    this.failed(
      failure == CallFailure.UnknownCluster ? "there is no cluster" : "the call cannot be made",
      now,
    );
  }

  /** Tells the other VMs what a fetch has brought, unless it took so long that one of them has the lease by now. */
  private finish(text: Uint8Array | null, keys: JwtKeySet | null, begunAt: u64): void {
    const lease = this.lease;
    this.lease = 0;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const state = this.shared.read();
      this.state = state;
      if (lease == 0 || state.leaseUntil != lease) return;
      if (text === null) {
        state.fail(begunAt, monotonicNow(), this.refresh);
      } else {
        const before = this.shared.text();
        const isNew = !equalBytes(sliceOf(before), sliceOf(text));
        if (isNew) this.shared.setText(sliceOf(text), begunAt);
        state.succeed(begunAt, isNew || state.textFrom == 0);
      }
      if (!this.shared.change(state)) continue;
      if (keys !== null && (this.keys === null || this.seen != state.textFrom))
        this.take(keys, state.textFrom);
      return;
    }
  }

  private take(keys: JwtKeySet, textFrom: u64): void {
    this.keys = keys;
    this.seen = textFrom;
    log.info("keys of " + this.service.authority + ": " + decimal(keys.keys.length) + " can be used");
    for (let i = 0; i < keys.skipped.length; i++) log.warn("left out of them: " + keys.skipped[i]);
  }

  /** Whether a request waits for a key that no fetch was made for since it came. */
  private isDemanded(): bool {
    if (this.keys === null) return false;
    for (let i = 0; i < this.waiting.length; i++) {
      if (this.waiting[i].isWaiting) return true;
    }
    return false;
  }

  /** Lets those requests decide that can, and sees to it that it looks again. */
  private settle(): void {
    const waiting = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    for (let i = 0; i < waiting.length; i++) {
      if (waiting[i].reconsider()) this.add(waiting[i]);
    }
    this.lookAgain(this.waiting.length != 0 ? WHILE_WAITING : AT_REST);
  }

  private add(stream: JwtStream): void {
    this.waiting.push(stream);
    this.waitingBytes += stream.size;
  }

  private lookAgain(milliseconds: u32): void {
    const timer = this.timer;
    if (timer !== null) timer.cancel();
    this.timer = this.root.after(milliseconds, new Due(this));
  }
}


@final
class Due extends TimerHandler {
  constructor(private readonly keys: RemoteKeys) {
    super();
  }

  onTimer(): void {
    this.keys.due();
  }
}
