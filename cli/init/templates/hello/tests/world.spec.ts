import { worldIn } from "../assembly/world";

describe("the world", () => {
  it("is called as the first language calls it", () => {
    expect<string>(worldIn("fr")).toBe("monde");
    expect<string>(worldIn("de-CH, fr;q=0.9")).toBe("Welt");
    expect<string>(worldIn(" ES")).toBe("mundo");
  });

  it("has no name in a language that is not known", () => {
    expect<string>(worldIn("en, fr")).toBe("");
    expect<string>(worldIn("fry")).toBe("");
    expect<string>(worldIn("*")).toBe("");
    expect<string>(worldIn("")).toBe("");
  });
});
