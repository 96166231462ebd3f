import { Decision, Outcome } from "../../../../plugins/ext-auth/decision";

function isKept(outcome: Outcome): bool {
  return new Decision(outcome, "x").isKeepable;
}

describe("a decision is kept", () => {
  it("when the service made it, and no failure is", () => {
    expect<bool>(isKept(Outcome.Allowed)).toBe(true);
    expect<bool>(isKept(Outcome.Denied)).toBe(true);
    expect<bool>(isKept(Outcome.Misunderstood)).toBe(false);
    expect<bool>(isKept(Outcome.Unavailable)).toBe(false);
    expect<bool>(isKept(Outcome.TooLarge)).toBe(false);
    expect<bool>(isKept(Outcome.BodyOutOfReach)).toBe(false);
  });

  it("unless it sets a cookie", () => {
    const denied = new Decision(Outcome.Denied, "x");
    denied.headers = [
      ["location", "/"],
      ["set-cookie", "a=1"],
    ];
    expect<bool>(denied.isKeepable).toBe(false);
    const allowed = new Decision(Outcome.Allowed, "x");
    allowed.upstreamHeaders = [["set-cookie", "a=1"]];
    expect<bool>(allowed.isKeepable).toBe(false);
  });

  it("unless it is long", () => {
    const denied = new Decision(Outcome.Denied, "x");
    denied.body = new Uint8Array(4096);
    expect<bool>(denied.isKeepable).toBe(true);
    denied.body = new Uint8Array(4097);
    expect<bool>(denied.isKeepable).toBe(false);
  });
});
