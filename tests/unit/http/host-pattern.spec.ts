import { HostPattern } from "as-proxy-wasm/assembly/http/host-pattern";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";

function pattern(text: string): HostPattern {
  const parsed = HostPattern.parse(text);
  expect<bool>(parsed !== null).toBe(true, text);
  return changetype<HostPattern>(parsed);
}

describe("a pattern for hosts", () => {
  it("fits as fitsHost says", () => {
    const shop = pattern("*.example.com:80");
    expect<bool>(shop.fits(encode("a.EXAMPLE.com:8443"))).toBe(true);
    expect<bool>(shop.fits(encode("example.com"))).toBe(false);
    expect<bool>(pattern("[::1]").fits(encode("[::1]:80"))).toBe(true);
    expect<bool>(pattern("*").fits(0)).toBe(true);
  });

  it("is none for what fitsHost takes for none, and for an address without brackets", () => {
    const bad: string[] = ["", "a b", "*.", "a.*.b", "::1", "fe80::1", "a:b:c", "a@b", "a@"];
    for (let i = 0; i < bad.length; i++) {
      expect<bool>(HostPattern.parse(bad[i]) === null).toBe(true, bad[i]);
    }
    pattern("[fe80::1]:80");
    pattern("a:80");
  });

  it("covers another whose hosts it all fits", () => {
    const yes: string[][] = [
      ["*", "*"],
      ["*", "a.b"],
      ["*.b", "a.b"],
      ["*.b", "*.a.b"],
      ["*.b", "*.b"],
      ["a.*", "a.b"],
      ["a.*", "a.b.*"],
      ["a.*", "a.*"],
      ["a.b", "A.B:80"],
    ];
    for (let i = 0; i < yes.length; i++)
      expect<bool>(pattern(yes[i][0]).covers(pattern(yes[i][1]))).toBe(true, yes[i][0] + " " + yes[i][1]);
    const no: string[][] = [
      ["a.b", "*"],
      ["a.b", "*.b"],
      ["*.a.b", "*.b"],
      ["*.b", "*"],
      ["*.b", "a.*"],
      ["a.*", "*.b"],
      ["a.*", "*"],
      ["a.b", "a.c"],
    ];
    for (let i = 0; i < no.length; i++)
      expect<bool>(pattern(no[i][0]).covers(pattern(no[i][1]))).toBe(false, no[i][0] + " " + no[i][1]);
  });
});
