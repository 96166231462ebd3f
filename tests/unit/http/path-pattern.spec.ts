import { PathPart, PathPattern } from "as-proxy-wasm/assembly/http/path-pattern";
import { normalizePath } from "as-proxy-wasm/assembly/http/path";
import { withoutOrigin } from "as-proxy-wasm/assembly/http/request-path";
import { decodeSlice, encode } from "as-proxy-wasm/assembly/runtime/utf8";

function pattern(part: PathPart, text: string, anyCase: bool = false): PathPattern {
  const parsed = PathPattern.parse(part, text, anyCase);
  expect<bool>(parsed !== null).toBe(true, text);
  return changetype<PathPattern>(parsed);
}

function fits(part: PathPart, text: string, paths: string[], anyCase: bool = false): void {
  const parsed = pattern(part, text, anyCase);
  for (let i = 0; i < paths.length; i++) {
    expect<bool>(parsed.matches(encode(paths[i]))).toBe(true, text + " fits " + paths[i]);
  }
}

function fitsNone(part: PathPart, text: string, paths: string[], anyCase: bool = false): void {
  const parsed = pattern(part, text, anyCase);
  for (let i = 0; i < paths.length; i++) {
    expect<bool>(parsed.matches(encode(paths[i]))).toBe(false, text + " fits not " + paths[i]);
  }
}

describe("a pattern for paths", () => {
  it("fits one path when it is exact, with or without a slash at the end", () => {
    fits(PathPart.Exact, "/a", ["/a", "/a/", "/a//"]);
    fits(PathPart.Exact, "/a/", ["/a", "/a/"]);
    fits(PathPart.Exact, "/", ["/", "//", ""]);
    fits(PathPart.Exact, "/\u00e9 b", ["/\u00e9 b"]);
    fitsNone(PathPart.Exact, "/a", ["/ab", "/a/b", "/", "", "a", "/A", "/x/a"]);
    fitsNone(PathPart.Exact, "/", ["/a", "a"]);
  });

  it("fits what begins with it when it is a prefix, in the middle of a segment too", () => {
    fits(PathPart.Prefix, "/a", ["/a", "/a/", "/ab", "/a/b", "/a.b"]);
    fits(PathPart.Prefix, "/", ["/", "/a", "//", ""]);
    fitsNone(PathPart.Prefix, "/a", ["/", "", "/b", "/A", "a", "/x/a"]);
  });

  it("fits the path without the slash that it ends with", () => {
    fits(PathPart.Prefix, "/a/", ["/a", "/a/", "/a/b"]);
    fitsNone(PathPart.Prefix, "/a/", ["/ab", "/", "/a.b"]);
  });

  it("fits what ends with it when it is a suffix", () => {
    fits(PathPart.Suffix, ".pdf", ["/a.pdf", "/.pdf", "/a/b.pdf/", "/a.pdf//"]);
    fits(PathPart.Suffix, "/edit/", ["/a/edit", "/a/edit/", "/edit"]);
    fitsNone(PathPart.Suffix, ".pdf", ["/a.pdfx", "/pdf", "/", "", "/a.PDF"]);
    fitsNone(PathPart.Suffix, "/edit", ["/xedit", "edit"]);
  });

  it("ignores the case of ASCII letters only when it is told to", () => {
    fits(PathPart.Exact, "/Admin", ["/admin", "/ADMIN/"], true);
    fits(PathPart.Prefix, "/Admin", ["/aDMINs"], true);
    fits(PathPart.Suffix, ".Pdf", ["/a.pDF"], true);
    fitsNone(PathPart.Exact, "/\u00e9", ["/\u00c9"], true);
    fitsNone(PathPart.Exact, "/[", ["/{"], true);
  });

  it("is written as the resource is called", () => {
    const good: string[] = [
      "/",
      "/a",
      "/a/",
      "/.a",
      "/..a",
      "/a..",
      "/...",
      "/a b",
      "/\u00e9",
      "/a:b@c=d&e",
      "/\ud800",
    ];
    for (let i = 0; i < good.length; i++) {
      pattern(PathPart.Prefix, good[i]);
      pattern(PathPart.Exact, good[i]);
      const normal = decodeSlice(normalizePath(encode(good[i])));
      expect<string>(normal).toBe(good[i] == "/\ud800" ? "/\ufffd" : good[i]);
    }
    const odd: string[] = [
      "//",
      "/a//b",
      "/.",
      "/..",
      "/./a",
      "/a/..",
      "/a/../b",
      "/a?b",
      "/a#b",
      "/a%20b",
      "/a;b",
      "/a\\b",
      "/a\nb",
      "/\u007f",
      "",
    ];
    for (let i = 0; i < odd.length; i++) {
      expect<bool>(PathPattern.parse(PathPart.Prefix, odd[i]) === null).toBe(true, odd[i]);
      expect<bool>(PathPattern.parse(PathPart.Exact, odd[i]) === null).toBe(true, odd[i]);
      expect<bool>(PathPattern.parse(PathPart.Suffix, odd[i]) === null).toBe(true, odd[i]);
    }
    expect<bool>(PathPattern.parse(PathPart.Prefix, "a") === null).toBe(true);
    expect<bool>(PathPattern.parse(PathPart.Exact, "a") === null).toBe(true);
    expect<bool>(PathPattern.parse(PathPart.Suffix, "/") === null).toBe(true);
    pattern(PathPart.Suffix, "..");
    pattern(PathPart.Suffix, "./a");
  });

  it("covers another whose paths it all fits", () => {
    const all = pattern(PathPart.Prefix, "/");
    const admin = pattern(PathPart.Prefix, "/admin");
    const below = pattern(PathPart.Prefix, "/admin/");
    const exact = pattern(PathPart.Exact, "/admin/");
    const pdf = pattern(PathPart.Suffix, ".pdf");
    const report = pattern(PathPart.Suffix, "/report.pdf");
    const file = pattern(PathPart.Exact, "/admin/report.pdf");
    const yes: PathPattern[][] = [
      [all, all],
      [all, admin],
      [all, exact],
      [all, pdf],
      [admin, admin],
      [admin, below],
      [admin, exact],
      [admin, file],
      [below, exact],
      [pdf, report],
      [pdf, file],
      [report, file],
      [exact, exact],
      [pdf, pdf],
    ];
    for (let i = 0; i < yes.length; i++) expect<bool>(yes[i][0].covers(yes[i][1])).toBe(true, i.toString());
    const no: PathPattern[][] = [
      [admin, all],
      [below, admin],
      [exact, admin],
      [exact, below],
      [pdf, all],
      [report, pdf],
      [admin, pdf],
      [pdf, admin],
      [file, report],
      [exact, file],
    ];
    for (let i = 0; i < no.length; i++) expect<bool>(no[i][0].covers(no[i][1])).toBe(false, i.toString());
  });
});

describe("a target in absolute form", () => {
  it("is a path once its origin is gone", () => {
    const pairs: string[][] = [
      ["http://a/b", "/b"],
      ["HTTPS://a:1/b//c", "/b//c"],
      ["http://a", "/"],
      ["http://", "/"],
      ["/a", "/a"],
      ["/a://b/c", "/a://b/c"],
      ["*", "*"],
      ["", ""],
      ["a", "a"],
      ["a:", "a:"],
      ["a:/", "a:/"],
      ["a:/b", "a:/b"],
      ["a:b//c", "a:b//c"],
    ];
    for (let i = 0; i < pairs.length; i++) {
      expect<string>(decodeSlice(withoutOrigin(encode(pairs[i][0])))).toBe(pairs[i][1], pairs[i][0]);
    }
  });
});
