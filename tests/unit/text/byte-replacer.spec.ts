import { slice } from "as-proxy-wasm/assembly/runtime/slice";
import { decodeSlice, encode } from "as-proxy-wasm/assembly/runtime/utf8";
import { ByteBuffer } from "as-proxy-wasm/assembly/text/byte-buffer";
import { ByteReplacer } from "as-proxy-wasm/assembly/text/byte-replacer";
import { visible } from "as-proxy-wasm/assembly/text/visible";
import { around } from "../support/bytes";

function replaced(text: string, from: string, to: string): string {
  const out = new ByteBuffer(0);
  const count = new ByteReplacer(encode(from), encode(to)).replaceAll(encode(text), out);
  return count == 0 ? "none" : count.toString() + " " + decodeSlice(out.view());
}

/** The same, as plainly as can be. */
function plainly(text: string, from: string, to: string): string {
  const parts = text.split(from);
  return parts.length == 1 ? "none" : (parts.length - 1).toString() + " " + parts.join(to);
}

describe("replacing bytes", () => {
  it("replaces every match that does not overlap one before it", () => {
    expect<string>(replaced("abcabc", "abc", "x")).toBe("2 xx");
    expect<string>(replaced("aaaaa", "aa", "b")).toBe("2 bba");
    expect<string>(replaced("aabaabaaab", "aab", "-")).toBe("3 --a-");
    expect<string>(replaced("abab", "ab", "")).toBe("2 ");
    expect<string>(replaced("é→é", "→", "é")).toBe("1 ééé");
    expect<string>(replaced("abc", "abcd", "x")).toBe("none");
    expect<string>(replaced("", "a", "x")).toBe("none");
    expect<string>(replaced("abc", "", "x")).toBe("none");
  });

  it("does what splitting and joining does, for any texts of two letters", () => {
    let seed: u32 = 7;
    for (let round = 0; round < 3000; round++) {
      let text = "";
      let from = "";
      seed = seed * 1664525 + 1013904223;
      for (let i = 0; i < 40; i++) text += ((seed >> (i & 15)) * (i + 3)) & 8 ? "a" : "b";
      for (let i: u32 = 0; i <= (seed >> 20) % 6; i++) from += (seed >> (8 + i)) & 1 ? "a" : "b";
      const to = (seed >> 28) & 1 ? "ccc" : "";
      expect<string>(replaced(text, from, to)).toBe(plainly(text, from, to), text + " " + from);
    }
  });

  it("stops at the limit of what it writes to", () => {
    const out = new ByteBuffer(0, 10);
    new ByteReplacer(encode("a"), encode("123456")).replaceAll(encode("aaa"), out);
    expect<bool>(out.overflowed).toBe(true);
    expect<bool>(out.size <= 10).toBe(true);
  });

  it("takes time in proportion to a text that is made to be slow", () => {
    const size: usize = 1 << 20;
    const data = heap.alloc(size);
    memory.fill(data, 0x61, size);
    const out = new ByteBuffer(0);
    const wanted = "a".repeat(5000) + "b";
    expect<i32>(new ByteReplacer(encode(wanted), encode("x")).replaceAll(slice(data, size), out)).toBe(0);
    heap.free(data);
  });
});

describe("bytes made visible", () => {
  it("are one line that can be read back", () => {
    expect<string>(visible(encode("plain é → 😀"))).toBe("plain é → 😀");
    expect<string>(visible(encode("a\nb\r\t\\\0\x1b\x7f"))).toBe("a\\nb\\r\\t\\\\\\x00\\x1b\\x7f");
    expect<string>(visible(encode("\u0085\u2028\u2029\u202e\u2066\ufeff\u061c"))).toBe(
      "\\u{85}\\u{2028}\\u{2029}\\u{202e}\\u{2066}\\u{feff}\\u{61c}",
    );
    expect<string>(visible(around("a", [0xff, 0xc3, 0xe2, 0x82], "b"))).toBe("a\\xff\\xc3\\xe2\\x82b");
    expect<string>(visible(around("", [0xed, 0xa0, 0x80, 0xc0, 0x80, 0xf5], ""))).toBe(
      "\\xed\\xa0\\x80\\xc0\\x80\\xf5",
    );
    expect<string>(visible(0)).toBe("");
  });
});
