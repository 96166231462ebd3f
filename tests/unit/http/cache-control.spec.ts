import { CacheControl, MOST_SECONDS, parseDeltaSeconds } from "as-proxy-wasm";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";

function readAll(fields: string[]): CacheControl {
  const control = new CacheControl();
  for (let i = 0; i < fields.length; i++) control.add(encode(fields[i]));
  return control;
}

function directives(field: string): CacheControl {
  return readAll([field]);
}

describe("the directives of cache-control", () => {
  it("are known in any case, in any order, in several fields", () => {
    const control = readAll([
      "No-Store, no-cache ,PUBLIC,private",
      "must-revalidate,,proxy-revalidate,must-understand , only-if-cached",
      "max-age=1, s-maxage=2, min-fresh=3, max-stale=4, stale-while-revalidate=5, stale-if-error=6",
    ]);
    expect<bool>(control.noStore && control.noCache && control.isPublic && control.isPrivate).toBe(true);
    expect<bool>(control.mustRevalidate && control.proxyRevalidate && control.mustUnderstand).toBe(true);
    expect<bool>(control.onlyIfCached && control.isPresent && control.isWellFormed).toBe(true);
    expect<i64>(control.maxAge).toBe(1);
    expect<i64>(control.sharedMaxAge).toBe(2);
    expect<i64>(control.minFresh).toBe(3);
    expect<i64>(control.maxStale).toBe(4);
    expect<i64>(control.staleWhileRevalidate).toBe(5);
    expect<i64>(control.staleIfError).toBe(6);
  });

  it("are absent where nothing, or something else, is said", () => {
    const fields: string[] = [
      "",
      " , ,",
      "x",
      "x=max-age=5",
      "immutable",
      "xmax-age=1",
      "max-agex=1",
      "=5",
      '"max-age=5"',
    ];
    for (let i = 0; i < fields.length; i++) {
      const control = directives(fields[i]);
      expect<i64>(control.maxAge).toBe(-1, fields[i]);
      expect<bool>(control.noStore || control.noCache || control.isPrivate).toBe(false, fields[i]);
    }
    expect<bool>(directives("").isPresent).toBe(false);
    expect<bool>(directives("x").isPresent).toBe(true);
  });

  it("are not looked for within quotes", () => {
    const control = directives('x="no-store, max-age=5", y="a\\", private", max-age=7');
    expect<bool>(control.noStore || control.isPrivate).toBe(false);
    expect<i64>(control.maxAge).toBe(7);
    expect<i64>(directives('x="never closed, max-age=7').maxAge).toBe(-1);
  });

  it("with a lifetime that is no number are stale", () => {
    const fields: string[] = [
      "max-age",
      "max-age=",
      "max-age=-1",
      "max-age=1.5",
      "max-age=1e3",
      "max-age=a",
      "max-age= 5",
      "max-age =5",
      "max-age='5'",
      'max-age="5',
      "max-age=5 5",
      "max-age=0x5",
      "max-age=1, max-age=2",
      "max-age=2, max-age=a",
    ];
    for (let i = 0; i < fields.length; i++) expect<i64>(directives(fields[i]).maxAge).toBe(0, fields[i]);
    expect<i64>(directives("s-maxage=a").sharedMaxAge).toBe(0);
    expect<bool>(directives("max-age=a").isWellFormed).toBe(false);
  });

  it("have lifetimes in quotes, twice the same, with zeros in front, and too large ones", () => {
    expect<i64>(directives('max-age="5"').maxAge).toBe(5);
    expect<i64>(directives("max-age=5, max-age=5").maxAge).toBe(5);
    expect<i64>(directives("max-age=0000000000000000000000005").maxAge).toBe(5);
    expect<i64>(directives("max-age=2147483649").maxAge).toBe(MOST_SECONDS);
    expect<i64>(directives("max-age=99999999999999999999999999999").maxAge).toBe(MOST_SECONDS);
    expect<i64>(directives("max-age=2147483648").maxAge).toBe(MOST_SECONDS);
    expect<i64>(directives("max-age=2147483647").maxAge).toBe(2147483647);
  });

  it("take other times that are no numbers for absent, and max-stale alone for any", () => {
    expect<i64>(directives("max-stale").maxStale).toBe(MOST_SECONDS);
    expect<i64>(directives("max-stale=a").maxStale).toBe(-1);
    expect<i64>(directives("min-fresh").minFresh).toBe(-1);
    expect<i64>(directives("stale-while-revalidate").staleWhileRevalidate).toBe(-1);
    expect<i64>(directives("stale-if-error=-5").staleIfError).toBe(-1);
  });

  it("can be about certain fields only", () => {
    const control = directives('private="X-A, x-b", no-cache="set-cookie"');
    expect<bool>(control.isPrivate || control.noCache).toBe(false);
    expect<bool>(control.restricts(encode("x-a"))).toBe(true);
    expect<bool>(control.restricts(encode("x-b"))).toBe(true);
    expect<bool>(control.restricts(encode("set-cookie"))).toBe(true);
    expect<bool>(control.restricts(encode("x-c"))).toBe(false);
    expect<bool>(directives("private=x-a").isPrivate).toBe(true);
    expect<bool>(directives('private=""').isPrivate).toBe(true);
    expect<bool>(directives('no-cache=" , "').noCache).toBe(true);
    expect<bool>(directives("no-cache=x-a").noCache).toBe(true);
    expect<bool>(directives('no-cache="x-a", no-cache').noCache).toBe(true);
  });
});

describe("a number of seconds", () => {
  it("is digits and nothing else", () => {
    expect<i64>(parseDeltaSeconds(encode("0"))).toBe(0);
    expect<i64>(parseDeltaSeconds(encode("12"))).toBe(12);
    const bad: string[] = ["", " 1", "1 ", "-1", "+1", "1.0", "a", "\u0661"];
    for (let i = 0; i < bad.length; i++) expect<i64>(parseDeltaSeconds(encode(bad[i]))).toBe(-1, bad[i]);
  });
});
