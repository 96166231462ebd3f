import { QueryParameters, decodeSlice, percentDecode, sliceOf, utf8Bytes } from "as-proxy-wasm";

function decoded(text: string, isForm: bool = false): string {
  return decodeSlice(percentDecode(sliceOf(utf8Bytes(text)), isForm));
}

/** The parameters as `name=value`, each between brackets. */
function parameters(target: string): string {
  const bytes = utf8Bytes(target);
  const parameter = new QueryParameters(sliceOf(bytes));
  let all = "";
  while (parameter.next()) {
    all += "[" + decodeSlice(parameter.name) + "=" + decodeSlice(parameter.value) + "]";
  }
  return all;
}

describe("percent-encoding", () => {
  it("is decoded, once", () => {
    expect<string>(decoded("/a%2Fb%2fc")).toBe("/a/b/c");
    expect<string>(decoded("%2541")).toBe("%41");
    expect<string>(decoded("caf%c3%a9")).toBe("café");
    expect<string>(decoded("")).toBe("");
    expect<string>(decoded("%41")).toBe("A");
  });

  it("stays as it is where it is none", () => {
    const texts: string[] = ["%", "%4", "a%", "%zz", "%4g", "%g4", "%%%", "100%"];
    for (let i = 0; i < texts.length; i++) expect<string>(decoded(texts[i])).toBe(texts[i]);
    expect<string>(decoded("%%41")).toBe("%A");
    expect<string>(decoded("%4%41")).toBe("%4A");
  });

  it("has a plus for a space in forms alone", () => {
    expect<string>(decoded("a+b%2B")).toBe("a+b+");
    expect<string>(decoded("a+b%2B", true)).toBe("a b+");
  });

  it("gives bytes, whatever they are", () => {
    const bytes = percentDecode(sliceOf(utf8Bytes("%00%ff%FE")));
    expect<u32>(<u32>(bytes >> 32)).toBe(3);
    expect<u32>(load<u16>(<usize>(<u32>bytes))).toBe(0xff00);
  });
});

describe("the parameters of a query", () => {
  it("are decoded, in their order", () => {
    expect<string>(parameters("/p?a=1&b=x+y&a=%26%3D")).toBe("[a=1][b=x y][a=&=]");
  });

  it("may lack a value or a name", () => {
    expect<string>(parameters("/?a&b=&=c&=")).toBe("[a=][b=][=c][=]");
    expect<string>(parameters("/?a=b=c")).toBe("[a=b=c]");
  });

  it("are none where nothing is", () => {
    expect<string>(parameters("/?&a&&b&")).toBe("[a=][b=]");
    expect<string>(parameters("/")).toBe("");
    expect<string>(parameters("/?")).toBe("");
    expect<string>(parameters("")).toBe("");
    expect<string>(parameters("/#?a=1")).toBe("");
  });

  it("end before a fragment, and have a question mark as any character", () => {
    expect<string>(parameters("/?a=1#&b=2")).toBe("[a=1]");
    expect<string>(parameters("/?a=?&b?=1")).toBe("[a=?][b?=1]");
    expect<string>(parameters("/?a;b=1")).toBe("[a;b=1]");
  });
});
