import { NO_VALUE, Slice, sizeOf, sliceOf, utf8Bytes } from "as-proxy-wasm";
import { Entry, EntryDraft } from "../../../../plugins/cache/entry";
import { Slots } from "../../../../plugins/cache/slots";
import { proxy } from "../../support/proxy";
import { copied, fields } from "./fields";

/** In milliseconds since 1970. */
const NOW: i64 = 1_700_000_000_000;
const LATER: i64 = NOW / 1000 + 60;

function slots(capacity: u32): Slots {
  return new Slots(utf8Bytes("cache:"), capacity);
}

function entry(low: u64, high: u64, body: string): Slice {
  const draft = new EntryDraft();
  draft.low = low;
  draft.high = high;
  const bytes = draft.build(copied(body), fields(["x-cache: ", "age: "]));
  __pin(changetype<usize>(bytes));
  return sliceOf(bytes);
}

function put(into: Slots, low: u64, high: u64, body: string, asked: i64 = NOW, now: i64 = NOW): bool {
  return into.put(low, high, entry(low, high, body), LATER, asked, now);
}

function bodySize(from: Slots, low: u64, high: u64): i32 {
  const value = from.find(low, high);
  if (value == NO_VALUE) return -1;
  const found = Entry.open(value, low, high);
  return found === null ? -1 : <i32>sizeOf(found.body);
}

/** The other worker's, for what comes in between. */
let other: Slots | null = null;

/** splitmix64 */
function mixed(value: u64): u64 {
  let bits = value * 0x9e3779b97f4a7c15;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

describe("slots", () => {
  beforeEach(() => {
    proxy.clearShared();
  });

  it("have what was put into them, for all workers", () => {
    const one = slots(100);
    const two = slots(100);
    expect<i32>(bodySize(one, 1, 2)).toBe(-1);
    expect<bool>(put(one, 1, 2, "abc")).toBe(true);
    expect<i32>(bodySize(one, 1, 2)).toBe(3);
    expect<i32>(bodySize(two, 1, 2)).toBe(3);
    expect<i32>(bodySize(two, 1, 3)).toBe(-1);
    expect<bool>(put(two, 1, 2, "abcde")).toBe(true);
    expect<i32>(bodySize(one, 1, 2)).toBe(5);
  });

  it("hold no more than their capacity, whatever is put into them", () => {
    const capacities: u32[] = [1, 2, 15, 16, 17, 100, 1000];
    for (let i = 0; i < capacities.length; i++) {
      proxy.clearShared();
      const few = slots(capacities[i]);
      const count = <i32>capacities[i] * 4 + 50;
      for (let key = 0; key < count; key++) put(few, mixed(key), key, "abc", NOW + key, NOW + key);
      let found: u32 = 0;
      for (let key = 0; key < count; key++) {
        if (bodySize(few, mixed(key), key) >= 0) found += 1;
      }
      expect<bool>(found <= capacities[i]).toBe(true, "more than " + capacities[i].toString());
      expect<bool>(found * 2 >= capacities[i]).toBe(true, "fewer than half of " + capacities[i].toString());
      // A value each, and one for each list of at least one and at most 31.
      expect<bool>(<u32>proxy.sharedValues() <= capacities[i] * 2).toBe(true, "values");
    }
  });

  it("let what was written longest ago go first", () => {
    const few = slots(2);
    put(few, 1, 1, "a", NOW, NOW);
    put(few, 2, 2, "b", NOW + 1, NOW + 1);
    put(few, 1, 1, "aa", NOW + 2, NOW + 2);
    put(few, 3, 3, "c", NOW + 3, NOW + 3);
    expect<i32>(bodySize(few, 1, 1)).toBe(2);
    expect<i32>(bodySize(few, 2, 2)).toBe(-1);
    expect<i32>(bodySize(few, 3, 3)).toBe(1);
  });

  it("keep nothing that was asked for before it was withdrawn", () => {
    const one = slots(100);
    const two = slots(100);
    put(one, 1, 1, "old");
    expect<i32>(bodySize(two, 1, 1)).toBe(3);
    two.withdraw(1, 1, NOW + 10);
    expect<i32>(bodySize(one, 1, 1)).toBe(-1);
    expect<i32>(bodySize(two, 1, 1)).toBe(-1);
    expect<bool>(put(one, 1, 1, "older", NOW + 9, NOW + 20)).toBe(false);
    expect<i32>(bodySize(one, 1, 1)).toBe(-1);
    expect<bool>(put(one, 1, 1, "new!", NOW + 11, NOW + 20)).toBe(true);
    expect<i32>(bodySize(two, 1, 1)).toBe(4);
    // Also of what there was nothing of yet.
    one.withdraw(7, 7, NOW + 10);
    expect<bool>(put(two, 7, 7, "older", NOW + 9, NOW + 20)).toBe(false);
  });

  it("take back what another worker withdrew while it was written", () => {
    const one = slots(100);
    other = slots(100);
    // Before the list is written: it has changed, and is looked at anew.
    proxy.beforeStore(1, () => {
      other!.withdraw(1, 1, NOW + 10);
    });
    expect<bool>(put(one, 1, 1, "old", NOW, NOW + 10)).toBe(false);
    expect<i32>(bodySize(one, 1, 1)).toBe(-1);
    // Before the value is, also where nothing was withdrawn for a while.
    expect<bool>(put(one, 3, 3, "any")).toBe(true);
    proxy.beforeStore(2, () => {
      other!.withdraw(2, 2, NOW + 10);
    });
    expect<bool>(put(one, 2, 2, "old", NOW, NOW + 10)).toBe(false);
    expect<i32>(bodySize(one, 2, 2)).toBe(-1);
    expect<i32>(bodySize(other!, 2, 2)).toBe(-1);
  });

  it("lose nothing when two workers write into the same list", () => {
    const one = slots(16);
    other = slots(16);
    proxy.beforeStore(1, () => {
      put(other!, 2, 2, "b");
    });
    expect<bool>(put(one, 1, 1, "a")).toBe(true);
    expect<i32>(bodySize(one, 1, 1)).toBe(1);
    expect<i32>(bodySize(one, 2, 2)).toBe(1);
  });

  it("give back what is kept no longer, and nothing else", () => {
    const few = slots(100);
    for (let key = 0; key < 50; key++) put(few, mixed(key), key, "abc");
    few.put(mixed(99), 99, entry(mixed(99), 99, "long"), LATER + 1000, NOW, NOW);
    const before = proxy.sharedBytes();
    few.sweep(NOW + 59000);
    expect<i32>(proxy.sharedBytes()).toBe(before);
    few.sweep(NOW + 61000);
    expect<bool>(proxy.sharedBytes() < before / 2).toBe(true);
    expect<i32>(bodySize(few, mixed(1), 1)).toBe(-1);
    expect<i32>(bodySize(few, mixed(99), 99)).toBe(4);
  });

  it("take values that are none for nothing", () => {
    const few = slots(1);
    put(few, 1, 1, "a");
    const wrong = slots(1);
    expect<i32>(bodySize(wrong, 2, 1)).toBe(-1);
    expect<i32>(bodySize(wrong, 1, 2)).toBe(-1);
  });
});
