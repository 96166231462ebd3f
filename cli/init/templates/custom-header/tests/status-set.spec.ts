import { StatusSet } from "../assembly/status-set";

function setOf(texts: string[]): StatusSet {
  const statuses = new StatusSet();
  for (let i = 0; i < texts.length; i++) expect<bool>(statuses.add(texts[i])).toBe(true, texts[i]);
  return statuses;
}

describe("a set of statuses", () => {
  it("has all of them when it is empty", () => {
    expect<bool>(setOf([]).has(200)).toBe(true);
  });

  it("has those that were added, and those of their classes", () => {
    const statuses = setOf(["404", "5xx"]);
    expect<bool>(statuses.has(404)).toBe(true);
    expect<bool>(statuses.has(503)).toBe(true);
    expect<bool>(statuses.has(400)).toBe(false);
    expect<bool>(statuses.has(200)).toBe(false);
  });

  it("takes nothing else", () => {
    const texts: string[] = ["", "40", "4040", "600", "0xx", "xxx", "4x4", "4Xx", "abc"];
    for (let i = 0; i < texts.length; i++) {
      expect<bool>(new StatusSet().add(texts[i])).toBe(false, texts[i]);
    }
  });
});
