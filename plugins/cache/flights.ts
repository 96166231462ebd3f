import {
  NO_VALUE,
  RootContext,
  Slice,
  Timer,
  TimerHandler,
  dataOf,
  findShared,
  foundVersion,
  now,
  sizeOf,
  slice,
  sliceOf,
  storeShared,
  utf8Bytes,
} from "as-proxy-wasm";

/** How often a VM looks whether another one has what it waits for, in milliseconds. */
const POLL_MS: u32 = 5;

/** How many values of shared data say what workers ask the origin for. */
const SHARED_FLIGHTS: u64 = 1024;
const MARK_SIZE: usize = 24;

const BUCKETS: u32 = 256;

/** How many keys a VM remembers whose responses are not kept. */
const UNKEPT: u32 = 1024;

const MARK = memory.data(24, 8);

/** How many digits a mark's number has in its name. */
const DIGITS: i32 = 3;

/** Somebody who waits until somebody else has asked the origin. */
export abstract class Waiter {
  /** It is over: what was asked for is kept, or is not to be. After `timedOut` there is no more waiting. */
  abstract onLanding(timedOut: bool): void;
}

/** One question to the origin, and who waits for the answer. */
@final
export class Flight {
  waiters: Waiter[] = [];
  next: Flight | null = null;
  /** Ends the waiting; null while nobody waits. */
  limit: Timer | null = null;
  /** Looks for the end of another VM's; null for one of this VM. */
  poll: Timer | null = null;
  /** Whether shared data says that it is under way. */
  isMarked: bool = false;
  hasLanded: bool = false;

  constructor(
    readonly low: u64,
    readonly high: u64,
    /** In milliseconds since 1970. */
    readonly begun: i64,
  ) {}
}

/**
 * The questions to the origin that are under way, so that the same one is not asked twice at once: of this VM, and, by
 * marks in a fixed number of values, of the others. Whoever waits does so for a limited time.
 */
@final
export class Flights {
  private readonly buckets: StaticArray<Flight | null> = new StaticArray<Flight | null>(BUCKETS);
  private readonly unkept: StaticArray<u64> = new StaticArray<u64>(UNKEPT);
  private readonly name: Uint8Array;
  /** The key whose mark's place was looked at last, none when that is 0, and what was there. */
  private readLow: u64 = 0;
  private readHigh: u64 = 0;
  private version: u32 = 0;
  /** Whether something that is under way has the place. */
  private isTaken: bool = false;
  /** Whether it is this key's. */
  private isSame: bool = false;

  /** `prefix` begins the names of all marks. */
  constructor(
    private readonly root: RootContext,
    prefix: string,
    private readonly timeoutMs: u32,
  ) {
    this.name = utf8Bytes(prefix + "000");
  }

  /**
   * Whether somebody has to wait who wants to ask for this, now, in milliseconds since 1970; then it is told when that is
   * over.
   */
  wait(waiter: Waiter, low: u64, high: u64, time: i64 = milliseconds()): bool {
    if (this.timeoutMs == 0 || this.isUnkept(low, high)) return false;
    let flight = this.find(low, high);
    if (flight === null) {
      if (!this.isElsewhere(low, high, time)) return false;
      flight = this.add(low, high, time);
      flight.poll = this.root.every(POLL_MS, new Poll(this, flight));
    }
    flight.waiters.push(waiter);
    if (flight.limit === null) flight.limit = this.root.after(this.timeoutMs, new Limit(this, flight));
    return true;
  }

  /** Whether this is being asked for. */
  isUnderWay(low: u64, high: u64): bool {
    return this.find(low, high) !== null || this.isElsewhere(low, high, milliseconds());
  }

  /**
   * Notes that this is being asked for, now, in milliseconds since 1970; null where that is not worth noting. Whoever
   * begins one lands it.
   */
  begin(low: u64, high: u64, time: i64 = milliseconds()): Flight | null {
    if (this.isUnkept(low, high) || this.find(low, high) !== null) return null;
    const flight = this.add(low, high, time);
    if (this.timeoutMs != 0) this.mark(flight);
    return flight;
  }

  /** The answer is kept (or will not be: then nobody waits for such a one again). */
  land(flight: Flight, low: u64, high: u64, isKept: bool): void {
    const index = <i32>(low % UNKEPT);
    if (isKept) {
      if (unchecked(this.unkept[index]) == high) unchecked((this.unkept[index] = 0));
    } else {
      unchecked((this.unkept[index] = high));
    }
    this.end(flight);
  }

  /** It is over without an answer: the next may try. */
  end(flight: Flight): void {
    if (flight.hasLanded) return;
    flight.hasLanded = true;
    this.remove(flight);
    const limit = flight.limit;
    if (limit !== null) limit.cancel();
    const poll = flight.poll;
    if (poll !== null) poll.cancel();
    if (flight.isMarked) this.unmark(flight);
    // A stream can be answered in a tick, and not while another one's callback runs.
    if (flight.waiters.length != 0) this.root.after(0, new Landing(flight));
  }

