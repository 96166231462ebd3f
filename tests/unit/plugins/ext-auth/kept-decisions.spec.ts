import { sha256, utf8Bytes } from "as-proxy-wasm";
import { Decision, Outcome } from "../../../../plugins/ext-auth/decision";
import { KeptDecisions } from "../../../../plugins/ext-auth/kept-decisions";

const LIFETIME: u64 = 100;

function digest(question: string): Uint8Array {
  return sha256(utf8Bytes(question));
}

function allowed(reason: string): Decision {
  return new Decision(Outcome.Allowed, reason);
}

function found(kept: KeptDecisions, question: string, now: u64): string {
  const decision = kept.find(digest(question), now);
  return decision === null ? "" : decision.reason;
}

describe("decisions that are kept", () => {
  it("are found by their question until their time is up", () => {
    const kept = new KeptDecisions(8, LIFETIME);
    kept.keep(digest("a"), allowed("first"), 1000);
    expect<string>(found(kept, "a", 1000)).toBe("first");
    expect<string>(found(kept, "a", 1099)).toBe("first");
    expect<string>(found(kept, "a", 1100)).toBe("");
    expect<string>(found(kept, "b", 1000)).toBe("");
  });

  it("are replaced by what is decided later on the same question", () => {
    const kept = new KeptDecisions(8, LIFETIME);
    kept.keep(digest("a"), allowed("first"), 1000);
    kept.keep(digest("a"), new Decision(Outcome.Denied, "second"), 1050);
    expect<string>(found(kept, "a", 1149)).toBe("second");
  });

  it("are decisions, never failures, and set no cookie", () => {
    const kept = new KeptDecisions(8, LIFETIME);
    kept.keep(digest("a"), new Decision(Outcome.Misunderstood, "x"), 0);
    kept.keep(digest("b"), new Decision(Outcome.Unavailable, "x"), 0);
    const login = new Decision(Outcome.Denied, "x");
    login.headers = [["set-cookie", "a=1"]];
    kept.keep(digest("c"), login, 0);
    const long = new Decision(Outcome.Denied, "x");
    long.body = new Uint8Array(5000);
    kept.keep(digest("d"), long, 0);
    expect<string>(found(kept, "a", 0) + found(kept, "b", 0)).toBe("");
    expect<string>(found(kept, "c", 0) + found(kept, "d", 0)).toBe("");
  });

  it("are never more than there is room for, whatever is asked", () => {
    for (let capacity: u32 = 0; capacity < 14; capacity++) {
      const kept = new KeptDecisions(capacity, LIFETIME);
      for (let i = 0; i < 200; i++) kept.keep(digest(i.toString()), allowed(i.toString()), 0);
      let count: u32 = 0;
      for (let i = 0; i < 200; i++) {
        const reason = found(kept, i.toString(), 0);
        if (reason.length != 0) {
          expect<string>(reason).toBe(i.toString());
          count += 1;
        }
      }
      expect<bool>(count <= capacity).toBe(true, capacity.toString());
      expect<bool>(capacity == 0 || count >= min(capacity, 4)).toBe(true, capacity.toString());
    }
  });

  it("make room by the one that is out of date first", () => {
    const kept = new KeptDecisions(2, LIFETIME);
    kept.keep(digest("old"), allowed("old"), 0);
    kept.keep(digest("young"), allowed("young"), 50);
    kept.keep(digest("new"), allowed("new"), 60);
    expect<string>(found(kept, "old", 60)).toBe("");
    expect<string>(found(kept, "young", 60) + found(kept, "new", 60)).toBe("youngnew");
  });
});
