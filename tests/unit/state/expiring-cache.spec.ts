import { ExpiringCache, sha256, utf8Bytes } from "as-proxy-wasm";

const LIFETIME: u64 = 100;

class Answer {
  constructor(readonly text: string) {}
}

function digest(question: string): Uint8Array {
  return sha256(utf8Bytes(question));
}

function keep(cache: ExpiringCache<Answer>, question: string, answer: string, now: u64): void {
  cache.keep(digest(question), new Answer(answer), now);
}

function found(cache: ExpiringCache<Answer>, question: string, now: u64): string {
  const answer = cache.find(digest(question), now);
  return answer === null ? "" : answer.text;
}

describe("a cache whose values expire", () => {
  it("has them until their time is up", () => {
    const cache = new ExpiringCache<Answer>(8, LIFETIME);
    keep(cache, "a", "first", 1000);
    expect<string>(found(cache, "a", 1000)).toBe("first");
    expect<string>(found(cache, "a", 1099)).toBe("first");
    expect<string>(found(cache, "a", 1100)).toBe("");
    expect<string>(found(cache, "b", 1000)).toBe("");
  });

  it("keeps one value a digest, the last", () => {
    const cache = new ExpiringCache<Answer>(8, LIFETIME);
    keep(cache, "a", "first", 1000);
    keep(cache, "a", "second", 1050);
    expect<string>(found(cache, "a", 1149)).toBe("second");
    // The first is nowhere, wherever the second was put.
    keep(cache, "b", "other", 0);
    const two = new ExpiringCache<Answer>(2, LIFETIME);
    keep(two, "b", "old", 0);
    keep(two, "a", "first", 10);
    keep(two, "a", "second", 100);
    keep(two, "b", "new", 100);
    expect<string>(found(two, "a", 100) + found(two, "b", 100)).toBe("secondnew");
  });

  it("is never fuller than it may be, whatever is put into it", () => {
    for (let capacity: u32 = 0; capacity < 14; capacity++) {
      const cache = new ExpiringCache<Answer>(capacity, LIFETIME);
      for (let i = 0; i < 200; i++) keep(cache, i.toString(), i.toString(), 0);
      let count: u32 = 0;
      for (let i = 0; i < 200; i++) {
        const text = found(cache, i.toString(), 0);
        if (text.length == 0) continue;
        expect<string>(text).toBe(i.toString());
        count += 1;
      }
      expect<bool>(count <= capacity).toBe(true, capacity.toString());
      expect<bool>(capacity == 0 || count >= min(capacity, 4)).toBe(true, capacity.toString());
    }
  });

  it("makes room by what is out of date, else by what would be first", () => {
    const cache = new ExpiringCache<Answer>(2, LIFETIME);
    keep(cache, "old", "old", 0);
    keep(cache, "young", "young", 50);
    keep(cache, "new", "new", 60);
    expect<string>(found(cache, "old", 60)).toBe("");
    expect<string>(found(cache, "young", 60) + found(cache, "new", 60)).toBe("youngnew");
    keep(cache, "late", "late", 155);
    expect<string>(found(cache, "young", 155) + found(cache, "new", 155)).toBe("new");
  });

  it("finds nothing by a digest that is too short to be one", () => {
    const cache = new ExpiringCache<Answer>(8, LIFETIME);
    expect<bool>(cache.find(new Uint8Array(0), 0) === null).toBe(true);
    cache.keep(new Uint8Array(2), new Answer("short"), 0);
    expect<bool>(cache.find(new Uint8Array(3), 0) === null).toBe(true);
  });
});
