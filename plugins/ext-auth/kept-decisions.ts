import { Decision } from "./decision";

/** How many places a question's decision can have. */
const WAYS: u32 = 4;

/** The longest body of a denial that is kept, in bytes. */
const LONGEST_BODY: i32 = 4096;


@final
class Kept {
  constructor(
    readonly digest: Uint8Array,
    readonly decision: Decision,
    readonly until: u64,
  ) {}
}

/**
 * The decisions of the last questions, so that the same question is not asked again: at most as many as it is made for.
 * A question has four places, found by its digest; a new decision takes one that is out of date or, without such,
 * that of the decision which would be out of date first. Times are in nanoseconds.
 */
@final
export class KeptDecisions {
  private places: StaticArray<Kept | null> = [];
  private sets: u32 = 0;

  constructor(
    capacity: u32,
    private readonly lifetime: u64,
  ) {
    // With fewer places than ways there is one set, of all of them.
    this.sets = max(capacity / WAYS, capacity == 0 ? 0 : 1);
    this.places = new StaticArray<Kept | null>(<i32>(capacity < WAYS ? capacity : this.sets * WAYS));
  }

  /** The decision on a question with this digest; null where there is none, or none any more. */
  find(digest: Uint8Array, now: u64): Decision | null {
    const first = this.firstPlace(digest);
    for (let i = first; i < this.endOf(first); i++) {
      const kept = unchecked(this.places[i]);
      if (kept !== null && now < kept.until && isSame(kept.digest, digest)) return kept.decision;
    }
    return null;
  }

  /** Keeps a decision, unless it is none that the next request could have too. */
  keep(digest: Uint8Array, decision: Decision, now: u64): void {
    if (this.places.length == 0 || !decision.isDefinite) return;
    if (decision.body.length > LONGEST_BODY || setsCookie(decision)) return;
    const first = this.firstPlace(digest);
    let place = first;
    let earliest = u64.MAX_VALUE;
    for (let i = first; i < this.endOf(first); i++) {
      const kept = unchecked(this.places[i]);
      if (kept === null || now >= kept.until || isSame(kept.digest, digest)) {
        place = i;
        break;
      }
      if (kept.until < earliest) {
        earliest = kept.until;
        place = i;
      }
    }
    unchecked((this.places[place] = new Kept(digest, decision, now + this.lifetime)));
  }

  private firstPlace(digest: Uint8Array): i32 {
    if (this.sets == 0 || digest.length < 4) return 0;
    return <i32>((load<u32>(digest.dataStart) % this.sets) * WAYS);
  }

  private endOf(first: i32): i32 {
    return min(first + <i32>WAYS, this.places.length);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): bool {
  return a.length == b.length && memory.compare(a.dataStart, b.dataStart, a.length) == 0;
}

/** A cookie is for one client alone. */
function setsCookie(decision: Decision): bool {
  for (let i = 0; i < decision.headers.length; i++) {
    if (decision.headers[i][0] == "set-cookie") return true;
  }
  for (let i = 0; i < decision.upstreamHeaders.length; i++) {
    if (decision.upstreamHeaders[i][0] == "set-cookie") return true;
  }
  return false;
}
