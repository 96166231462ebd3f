import { equalInConstantTime, utf8Bytes } from "as-proxy-wasm";

describe("comparing in constant time", () => {
  it("finds the same bytes the same", () => {
    expect<bool>(equalInConstantTime(utf8Bytes("secret"), utf8Bytes("sec" + "ret"))).toBe(true);
    expect<bool>(equalInConstantTime(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });

  it("finds a difference in every bit of every byte", () => {
    const bytes = utf8Bytes("0123456789abcdef0123456789abcdef0");
    for (let place = 0; place < bytes.length; place++) {
      for (let bit = 0; bit < 8; bit++) {
        const other = bytes.slice();
        other[place] ^= (<u8>1) << (<u8>bit);
        expect<bool>(equalInConstantTime(bytes, other)).toBe(false);
      }
    }
  });

  it("finds differences that cancel each other out", () => {
    expect<bool>(equalInConstantTime(utf8Bytes("ab"), utf8Bytes("ba"))).toBe(false);
  });

  it("finds different lengths different", () => {
    expect<bool>(equalInConstantTime(utf8Bytes("secret"), utf8Bytes("secre"))).toBe(false);
    expect<bool>(equalInConstantTime(utf8Bytes("secret"), utf8Bytes("secret\0"))).toBe(false);
    expect<bool>(equalInConstantTime(utf8Bytes(""), utf8Bytes("s"))).toBe(false);
  });
});
