import { FetchState } from "../../../../plugins/jwt-validator/fetch-state";

const SECOND: u64 = 1000000000;
const REFRESH: u64 = 300 * SECOND;
const NOW: u64 = 5000 * SECOND;

function fetched(at: u64): FetchState {
  const state = new FetchState();
  state.begin(at, at + SECOND, false);
  state.succeed(at, true);
  return state;
}

describe("how far fetching is", () => {
  it("is written and read in the same form", () => {
    const state = new FetchState();
    state.textFrom = 1;
    state.fetchedAt = u64.MAX_VALUE;
    state.attemptedAt = 3;
    state.leaseUntil = 4;
    state.pausedUntil = 5;
    state.demandedAt = 6;
    state.failures = 7;
    const read = FetchState.of(state.bytes());
    expect<u64>(read.textFrom).toBe(1);
    expect<u64>(read.fetchedAt).toBe(u64.MAX_VALUE);
    expect<u64>(read.attemptedAt).toBe(3);
    expect<u64>(read.leaseUntil).toBe(4);
    expect<u64>(read.pausedUntil).toBe(5);
    expect<u64>(read.demandedAt).toBe(6);
    expect<u64>(read.failures).toBe(7);
  });

  it("is at its beginning where there is nothing, or something else", () => {
    for (let size = 0; size < 100; size++) {
      const bytes = new Uint8Array(size);
      bytes.fill(0xff);
      const state = FetchState.of(bytes);
      if (size != 56) expect<u64>(state.fetchedAt + state.leaseUntil).toBe(0, size.toString());
      // Whatever is there, somebody fetches in the end.
      expect<bool>(state.isDue(NOW, REFRESH)).toBe(true, size.toString());
      expect<bool>(state.mayDemand(NOW)).toBe(true, size.toString());
    }
    expect<bool>(FetchState.of(null).isDue(NOW, REFRESH)).toBe(true);
  });

  it("lets one fetch at a time, and another when the first took too long", () => {
    const state = new FetchState();
    state.begin(NOW, NOW + 6 * SECOND, false);
    expect<bool>(state.isDue(NOW + 6 * SECOND - 1, REFRESH)).toBe(false);
    expect<bool>(state.mayDemand(NOW + 6 * SECOND - 1)).toBe(false);
    expect<bool>(state.isDue(NOW + 6 * SECOND, REFRESH)).toBe(true);
    expect<bool>(state.mayDemand(NOW + 6 * SECOND)).toBe(true);
  });

  it("has a set fetched again when it is old, by when its fetch began", () => {
    const state = fetched(NOW);
    expect<bool>(state.isFresh(NOW + REFRESH - 1, REFRESH)).toBe(true);
    expect<bool>(state.isDue(NOW + REFRESH - 1, REFRESH)).toBe(false);
    expect<bool>(state.isDue(NOW + REFRESH, REFRESH)).toBe(true);
    state.begin(NOW + REFRESH, NOW + REFRESH + SECOND, false);
    state.succeed(NOW + REFRESH, false);
    expect<u64>(state.textFrom).toBe(NOW);
    expect<u64>(state.fetchedAt).toBe(NOW + REFRESH);
    expect<bool>(state.isDue(NOW + REFRESH, REFRESH)).toBe(false);
  });

  it("puts a fetch off after failures, longer each time up to half a minute", () => {
    const state = new FetchState();
    let now = NOW;
    const pauses: u64[] = [1, 2, 4, 8, 16, 30, 30];
    for (let i = 0; i < pauses.length; i++) {
      state.begin(now, now + SECOND, false);
      state.fail(now, now, REFRESH);
      expect<bool>(state.hasFailed).toBe(true);
      expect<u64>(state.attemptedAt).toBe(now);
      expect<bool>(state.isDue(now + pauses[i] * SECOND - 1, REFRESH)).toBe(false, i.toString());
      now += pauses[i] * SECOND;
      expect<bool>(state.isDue(now, REFRESH)).toBe(true, i.toString());
    }
    for (let i = 0; i < 100; i++) state.fail(now, now, REFRESH);
    expect<bool>(state.isDue(now + 30 * SECOND, REFRESH)).toBe(true);
    state.succeed(now, true);
    expect<bool>(state.hasFailed).toBe(false);
    state.fail(now, now, 2 * SECOND);
    expect<bool>(state.isDue(now + 2 * SECOND, 2 * SECOND)).toBe(true);
  });

  it("lets a set be fetched for unknown keys every two seconds at most", () => {
    const state = fetched(NOW);
    expect<bool>(state.mayDemand(NOW)).toBe(true);
    state.begin(NOW, NOW + SECOND, true);
    state.succeed(NOW, false);
    expect<bool>(state.isDemanded(NOW + 2 * SECOND - 1)).toBe(true);
    expect<bool>(state.mayDemand(NOW + 2 * SECOND - 1)).toBe(false);
    expect<bool>(state.mayDemand(NOW + 2 * SECOND)).toBe(true);
  });
});
