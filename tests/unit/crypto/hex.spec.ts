import { hexBytes, hexText } from "as-proxy-wasm";

describe("hexadecimal", () => {
  it("comes back as it was, for every byte and in both cases", () => {
    const bytes = new Uint8Array(256);
    for (let i = 0; i < 256; i++) bytes[i] = <u8>i;
    const text = hexText(bytes);
    expect<string>(text.substring(0, 8)).toBe("00010203");
    expect<string>(text.substring(504)).toBe("fcfdfeff");
    expect<Uint8Array>(hexBytes(text)!).toStrictEqual(bytes);
    expect<Uint8Array>(hexBytes(text.toUpperCase())!).toStrictEqual(bytes);
  });

  it("takes no text for no bytes", () => {
    expect<i32>(hexBytes("")!.length).toBe(0);
    expect<string>(hexText(new Uint8Array(0))).toBe("");
  });

  it("refuses an odd number of digits, and every other character", () => {
    expect<bool>(hexBytes("abc") == null).toBe(true);
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      const known = "0123456789abcdefABCDEF".includes(character);
      expect<bool>(hexBytes("0" + character) != null).toBe(known, character);
      if (code < 0x80) expect<bool>(hexBytes(character + "0") != null).toBe(known, character);
    }
  });
});