  /** For a poll. */
  look(flight: Flight): void {
    if (!this.isElsewhere(flight.low, flight.high, milliseconds())) this.end(flight);
  }

  /** For a limit: those who wait have waited long enough. */
  giveUp(flight: Flight): void {
    flight.limit = null;
    const waiters = flight.waiters;
    flight.waiters = [];
    if (flight.poll !== null) this.end(flight);
    for (let i = 0; i < waiters.length; i++) waiters[i].onLanding(true);
  }

  private find(low: u64, high: u64): Flight | null {
    let flight = unchecked(this.buckets[<i32>(low % BUCKETS)]);
    while (flight !== null) {
      if (flight.low == low && flight.high == high) return flight;
      flight = flight.next;
    }
    return null;
  }

  /** Whether the answer was not kept when this was asked for last. */
  private isUnkept(low: u64, high: u64): bool {
    return unchecked(this.unkept[<i32>(low % UNKEPT)]) == high;
  }

  private add(low: u64, high: u64, time: i64): Flight {
    const flight = new Flight(low, high, time);
    const bucket = <i32>(low % BUCKETS);
    flight.next = unchecked(this.buckets[bucket]);
    unchecked((this.buckets[bucket] = flight));
    return flight;
  }

  private remove(flight: Flight): void {
    const bucket = <i32>(flight.low % BUCKETS);
    let before: Flight | null = null;
    let at = unchecked(this.buckets[bucket]);
    while (at !== null) {
      if (at === flight) {
        if (before === null) unchecked((this.buckets[bucket] = flight.next));
        else before.next = flight.next;
        return;
      }
      before = at;
      at = at.next;
    }
  }

  /** Whether another VM says that it asks for this. */
  private isElsewhere(low: u64, high: u64, time: i64): bool {
    this.read(low, high, time);
    return this.isTaken && this.isSame;
  }

  /** Looks at the place that a key's mark has. */
  private read(low: u64, high: u64, time: i64): void {
    const mark = findShared(this.nameOf(low));
    this.readLow = low;
    this.readHigh = high;
    this.version = foundVersion();
    this.isTaken = false;
    if (mark == NO_VALUE || sizeOf(mark) != MARK_SIZE) return;
    const at = dataOf(mark);
    const age = time - load<i64>(at, 16);
    this.isTaken = age >= 0 && age < <i64>this.timeoutMs;
    this.isSame = load<u64>(at) == low && load<u64>(at, 8) == high;
  }

  /** Marks it, unless something else that is under way has the same place. */
  private mark(flight: Flight): void {
    const low = flight.low;
    const high = flight.high;
    // Whoever begins has mostly just looked; the version says whether that still holds.
    if (this.readLow != low || this.readHigh != high) this.read(low, high, flight.begun);
    this.readLow = 0;
    this.readHigh = 0;
    if (this.isTaken) return;
    store<u64>(MARK, low);
    store<u64>(MARK, high, 8);
    store<i64>(MARK, flight.begun, 16);
    flight.isMarked = storeShared(this.nameOf(low), slice(MARK, MARK_SIZE), this.version);
  }

  private unmark(flight: Flight): void {
    const name = this.nameOf(flight.low);
    const age = milliseconds() - flight.begun;
    // For so long nobody else takes the place: it need not be looked at.
    if (age >= 0 && age < <i64>this.timeoutMs) {
      storeShared(name, 0, 0);
      return;
    }
    const present = findShared(name);
    if (present == NO_VALUE || sizeOf(present) != MARK_SIZE) return;
    const at = dataOf(present);
    if (load<u64>(at) != flight.low || load<u64>(at, 8) != flight.high) return;
    if (load<i64>(at, 16) == flight.begun) storeShared(name, 0, foundVersion());
  }

  /** The name of the value that a mark has; good until the next one is made. */
  private nameOf(low: u64): Slice {
    const data = this.name.dataStart;
    let number = (low >> 20) % SHARED_FLIGHTS;
    let at = <usize>this.name.length;
    for (let i = 0; i < DIGITS; i++) {
      at -= 1;
      store<u8>(data + at, 0x61 + (number & 15));
      number >>= 4;
    }
    return sliceOf(this.name);
  }
}

function milliseconds(): i64 {
  return <i64>(now() / 1000000);
}


@final
class Poll extends TimerHandler {
  constructor(
    private readonly flights: Flights,
    private readonly flight: Flight,
  ) {
    super();
  }

  onTimer(): void {
    this.flights.look(this.flight);
  }
}


@final
class Limit extends TimerHandler {
  constructor(
    private readonly flights: Flights,
    private readonly flight: Flight,
  ) {
    super();
  }

  onTimer(): void {
    this.flights.giveUp(this.flight);
  }
}


@final
class Landing extends TimerHandler {
  constructor(private readonly flight: Flight) {
    super();
  }

  onTimer(): void {
    const waiters = this.flight.waiters;
    this.flight.waiters = [];
    for (let i = 0; i < waiters.length; i++) waiters[i].onLanding(false);
  }
}
