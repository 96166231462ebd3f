import { Detail, reservedFor } from "../../../../plugins/custom-metrics/detail";

describe("the places that are kept for series which say less", () => {
  it("are enough for every method and class", () => {
    expect<u32>(reservedFor(Detail.All, 1000)).toBe(70);
    expect<u32>(reservedFor(Detail.MethodAndClass, 1000)).toBe(7);
    expect<u32>(reservedFor(Detail.Class, 1000)).toBe(1);
  });

  it("are a part of a small limit, and always leave the last one to what says nothing", () => {
    for (let most: u32 = 1; most < 300; most++) {
      const all = reservedFor(Detail.All, most);
      const method = reservedFor(Detail.MethodAndClass, most);
      expect<bool>(all >= method && method >= 1 && reservedFor(Detail.Class, most) == 1).toBe(true);
      expect<bool>(most == 1 || all <= most / 2).toBe(true);
    }
  });
});
