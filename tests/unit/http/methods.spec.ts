import { MethodSet } from "as-proxy-wasm/assembly/http/methods";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";

function set(names: string[]): MethodSet {
  const methods = new MethodSet();
  for (let i = 0; i < names.length; i++) expect<bool>(methods.add(names[i])).toBe(true, names[i]);
  return methods;
}

describe("a set of methods", () => {
  it("has those that it names, in any case", () => {
    const methods = set(["POST", "delete", "M-SEARCH"]);
    const has: string[] = ["POST", "post", "Delete", "m-search"];
    for (let i = 0; i < has.length; i++) expect<bool>(methods.has(encode(has[i]))).toBe(true, has[i]);
    const hasNot: string[] = ["GET", "HEAD", "POSTS", "POS", "", "*"];
    for (let i = 0; i < hasNot.length; i++)
      expect<bool>(methods.has(encode(hasNot[i]))).toBe(false, hasNot[i]);
    expect<bool>(new MethodSet().has(encode("GET"))).toBe(false);
  });

  it("has HEAD with GET, and not the other way round", () => {
    expect<bool>(set(["get"]).has(encode("HEAD"))).toBe(true);
    expect<bool>(set(["HEAD"]).has(encode("GET"))).toBe(false);
    expect<bool>(set(["HEAD"]).has(encode("HEAD"))).toBe(true);
  });

  it("has them all with a star", () => {
    const all = set(["POST", "*"]);
    expect<bool>(all.hasAll).toBe(true);
    expect<bool>(all.has(encode("ANYTHING"))).toBe(true);
    expect<bool>(all.has(0)).toBe(true);
    expect<bool>(set(["POST"]).hasAll).toBe(false);
  });

  it("takes tokens only", () => {
    const bad: string[] = ["", " GET", "GE T", "GET/", "G\u00c9T", "G\nT"];
    for (let i = 0; i < bad.length; i++) expect<bool>(new MethodSet().add(bad[i])).toBe(false, bad[i]);
  });

  it("covers another that has nothing more", () => {
    expect<bool>(set(["*"]).covers(set(["A", "*"]))).toBe(true);
    expect<bool>(set(["A", "B"]).covers(set(["b"]))).toBe(true);
    expect<bool>(set(["GET"]).covers(set(["HEAD", "GET"]))).toBe(true);
    expect<bool>(set(["HEAD"]).covers(set(["GET"]))).toBe(false);
    expect<bool>(set(["A"]).covers(set(["A", "B"]))).toBe(false);
    expect<bool>(set(["A"]).covers(set(["*"]))).toBe(false);
  });
});
