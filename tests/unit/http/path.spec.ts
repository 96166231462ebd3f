import { resetArena } from "as-proxy-wasm/assembly/runtime/arena";
import { dataOf, sizeOf, slice } from "as-proxy-wasm/assembly/runtime/slice";
import { decodeSlice, encode } from "as-proxy-wasm/assembly/runtime/utf8";
import { hasPathPrefix, normalizePath, withoutQuery } from "as-proxy-wasm/assembly/http/path";

function normal(path: string): string {
  return decodeSlice(normalizePath(encode(path)));
}

/** Expects of each pair that the first is normalised to the second. */
function becomes(pairs: string[][]): void {
  for (let i = 0; i < pairs.length; i++) expect<string>(normal(pairs[i][0])).toBe(pairs[i][1], pairs[i][0]);
}

function under(path: string, prefix: string): bool {
  return hasPathPrefix(encode(path), encode(prefix));
}

describe("a normalised path", () => {
  it("is the path itself where nothing is odd", () => {
    becomes([
      ["/", "/"],
      ["/a", "/a"],
      ["/a/", "/a/"],
      ["/a/b.c/d-e_f~g", "/a/b.c/d-e_f~g"],
      ["/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="],
    ]);
    const path = encode("/api/v1/users");
    expect<usize>(dataOf(normalizePath(path))).toBe(dataOf(path), "no copy");
  });

  it("has neither query nor fragment", () => {
    becomes([
      ["/a?b=/../c", "/a"],
      ["/a#b", "/a"],
      ["/?", "/"],
      ["/a#b?c", "/a"],
      ["/a/..?x", "/"],
      ["/a%2f..?%2f", "/"],
    ]);
  });

  it("begins with a slash", () => {
    becomes([
      ["", "/"],
      ["?x", "/"],
      ["a", "/a"],
      ["a/b", "/a/b"],
      ["..", "/"],
      [".", "/"],
      ["*", "/*"],
    ]);
  });

  it("has no empty segments", () => {
    becomes([
      ["//", "/"],
      ["//a", "/a"],
      ["/a//b", "/a/b"],
      ["/a///b//", "/a/b/"],
      ["///", "/"],
    ]);
  });

  it("has no dot segments", () => {
    becomes([
      ["/.", "/"],
      ["/a/.", "/a/"],
      ["/a/./b", "/a/b"],
      ["/./a", "/a"],
      ["/a/..", "/"],
      ["/a/b/..", "/a/"],
      ["/a/../b", "/b"],
      ["/a/b/../../c", "/c"],
      ["/a/./../b/.", "/b/"],
    ]);
  });

  it("does not go above the root", () => {
    becomes([
      ["/..", "/"],
      ["/../", "/"],
      ["/../../a", "/a"],
      ["/a/../../../b", "/b"],
      ["/%2e%2e/%2e%2e/a", "/a"],
    ]);
  });

  it("keeps dots that are part of a name", () => {
    becomes([
      ["/...", "/..."],
      ["/.a", "/.a"],
      ["/..a", "/..a"],
      ["/a..", "/a.."],
      ["/.well-known/x", "/.well-known/x"],
      ["/a/.../b", "/a/.../b"],
    ]);
  });

  it("merges slashes before dots take what is before them", () => {
    becomes([
      ["/a//../b", "/b"],
      ["/a/b//..//c", "/a/c"],
    ]);
  });

  it("is decoded once", () => {
    becomes([
      ["/%61dmin", "/admin"],
      ["/a%2Db", "/a-b"],
      ["/a%20b", "/a b"],
      ["/%2561", "/%61"],
      ["/%252e%252e/a", "/%2e%2e/a"],
      ["/%21", "/!"],
    ]);
  });

  it("has encoded slashes and dots resolved", () => {
    becomes([
      ["/a%2fb", "/a/b"],
      ["/a%2Fb", "/a/b"],
      ["/a%2f%2fb", "/a/b"],
      ["/%2e/a", "/a"],
      ["/a/%2e%2e/b", "/b"],
      ["/a/.%2e/b", "/b"],
      ["/a%2f..%2fb", "/b"],
      ["/a%2f%2e%2e%2fb", "/b"],
      ["%2fa", "/a"],
    ]);
  });

  it("has slashes for backslashes", () => {
    becomes([
      ["/a\\b", "/a/b"],
      ["\\a", "/a"],
      ["/a\\..\\b", "/b"],
      ["/a%5cb", "/a/b"],
      ["/a/..%5Cb", "/b"],
      ["\\\\a", "/a"],
    ]);
  });

  it("has no path parameters", () => {
    becomes([
      ["/a;x=1/b", "/a/b"],
      ["/a;x", "/a"],
      ["/a;/b", "/a/b"],
      ["/;x/a", "/a"],
      ["/a/..;x/b", "/b"],
      ["/a/..;/b", "/b"],
      ["/a/.;x/b", "/a/b"],
      ["/a;x;y/b", "/a/b"],
      ["/a;x?y", "/a"],
      [";/a", "/a"],
      ["/a;b%2f..%2fc", "/c"],
      ["/a;b\\..\\c", "/c"],
      ["/a;%2e%2e/b", "/a/b"],
    ]);
  });

  it("keeps an encoded semicolon, question mark or number sign in its segment", () => {
    becomes([
      ["/a%3bx/b", "/a;x/b"],
      ["/a%3fx", "/a?x"],
      ["/a%23x", "/a#x"],
    ]);
  });

  it("keeps a percent sign that encodes nothing", () => {
    becomes([
      ["/%", "/%"],
      ["/%2", "/%2"],
      ["/%zz", "/%zz"],
      ["/%2z/..", "/"],
      ["/a%%2f", "/a%/"],
      ["/%u002e", "/%u002e"],
    ]);
  });

  it("keeps bytes that are no text", () => {
    expect<string>(normal("/%00a")).toBe("/\0a");
    expect<usize>(sizeOf(normalizePath(encode("/%ff%fe")))).toBe(3);
  });

  it("is its own normal form, unless it was encoded twice", () => {
    const paths: string[] = ["/a/../b//c/./d;e", "//..//a\\b", "/a%2f%2e%2e/b", "/..;/x"];
    for (let i = 0; i < paths.length; i++) expect<string>(normal(normal(paths[i]))).toBe(normal(paths[i]));
  });

  it("is never longer than the path and a slash, whatever the path", () => {
    const alphabet = "/.%2ef5c;\\?#a";
    let seed: u32 = 1;
    for (let round = 0; round < 4000; round++) {
      let path = "";
      for (let i = 0; i < 12; i++) {
        seed = seed * 1103515245 + 12345;
        path += alphabet.charAt((seed >> 16) % alphabet.length);
      }
      const result = normalizePath(encode(path));
      expect<bool>(sizeOf(result) <= <usize>path.length + 1).toBe(true, path);
      const text = decodeSlice(result);
      const clean =
        text.startsWith("/") &&
        !text.includes("//") &&
        !(text + "/").includes("/../") &&
        !(text + "/").includes("/./");
      expect<bool>(clean).toBe(true, path);
      resetArena();
    }
  });
});

