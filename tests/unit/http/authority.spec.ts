import { decodeSlice, encode } from "as-proxy-wasm/assembly/runtime/utf8";
import { fitsHost, hostOf, isHostPattern } from "as-proxy-wasm/assembly/http/authority";

function host(authority: string): string {
  return decodeSlice(hostOf(encode(authority)));
}

function fits(pattern: string, authorities: string[]): void {
  for (let i = 0; i < authorities.length; i++) {
    expect<bool>(fitsHost(encode(pattern), encode(authorities[i]))).toBe(
      true,
      pattern + " and " + authorities[i],
    );
  }
}

function fitsNone(pattern: string, authorities: string[]): void {
  for (let i = 0; i < authorities.length; i++) {
    expect<bool>(fitsHost(encode(pattern), encode(authorities[i]))).toBe(
      false,
      pattern + " and " + authorities[i],
    );
  }
}

describe("the host of an authority", () => {
  it("is without its port", () => {
    expect<string>(host("example.com")).toBe("example.com");
    expect<string>(host("example.com:80")).toBe("example.com");
    expect<string>(host("example.com:")).toBe("example.com");
    expect<string>(host("example.com:8a")).toBe("example.com:8a");
    expect<string>(host("1.2.3.4:80")).toBe("1.2.3.4");
    expect<string>(host("1234")).toBe("1234");
  });

  it("is an IPv6 address with its brackets", () => {
    expect<string>(host("[::1]:80")).toBe("[::1]");
    expect<string>(host("[::1]")).toBe("[::1]");
    expect<string>(host("[2001:db8::1]:")).toBe("[2001:db8::1]");
    expect<string>(host("::1")).toBe("::1");
  });

  it("is without user information and without the dot of an absolute name", () => {
    expect<string>(host("user:pw@example.com:80")).toBe("example.com");
    expect<string>(host("a@b@example.com")).toBe("example.com");
    expect<string>(host("example.com.")).toBe("example.com");
    expect<string>(host("example.com.:443")).toBe("example.com");
  });

  it("is empty where there is none", () => {
    expect<string>(host("")).toBe("");
    expect<string>(host(":80")).toBe("");
    expect<string>(host(".")).toBe("");
    expect<string>(host("@")).toBe("");
  });
});

describe("a host pattern", () => {
  it("fits its host in any case, on any port", () => {
    fits("example.com", ["example.com", "EXAMPLE.com", "Example.Com:8443", "example.com.", "u@example.com"]);
    fits("Example.COM:80", ["example.com", "example.com:443"]);
    fits("[::1]", ["[::1]:80", "[::1]"]);
    fits("[2001:DB8::1]:443", ["[2001:db8::1]"]);
  });

  it("fits no other host", () => {
    fitsNone("example.com", [
      "example.org",
      "a.example.com",
      "example.com.evil.org",
      "xexample.com",
      "example.co",
      "",
      "example.com:8x",
      "example_com",
    ]);
    fitsNone("[::1]", ["[::2]:80", "::1"]);
  });

  it("fits sub-domains at any depth when it begins with a star, and not the domain itself", () => {
    fits("*.example.com", ["a.example.com", "a.b.example.com:80", "A.EXAMPLE.COM", "a.example.com."]);
    fitsNone("*.example.com", [
      "example.com",
      ".example.com",
      "xexample.com",
      "a.example.com.evil.org",
      "a.example.org",
      "",
    ]);
  });

  it("fits anything that goes on when it ends with a star", () => {
    fits("example.*", ["example.com", "example.co.uk:80", "EXAMPLE.org"]);
    fitsNone("example.*", ["example", "example.", "examples.com", "a.example.com", ""]);
  });

  it("fits everything when it is a star", () => {
    fits("*", ["example.com", "[::1]:80", ""]);
  });

  it("is a host with a star at one end at most", () => {
    const good: string[] = [
      "example.com",
      "*.example.com",
      "example.*",
      "*",
      "[::1]",
      "localhost:80",
      "a",
      "*.a",
      "a.*",
      "*.example.com:80",
      "example.*:80",
    ];
    for (let i = 0; i < good.length; i++) expect<bool>(isHostPattern(encode(good[i]))).toBe(true, good[i]);
    const bad: string[] = [
      "",
      "**",
      "*.*",
      "*example.com",
      "a.*.b",
      "a*",
      "*a",
      "*.",
      ".*",
      ".",
      "http://a",
      "a b",
      "a/b",
      "*.*.a",
      "a.*.*",
      ":80",
      "a\nb",
      "user@a",
      "a@",
      "@a",
      "*.@a",
    ];
    for (let i = 0; i < bad.length; i++) expect<bool>(isHostPattern(encode(bad[i]))).toBe(false, bad[i]);
  });

  it("ignores the case of ASCII letters only", () => {
    fitsNone("a[b", ["a{b"]);
    fitsNone("a@b", ["A`b"]);
    fitsNone("é.com", ["É.com"]);
  });
});
