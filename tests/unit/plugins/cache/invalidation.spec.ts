import { targetOf } from "../../../../plugins/cache/invalidation";
import { copied } from "./fields";

function target(reference: string): string {
  return targetOf(copied(reference), copied("http"), copied("a.example:80"), "/b/c?d");
}

describe("what an answer names", () => {
  it("is a path of the same origin", () => {
    expect<string>(target("/x?y")).toBe("/x?y");
    expect<string>(target("http://a.example:80/x")).toBe("/x");
    expect<string>(target("HTTP://A.example:80/x#f")).toBe("/x");
    expect<string>(target("http://a.example:80")).toBe("/");
    expect<string>(target("http://a.example:80?y")).toBe("/?y");
    expect<string>(target("//a.example:80/x")).toBe("/x");
    expect<string>(target("x")).toBe("/b/x");
    expect<string>(target("?y")).toBe("/b/c?y");
    expect<string>(target("")).toBe("/b/c?d");
    expect<string>(target("#f")).toBe("/b/c?d");
  });

  it("is nothing of another one", () => {
    const others: string[] = [
      "https://a.example:80/x",
      "http://b.example/x",
      "http://a.example/x",
      "//b.example/x",
      "http:/x",
      "http:x",
      "mailto:a",
      "http:",
      "http:/",
    ];
    for (let i = 0; i < others.length; i++) expect<string>(target(others[i])).toBe("", others[i]);
  });
});