describe("a path prefix", () => {
  it("ends at a segment's end", () => {
    expect<bool>(under("/api", "/api")).toBe(true);
    expect<bool>(under("/api/", "/api")).toBe(true);
    expect<bool>(under("/api/x", "/api")).toBe(true);
    expect<bool>(under("/apix", "/api")).toBe(false);
    expect<bool>(under("/api;x", "/api")).toBe(false);
    expect<bool>(under("/ap", "/api")).toBe(false);
    expect<bool>(under("/API", "/api")).toBe(false);
  });

  it("with a slash at its end means what is under it only", () => {
    expect<bool>(under("/api/x", "/api/")).toBe(true);
    expect<bool>(under("/api/", "/api/")).toBe(true);
    expect<bool>(under("/api", "/api/")).toBe(false);
    expect<bool>(under("/anything", "/")).toBe(true);
  });

  it("is in nothing but itself when empty", () => {
    expect<bool>(under("/a", "")).toBe(false);
    expect<bool>(under("", "")).toBe(true);
    expect<bool>(hasPathPrefix(slice(0, 0), encode("/"))).toBe(false);
  });
});

describe("a path without its query", () => {
  it("ends before the first question mark or number sign", () => {
    expect<string>(decodeSlice(withoutQuery(encode("/a?b#c")))).toBe("/a");
    expect<string>(decodeSlice(withoutQuery(encode("/a#b?c")))).toBe("/a");
    expect<string>(decodeSlice(withoutQuery(encode("/a")))).toBe("/a");
    expect<string>(decodeSlice(withoutQuery(encode("")))).toBe("");
  });
});
