import { encode, decodeSlice } from "as-proxy-wasm/assembly/runtime/utf8";
import { ByteBuffer } from "as-proxy-wasm/assembly/text/byte-buffer";
import { Regex } from "as-proxy-wasm/assembly/text/regex";
import { around } from "../support/bytes";

/** A text with all matches replaced; the text itself where there are none, and the mistake where there is one. */
function replaced(pattern: string, text: string, replacement: string): string {
  const regex = Regex.compile(pattern);
  if (regex === null) return Regex.lastMistake;
  if (!regex.takesReplacement(replacement)) return Regex.lastMistake;
  const out = new ByteBuffer(0);
  return regex.replaceAll(encode(text), replacement, out) ? decodeSlice(out.view()) : text;
}

/** Expects of each [pattern, text, result] that every match comes out in angle brackets. */
function matches(cases: string[][]): void {
  for (let i = 0; i < cases.length; i++) {
    expect<string>(replaced(cases[i][0], cases[i][1], "<\\0>")).toBe(
      cases[i][2],
      cases[i][0] + " in " + cases[i][1],
    );
  }
}

function refuses(cases: string[][]): void {
  for (let i = 0; i < cases.length; i++) {
    expect<bool>(Regex.compile(cases[i][0]) === null).toBe(true, cases[i][0]);
    expect<string>(Regex.lastMistake).toBe(cases[i][1], cases[i][0]);
  }
}

