import { ListMembers, equalEntityTags, includesEntityTag, isStrongEntityTag, trimmed } from "as-proxy-wasm";
import { decodeSlice, encode } from "as-proxy-wasm/assembly/runtime/utf8";

function members(value: string): string {
  const list = new ListMembers(encode(value));
  let all = "";
  while (list.next()) all += "[" + decodeSlice(list.member) + "]";
  return all;
}

describe("the members of a list", () => {
  it("are what commas separate, without white space and without empty ones", () => {
    expect<string>(members("a")).toBe("[a]");
    expect<string>(members(" a ,\tb,,c , ")).toBe("[a][b][c]");
    expect<string>(members("")).toBe("");
    expect<string>(members(" , ,")).toBe("");
    expect<string>(members("a b")).toBe("[a b]");
  });

  it("can have commas within quotes", () => {
    expect<string>(members('a="b, c", d')).toBe('[a="b, c"][d]');
    expect<string>(members('"a\\", b", c')).toBe('["a\\", b"][c]');
    expect<string>(members('"a, b')).toBe('["a, b]');
    expect<string>(members('"a\\')).toBe('["a\\]');
  });

  it("lose spaces and tabs at their ends", () => {
    expect<string>(decodeSlice(trimmed(encode(" \t a \t")))).toBe("a");
    expect<string>(decodeSlice(trimmed(encode("  ")))).toBe("");
  });
});

function includes(list: string, tag: string): bool {
  return includesEntityTag(encode(list), encode(tag));
}

describe("entity tags", () => {
  it("are the same whether weak or not", () => {
    expect<bool>(equalEntityTags(encode('"a"'), encode('W/"a"'))).toBe(true);
    expect<bool>(equalEntityTags(encode('W/"a"'), encode('W/"a"'))).toBe(true);
    expect<bool>(equalEntityTags(encode('"a"'), encode('"b"'))).toBe(false);
    expect<bool>(equalEntityTags(encode('"a"'), encode('"A"'))).toBe(false);
    expect<bool>(equalEntityTags(encode('"a"'), encode("a"))).toBe(false);
  });

  it("are found in lists", () => {
    expect<bool>(includes('"a"', '"a"')).toBe(true);
    expect<bool>(includes('"x", W/"a" , "y"', '"a"')).toBe(true);
    expect<bool>(includes('"a,b", "c"', '"a,b"')).toBe(true);
    expect<bool>(includes('"a,b"', '"a')).toBe(false);
    expect<bool>(includes('"x"', '"a"')).toBe(false);
    expect<bool>(includes("", '"a"')).toBe(false);
    expect<bool>(includes('"a"', "")).toBe(false);
    expect<bool>(includes("*", '"a"')).toBe(true);
    expect<bool>(includes("*", "")).toBe(true);
    expect<bool>(includes('"*"', '"a"')).toBe(false);
  });

  it("are strong without a mark", () => {
    expect<bool>(isStrongEntityTag(encode(' "a" '))).toBe(true);
    expect<bool>(isStrongEntityTag(encode('W/"a"'))).toBe(false);
    expect<bool>(isStrongEntityTag(encode("a"))).toBe(false);
    expect<bool>(isStrongEntityTag(encode(""))).toBe(false);
  });
});
