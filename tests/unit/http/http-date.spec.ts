import { NO_DATE, httpDate, parseHttpDate } from "as-proxy-wasm";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";

/** 2026-02-01T10:20:30Z */
const NOW: i64 = 1769941230;

function parsed(text: string): i64 {
  return parseHttpDate(encode(text), NOW);
}

describe("a date of HTTP", () => {
  it("is read in each of its three forms", () => {
    const forms: string[] = [
      "Sun, 06 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
      " \tSun, 06 Nov 1994 08:49:37 GMT ",
      "sun, 06 nov 1994 08:49:37 gmt",
      "Mon, 06 Nov 1994 08:49:37 GMT",
    ];
    for (let i = 0; i < forms.length; i++) expect<i64>(parsed(forms[i])).toBe(784111777, forms[i]);
    expect<i64>(parsed("Sun Nov 16 08:49:37 1994")).toBe(784975777);
  });

  it("is none where anything is missing, too much, or does not exist", () => {
    const bad: string[] = [
      "",
      "0",
      "-1",
      "Sun",
      "Sun,",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 06 Nov 1994 08:49:37 GMTx",
      "Sun, 06 Nov 1994 08:49:37 +0000",
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "Sun,06 Nov 1994 08:49:37 GMT",
      "Sun, 06  Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 94 08:49:37 GMT",
      "Sun, 06 Nov 1994 8:49:37 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 08:60:37 GMT",
      "Sun, 06 Nov 1994 08:49:61 GMT",
      "Sun, 06 Nov 1994 08:49 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 31 Nov 1994 08:49:37 GMT",
      "Tue, 29 Feb 2023 08:49:37 GMT",
      "Thu, 29 Feb 1900 08:49:37 GMT",
      "Sun, 06 Nox 1994 08:49:37 GMT",
      "Sux, 06 Nov 1994 08:49:37 GMT",
      "06 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-1994 08:49:37 GMT",
      "Sunday, 06 Nov 94 08:49:37 GMT",
      "Sun Nov 6 08:49:37 1994",
      "Sun Nov  6 08:49:37 1994 GMT",
      "Sun Nov  6 08:49:37 94",
      '"Sun, 06 Nov 1994 08:49:37 GMT"',
      "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
      "Sun, \uff10\uff16 Nov 1994 08:49:37 GMT",
    ];
    for (let i = 0; i < bad.length; i++) expect<i64>(parsed(bad[i])).toBe(NO_DATE, bad[i]);
  });

  it("is never read beyond its end", () => {
    const whole = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (let length = 0; length < whole.length; length++)
      expect<i64>(parsed(whole.substring(0, length))).toBe(NO_DATE, whole.substring(0, length));
  });

  it("with two digits for the year is not more than 50 years ahead", () => {
    expect<i64>(parsed("Sunday, 01-Feb-26 10:20:30 GMT")).toBe(NOW);
    expect<string>(httpDate(parsed("Monday, 01-Jan-76 00:00:00 GMT"))).toBe("Wed, 01 Jan 2076 00:00:00 GMT");
    expect<string>(httpDate(parsed("Monday, 01-Jan-77 00:00:00 GMT"))).toBe("Sat, 01 Jan 1977 00:00:00 GMT");
  });

  it("can be from before 1970, or of a leap second", () => {
    expect<i64>(parsed("Wed, 31 Dec 1969 23:59:59 GMT")).toBe(-1);
    expect<i64>(parsed("Sat, 01 Jan 0000 00:00:00 GMT")).toBe(-62167219200);
    expect<i64>(parsed("Sat, 31 Dec 2016 23:59:60 GMT")).toBe(parsed("Sun, 01 Jan 2017 00:00:00 GMT"));
  });

  it("is written as it is read, throughout 400 years", () => {
    let differences = 0;
    for (let day: i64 = 0; day < 146097; day++) {
      const seconds = day * 86400 + ((day * 7919) % 86400);
      // All days of the years around 2000 and 2100, and some of the others.
      if (day % 37 != 0 && (day < 10900 || day > 11400) && (day < 47400 || day > 47900)) continue;
      if (parsed(httpDate(seconds)) != seconds) differences += 1;
    }
    expect<i32>(differences).toBe(0);
    expect<string>(httpDate(784111777)).toBe("Sun, 06 Nov 1994 08:49:37 GMT");
    expect<string>(httpDate(-5)).toBe("Thu, 01 Jan 1970 00:00:00 GMT");
    expect<string>(httpDate(i64.MAX_VALUE)).toBe("Fri, 31 Dec 9999 23:59:59 GMT");
  });
});
