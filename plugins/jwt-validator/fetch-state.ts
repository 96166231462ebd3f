const SIZE: i32 = 56;

const NANOSECONDS_PER_SECOND: u64 = 1000000000;

/** How long the set is not fetched again for keys that nobody knows: each of them could be made up. */
const DEMAND_INTERVAL: u64 = 2 * NANOSECONDS_PER_SECOND;

/** How long the first failure puts the next fetch off, and any number of them at most. */
const FIRST_PAUSE: u64 = NANOSECONDS_PER_SECOND;
const LONGEST_PAUSE: u64 = 30 * NANOSECONDS_PER_SECOND;

/** No lease is longer: what says so is not one. */
const LONGEST_LEASE: u64 = 3600 * NANOSECONDS_PER_SECOND;

/**
 * How far the VMs of a proxy are with fetching a set of keys, as they tell each other in shared data. Times are in
 * nanoseconds on the clock that never goes back, which all of them share; 0 is for what has not been.
 *
 * A VM that fetches has a lease, and nobody else does while that lasts. If the VM ends, another takes over afterwards.
 */
@final
export class FetchState {
  /** When the fetch began that brought the text that is there. It tells one text from another. */
  textFrom: u64 = 0;
  /** When the last fetch began that brought a set, the same as before or another. */
  fetchedAt: u64 = 0;
  /** When the last fetch began that is over, whatever came of it. */
  attemptedAt: u64 = 0;
  /** How long a fetch that is under way may take. */
  leaseUntil: u64 = 0;
  /** Until when failures put the next fetch off. */
  pausedUntil: u64 = 0;
  /** When a fetch last began because of a key that nobody knew. */
  demandedAt: u64 = 0;
  /** How many fetches in a row have failed. */
  failures: u64 = 0;

  /** What is in shared data; all zero where that is nothing, or nothing of this kind. */
  static of(bytes: Uint8Array | null): FetchState {
    const state = new FetchState();
    if (bytes === null || bytes.length != SIZE) return state;
    const at = bytes.dataStart;
    state.textFrom = load<u64>(at);
    state.fetchedAt = load<u64>(at, 8);
    state.attemptedAt = load<u64>(at, 16);
    state.leaseUntil = load<u64>(at, 24);
    state.pausedUntil = load<u64>(at, 32);
    state.demandedAt = load<u64>(at, 40);
    state.failures = load<u64>(at, 48);
    return state;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(SIZE);
    const at = bytes.dataStart;
    store<u64>(at, this.textFrom);
    store<u64>(at, this.fetchedAt, 8);
    store<u64>(at, this.attemptedAt, 16);
    store<u64>(at, this.leaseUntil, 24);
    store<u64>(at, this.pausedUntil, 32);
    store<u64>(at, this.demandedAt, 40);
    store<u64>(at, this.failures, 48);
    return bytes;
  }

  /** Whether nobody is fetching. */
  isFree(now: u64): bool {
    return this.leaseUntil <= now || this.leaseUntil - now > LONGEST_LEASE;
  }

  /** Whether the set is no older than it may become. */
  isFresh(now: u64, refresh: u64): bool {
    return this.fetchedAt != 0 && now - this.fetchedAt < refresh;
  }

  /** Whether it is time to fetch, by a set's age or after a failure. */
  isDue(now: u64, refresh: u64): bool {
    return this.isFree(now) && !this.isPaused(now) && !this.isFresh(now, refresh);
  }

  /** Whether a set may be fetched for a key that nobody knows. */
  mayDemand(now: u64): bool {
    return this.isFree(now) && !this.isDemanded(now);
  }

  /** Whether it was fetched for such a key a moment ago. */
  isDemanded(now: u64): bool {
    return this.demandedAt != 0 && now - this.demandedAt < DEMAND_INTERVAL;
  }

  /** Whether the last fetch brought nothing. */
  get hasFailed(): bool {
    return this.failures != 0;
  }

  /** A fetch begins. */
  begin(now: u64, leaseUntil: u64, demanded: bool): void {
    this.leaseUntil = leaseUntil;
    if (demanded) this.demandedAt = now;
  }

  /** A fetch that began then has brought a set, whose text may be another one. */
  succeed(begunAt: u64, isNew: bool): void {
    if (isNew) this.textFrom = begunAt;
    this.fetchedAt = begunAt;
    this.attemptedAt = begunAt;
    this.leaseUntil = 0;
    this.pausedUntil = 0;
    this.failures = 0;
  }

  /** A fetch that began then has brought nothing. */
  fail(begunAt: u64, now: u64, refresh: u64): void {
    this.failures = min(this.failures + 1, 32);
    const pause = min(FIRST_PAUSE << (this.failures - 1), LONGEST_PAUSE);
    this.attemptedAt = begunAt;
    this.leaseUntil = 0;
    this.pausedUntil = now + min(pause, refresh);
  }

  private isPaused(now: u64): bool {
    return this.pausedUntil > now && this.pausedUntil - now <= LONGEST_PAUSE;
  }
}
