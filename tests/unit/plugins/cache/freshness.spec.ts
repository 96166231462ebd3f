import { FieldBlock, MOST_SECONDS } from "as-proxy-wasm";
import {
  UNSAID,
  currentAge,
  explicitLifetime,
  heuristicLifetime,
  initialAge,
  isHeuristicallyCacheable,
} from "../../../../plugins/cache/freshness";
import { ResponseHead } from "../../../../plugins/cache/response-head";
import { fields } from "./fields";

/** Sun, 06 Nov 1994 08:49:37 GMT */
const NOW: i64 = 784111777;

function head(lines: string[]): ResponseHead {
  return ResponseHead.read(FieldBlock.cursor(fields(lines)), NOW);
}

function lifetime(lines: string[]): i64 {
  return explicitLifetime(head(lines), NOW);
}

function guess(lines: string[], ttl: i64): i64 {
  return heuristicLifetime(head(lines), NOW, ttl);
}

describe("the lifetime of a response", () => {
  it("is s-maxage, then max-age, then expires less date", () => {
    const expires = "expires: Sun, 06 Nov 1994 08:50:37 GMT";
    expect<i64>(lifetime(["cache-control: max-age=1, s-maxage=2", expires])).toBe(2);
    expect<i64>(lifetime(["cache-control: max-age=1", expires])).toBe(1);
    expect<i64>(lifetime([expires])).toBe(60);
    expect<i64>(lifetime([expires, "date: Sun, 06 Nov 1994 08:50:07 GMT"])).toBe(30);
    expect<i64>(lifetime([expires, "date: Sun, 06 Nov 1994 08:51:37 GMT"])).toBe(0);
    expect<i64>(lifetime([expires, "date: yesterday"])).toBe(60);
    expect<i64>(lifetime([])).toBe(UNSAID);
  });

  it("is over where expires is no date, or two different ones", () => {
    const bad: string[] = ["0", "-1", "", "now", "Sun, 06 Nov 2094 08:49:37 PST"];
    for (let i = 0; i < bad.length; i++) expect<i64>(lifetime(["expires: " + bad[i]])).toBe(0, bad[i]);
    const two: string[] = [
      "expires: Sun, 06 Nov 2094 08:49:37 GMT",
      "expires: Sun, 06 Nov 2095 08:49:37 GMT",
    ];
    expect<i64>(lifetime(two)).toBe(0);
    expect<i64>(lifetime(["expires: Sun, 06 Nov 9999 08:49:37 GMT"])).toBe(MOST_SECONDS);
  });

  it("is what is said to such caches alone, where that can be read", () => {
    const general = "cache-control: max-age=5, no-store";
    const targeted = head([general, "cdn-cache-control: max-age=60"]);
    expect<bool>(targeted.control.noStore).toBe(false);
    expect<i64>(explicitLifetime(targeted, NOW)).toBe(60);
    expect<i64>(lifetime(["expires: Sun, 06 Nov 2094 08:49:37 GMT", "cdn-cache-control: no-store"])).toBe(
      UNSAID,
    );
    const unreadable: string[] = [
      "&&&",
      "max-age=60, &&&",
      'max-age="60"',
      "MAX-AGE=60",
      "max-age=a",
      "max-age=",
    ];
    for (let i = 0; i < unreadable.length; i++) {
      const fallen = head([general, "cdn-cache-control: " + unreadable[i]]);
      expect<bool>(fallen.control.noStore).toBe(true, unreadable[i]);
    }
  });

  it("is guessed for statuses that allow it", () => {
    const tenHoursAgo = "last-modified: Sat, 05 Nov 1994 22:49:37 GMT";
    expect<i64>(guess([":status: 200"], 300)).toBe(300);
    expect<i64>(guess([":status: 200"], 0)).toBe(UNSAID);
    expect<i64>(guess([":status: 200", tenHoursAgo], 300)).toBe(300);
    expect<i64>(guess([":status: 200", tenHoursAgo], 100000)).toBe(3600);
    expect<i64>(guess([":status: 200", tenHoursAgo], 0)).toBe(UNSAID);
    expect<i64>(guess([":status: 200", "last-modified: Sun, 06 Nov 1994 08:49:47 GMT"], 300)).toBe(0);
    expect<i64>(guess([":status: 404", tenHoursAgo], 300)).toBe(3600);
    expect<i64>(guess([":status: 404"], 300)).toBe(UNSAID);
    expect<i64>(guess([":status: 302", tenHoursAgo], 300)).toBe(UNSAID);
    expect<i64>(guess([":status: 302", "cache-control: public", tenHoursAgo], 300)).toBe(3600);
    expect<i64>(guess([":status: 410", "last-modified: Sun, 06 Nov 1983 08:49:37 GMT"], 0)).toBe(86400);
    let count = 0;
    for (let status = 100; status < 600; status++) count += isHeuristicallyCacheable(status) ? 1 : 0;
    expect<i32>(count).toBe(11);
  });
});

describe("the age of a response", () => {
  it("is what it says, or what its date says, whichever is more", () => {
    const at = NOW * 1000;
    expect<i64>(initialAge(head([]), at, at)).toBe(0);
    expect<i64>(initialAge(head(["age: 30"]), at, at)).toBe(30);
    expect<i64>(initialAge(head(["date: Sun, 06 Nov 1994 08:48:37 GMT"]), at, at)).toBe(60);
    expect<i64>(initialAge(head(["age: 90", "date: Sun, 06 Nov 1994 08:48:37 GMT"]), at, at)).toBe(90);
    expect<i64>(initialAge(head(["date: Sun, 06 Nov 1994 08:50:37 GMT"]), at, at)).toBe(0);
    expect<i64>(initialAge(head(["age: 99999999999999999999"]), at, at)).toBe(MOST_SECONDS);
  });

  it("counts the time that the answer took", () => {
    expect<i64>(initialAge(head(["age: 30"]), NOW * 1000 - 5999, NOW * 1000)).toBe(35);
    expect<i64>(initialAge(head(["age: 30"]), NOW * 1000 + 5000, NOW * 1000)).toBe(30);
  });

  it("is the first number of age, and nothing where that is none", () => {
    const bad: string[] = ["-1", "1.5", "a", "", "7a", " , "];
    for (let i = 0; i < bad.length; i++)
      expect<i64>(initialAge(head(["age: " + bad[i]]), NOW * 1000, NOW * 1000)).toBe(0, bad[i]);
    expect<i64>(initialAge(head(["age: 7, 8"]), NOW * 1000, NOW * 1000)).toBe(7);
    expect<i64>(initialAge(head(["age: 7", "age: 8"]), NOW * 1000, NOW * 1000)).toBe(7);
  });

  it("grows while it is kept, and not back with the clock", () => {
    expect<i64>(currentAge(10, 5000, 8999)).toBe(13);
    expect<i64>(currentAge(10, 5000, 1000)).toBe(10);
    expect<i64>(currentAge(10, 0, i64.MAX_VALUE)).toBe(MOST_SECONDS);
  });
});
