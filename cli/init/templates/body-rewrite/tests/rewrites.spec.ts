import { Rewrites, isText } from "../assembly/rewrites";

describe("rewrites", () => {
  it("replace every occurrence, one rewrite after the other", () => {
    const rewrites = new Rewrites();
    expect<bool>(rewrites.add("internal", "public")).toBe(true);
    expect<bool>(rewrites.add("public.example", "example")).toBe(true);
    expect<string>(rewrites.apply("internal.example and internal")).toBe("example and public");
    expect<string>(rewrites.apply("")).toBe("");
  });

  it("look for no empty text", () => {
    expect<bool>(new Rewrites().add("", "x")).toBe(false);
  });

  it("are for text in UTF-8", () => {
    const texts: string[] = ["text/html", "Text/Plain; charset=UTF-8", 'application/json; charset="utf-8"'];
    for (let i = 0; i < texts.length; i++) expect<bool>(isText(texts[i])).toBe(true, texts[i]);
    const others: string[] = ["image/png", "", "text/event-stream", "text/plain; charset=iso-8859-1"];
    for (let i = 0; i < others.length; i++) expect<bool>(isText(others[i])).toBe(false, others[i]);
  });
});
