import { Verdict, verdictOn } from "../assembly/verdict";

describe("the verdict", () => {
  it("lets requests go on only when the service says so", () => {
    expect<Verdict>(verdictOn(200)).toBe(Verdict.Allowed);
    expect<Verdict>(verdictOn(204)).toBe(Verdict.Allowed);
    expect<Verdict>(verdictOn(199)).toBe(Verdict.Unavailable);
    expect<Verdict>(verdictOn(300)).toBe(Verdict.Unavailable);
  });

  it("tells clients that are not known from those that may not", () => {
    expect<Verdict>(verdictOn(401)).toBe(Verdict.Unauthenticated);
    expect<Verdict>(verdictOn(403)).toBe(Verdict.Denied);
    expect<Verdict>(verdictOn(404)).toBe(Verdict.Denied);
  });

  it("is none without an answer", () => {
    expect<Verdict>(verdictOn(0)).toBe(Verdict.Unavailable);
    expect<Verdict>(verdictOn(500)).toBe(Verdict.Unavailable);
  });
});
