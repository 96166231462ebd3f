import { Slice, decodeSlice, sizeOf, sliceOf, utf8Bytes } from "as-proxy-wasm";
import { Cookies } from "../../../../plugins/jwt-validator/cookies";
import { tokenIn } from "../../../../plugins/jwt-validator/header-place";
import { withoutParameter } from "../../../../plugins/jwt-validator/without-parameter";

// Bytes that lie in the way of whoever reads past an end.
function bytes(text: string): Slice {
  return sliceOf(utf8Bytes(text));
}

function token(value: string, prefix: string): string {
  return decodeSlice(tokenIn(bytes(value), bytes(prefix)));
}

function without(target: string, name: string): string {
  return decodeSlice(sliceOf(withoutParameter(bytes(target), bytes(name))));
}

function cookies(field: string): string {
  const cookie = new Cookies(bytes(field));
  let all = "";
  while (cookie.next()) all += "<" + decodeSlice(cookie.name) + "|" + decodeSlice(cookie.value) + ">";
  return all;
}

describe("a token in a header", () => {
  it("is what stands after the prefix, in any case, without white space", () => {
    expect<string>(token("Bearer abc", "Bearer ")).toBe("abc");
    expect<string>(token("  bEARER \t abc \t", "Bearer ")).toBe("abc");
    expect<string>(token("abc", "")).toBe("abc");
    expect<string>(token(" a b ", "")).toBe("a b");
    expect<string>(token("JWTabc", "jwt")).toBe("abc");
  });

  it("is none where there is nothing, or another prefix", () => {
    const values = ["", " ", "Bearer", "Bearer ", "Bearerabc", "Basic abc", "Beare", "\tBearer\tabc"];
    for (let i = 0; i < values.length; i++)
      expect<usize>(sizeOf(tokenIn(bytes(values[i]), bytes("Bearer ")))).toBe(0, values[i]);
  });
});

describe("parameters of a query", () => {
  it("are taken away by their name, however it is spelt, and the rest stays as it is", () => {
    expect<string>(without("/a?t=1", "t")).toBe("/a");
    expect<string>(without("/a?t=1&b=%20&%74=2&c&", "t")).toBe("/a?b=%20&c&");
    expect<string>(without("/a?b=1&t", "t")).toBe("/a?b=1");
    expect<string>(without("/a?b=1&tt=2", "t")).toBe("/a?b=1&tt=2");
    expect<string>(without("/a", "t") + without("", "t")).toBe("/a");
    expect<string>(without("/a?t=1#t=2", "t")).toBe("/a#t=2");
    expect<string>(without("?t=1&t=2", "t")).toBe("");
    expect<string>(without("/a?", "t") + without("/a?&&b", "t")).toBe("/a?/a?&&b");
    expect<string>(without("/a?&t=1&=2", "")).toBe("/a?t=1");
  });
});

describe("cookies", () => {
  it("have a name and a value, in quotes or not", () => {
    expect<string>(cookies('a=1; b="2";c = 3 ;d; =e; f=g=h')).toBe("<a|1><b|2><c|3><d|><|e><f|g=h>");
    expect<string>(cookies("")).toBe("");
    expect<string>(cookies('a="; b="x')).toBe('<a|"><b|"x>');
  });
});