describe("a regular expression", () => {
  it("matches characters and any character", () => {
    matches([
      ["b", "abcb", "a<b>c<b>"],
      ["a\\.b", "axb a.b", "axb <a.b>"],
      ["a.c", "abc a\nc", "<abc> a\nc"],
      ["a.*c", "aé😀c", "<aé😀c>"],
      ["\\n\\t\\r", "\n\t\r", "<\n\t\r>"],
      ["\\/\\-\\_", "/-_", "</-_>"],
      ["x", "abc", "abc"],
    ]);
  });

  it("matches classes", () => {
    matches([
      ["[a-c]+", "xabcabx", "x<abcab>x"],
      ["[^a-c]+", "xéabc", "<xé>abc"],
      ["[\\]\\[\\\\^-]+", "a]b[\\^-", "a<]>b<[\\^->"],
      ["[-a]+", "-a-b", "<-a->b"],
      ["[.*+?(){}|$/]+", "a.*+?(){}|$/", "a<.*+?(){}|$/>"],
      ["\\d+", "a12b3", "a<12>b<3>"],
      ["\\D+", "a12é3", "<a>12<é>3"],
      ["\\w+", "a_9-é Z", "<a_9>-é <Z>"],
      ["\\W+", "a-é b", "a<-é >b"],
      ["\\s+", "a \t\n\r\f\vb", "a< \t\n\r\f>\vb"],
      ["\\S+", " ab é ", " <ab> <é> "],
      ["[\\d.-]+", "a1.5-2b", "a<1.5-2>b"],
      ["[^\\d\\s]+", "1a b2", "1<a> <b>2"],
    ]);
  });

  it("repeats, greedily and not", () => {
    matches([
      ["a*", "baac", "<>b<aa>c<>"],
      ["a+", "baac", "b<aa>c"],
      ["ba?", "baab", "<ba>a<b>"],
      ["a+?", "aaa", "<a><a><a>"],
      ["<.*?>", "<a><b>", "<<a>><<b>>"],
      ["a{2}", "aaaaa", "<aa><aa>a"],
      ["a{2,}", "aaaaa a", "<aaaaa> a"],
      ["a{2,3}", "aaaaaaa", "<aaa><aaa>a"],
      ["a{2,3}?", "aaaaa", "<aa><aa>a"],
      ["xa{0}y", "xy xay", "<xy> xay"],
      ["(?:ab){2}", "ababab", "<abab>ab"],
      ["(?:ab?){1,2}", "aabab", "<aab><ab>"],
      ["[0-9]{64}", "1".repeat(65), "<" + "1".repeat(64) + ">1"],
    ]);
  });

  it("chooses the first alternative that leads to a match", () => {
    matches([
      ["a|ab", "ab", "<a>b"],
      ["(?:a|ab)$", "ab", "<ab>"],
      ["(?:a|ab)(?:c|bcd)", "abcd", "<abcd>"],
      ["|a", "a", "<>a<>"],
      ["a||b", "ab", "<a>b<>"],
      ["(?:)", "a", "<>a<>"],
      ["", "ab", "<>a<>b<>"],
    ]);
  });

  it("knows places", () => {
    matches([
      ["^a", "aa", "<a>a"],
      ["a$", "aa", "a<a>"],
      ["^$", "", "<>"],
      ["^$", "\n", "\n"],
      ["a(?:^b)?", "ab", "<a>b"],
    ]);
  });

  it("ends where a loop could run in circles", () => {
    matches([
      ["(?:a*)*", "aab", "<aa>b<>"],
      ["(?:a*)+", "aab", "<aa>b<>"],
      ["(?:a|b*)*c", "abbac", "<abbac>"],
      ["(?:(?:a?)*)*b", "aab", "<aab>"],
      ["(?:|a)+b", "aab", "<aab>"],
      ["(?:|a)*", "aa", "<>a<>a<>"],
      ["(?:^)*a", "a", "<a>"],
      ["(?:a?)+", "aab", "<aa>b<>"],
      ["(?:a?)+?b", "aab", "<aab>"],
      ["(?:a??)*b", "aab", "<aab>"],
    ]);
  });

  it("remembers what groups matched last", () => {
    expect<string>(replaced("^/v(\\d+)/(.*)$", "/v2/users", "/\\2/in-\\1")).toBe("/users/in-2");
    expect<string>(replaced("(a)|(b)", "ab", "[\\1,\\2]")).toBe("[a,][,b]");
    expect<string>(replaced("(?:(a)|b)*", "ab", "[\\1]")).toBe("[a]");
    expect<string>(replaced("(a+)(a*)", "aaa", "\\1,\\2")).toBe("aaa,");
    expect<string>(replaced("(a+?)(a*)", "aaa", "\\1,\\2")).toBe("a,aa");
    expect<string>(replaced("((a)(b))", "ab", "\\3\\2\\1\\0")).toBe("baabab");
    expect<string>(replaced("(x)?a", "a", "[\\1]")).toBe("[]");
    expect<string>(replaced("(?:(x)|a)b", "ab", "[\\1]")).toBe("[]");
    expect<string>(replaced("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", "abcdefghij", "\\9\\1")).toBe("ia");
    expect<string>(replaced("(.)", "ab", "\\\\\\1")).toBe("\\a\\b");
  });

  it("takes bytes beyond ASCII for one character each", () => {
    const regex = Regex.compile("a..b");
    if (regex === null) return;
    const out = new ByteBuffer(0);
    expect<bool>(regex.replaceAll(around("xa", [0xff, 0xe2], "b"), "-", out)).toBe(true);
    expect<string>(decodeSlice(out.view())).toBe("x-");
    out.clear();
    expect<bool>(regex.replaceAll(around("xa", [0xe2], "b"), "-", out)).toBe(false);
    expect<usize>(out.size).toBe(0);
  });

  it("tells what is wrong with a pattern, and where", () => {
    refuses([
      ["(a", "character 3: a ( without its )"],
      ["a)", "character 2: a ) without its ("],
      ["[a", "character 3: a [ without its ]"],
      ["[]", "character 2: an empty class"],
      ["[]a]", "character 2: an empty class"],
      ["[^]", "character 3: an empty class"],
      ["*a", "character 1: nothing to repeat"],
      ["(?:+)", "character 4: nothing to repeat"],
      ["a|?", "character 3: nothing to repeat"],
      ["{2}", "character 1: nothing to repeat"],
      ["a**", "character 3: nothing to repeat"],
      ["a+??", "character 4: nothing to repeat"],
      ["a{2}{3}", "character 5: nothing to repeat"],
      ["^*", "character 2: a place cannot be repeated"],
      ["a{", "character 3: expected a count up to 64, or 9 after a group: {2}, {2,} or {2,5}"],
      ["a{,2}", "character 3: expected a count up to 64, or 9 after a group: {2}, {2,} or {2,5}"],
      ["a{2", "character 4: expected a count up to 64, or 9 after a group: {2}, {2,} or {2,5}"],
      ["a{02}", "character 5: expected a count up to 64, or 9 after a group: {2}, {2,} or {2,5}"],
      ["a{2, 3}", "character 5: expected a count up to 64, or 9 after a group: {2}, {2,} or {2,5}"],
      ["a{3,2}", "character 6: expected a count up to 64, or 9 after a group: {2}, {2,} or {2,5}"],
      ["a{65}", "character 5: expected a count up to 64, or 9 after a group: {2}, {2,} or {2,5}"],
      ["(?:a){10}", "character 9: expected a count up to 64, or 9 after a group: {2}, {2,} or {2,5}"],
      [
        "a{99999999999999999999}",
        "character 5: expected a count up to 64, or 9 after a group: {2}, {2,} or {2,5}",
      ],
      ["(?:a{2}){2}", "character 9: a count after a group with a count in it"],
      ["(?:(?:a{2})+){2}", "character 14: a count after a group with a count in it"],
      ["((((((a))))))", "character 7: groups deeper than 5"],
      ["(?=a)", "character 3: of the groups with (? there is only (?:"],
      ["(?i)a", "character 3: of the groups with (? there is only (?:"],
      ["\\", "character 2: a backslash at the end"],
      ["\\1", "character 2: unknown escape"],
      ["\\x41", "character 2: unknown escape"],
      ["\\pL", "character 2: unknown escape"],
      ["[\\b]", "character 3: unknown escape"],
      ["\\ ", "character 2: unknown escape"],
      ["\\b", "character 2: unknown escape"],
      ["é", "character 1: not printable ASCII"],
      ["a\n", "character 2: not printable ASCII"],
      ["a]", "character 2: a bracket without its partner"],
      ["a}", "character 2: a bracket without its partner"],
      ["[[a]", "character 2: a [ or - in a class needs a backslash"],
      ["[a-c-e]", "character 5: a [ or - in a class needs a backslash"],
      ["[z-a]", "character 4: a range goes from a digit or letter to a later one of its kind"],
      ["[A-z]", "character 4: a range goes from a digit or letter to a later one of its kind"],
      ["[!-~]", "character 4: a range goes from a digit or letter to a later one of its kind"],
      ["[\\d-x]", "character 4: a range goes from a digit or letter to a later one of its kind"],
      ["a".repeat(256), "character 256: longer than 255 characters"],
    ]);
    expect<bool>(Regex.compile("a".repeat(255)) !== null).toBe(true);
    expect<string>(Regex.lastMistake).toBe("");
  });

  it("tells what is wrong with a replacement", () => {
    expect<string>(replaced("(a)", "a", "\\2")).toBe("there is no group \\2");
    expect<string>(replaced("(a)", "a", "\\x")).toBe(
      "a backslash is followed by a group's number or a backslash",
    );
    expect<string>(replaced("(a)", "a", "\\")).toBe(
      "a backslash is followed by a group's number or a backslash",
    );
  });

  it("finds nothing in a text beyond its limit, and does not trap", () => {
    const regex = Regex.compile("a");
    if (regex === null) return;
    expect<bool>(regex.test(encode("x".repeat(70000) + "a"))).toBe(true);
    const size: usize = 80 << 20;
    const huge = heap.alloc(size);
    memory.fill(huge, 0x61, size);
    expect<bool>(regex.test((<u64>huge) | ((<u64>size) << 32))).toBe(false);
    heap.free(huge);
  });
});
