import { resetArena } from "as-proxy-wasm/assembly/runtime/arena";
import { dataOf, equalBytes, sizeOf, slice } from "as-proxy-wasm/assembly/runtime/slice";
import {
  decode,
  decodeSlice,
  encode,
  encodeInArena,
  encodeTo,
  maximumSize,
  utf8Bytes,
  utf8Text,
} from "as-proxy-wasm/assembly/runtime/utf8";
import { bytesOf } from "../support/bytes";

const ALL_WIDTHS = "aé€😀z";

/** The bytes decoded: the code units, in hexadecimal. */
function units(numbers: i32[]): string {
  const text = decodeSlice(bytesOf(numbers));
  const units: string[] = [];
  for (let i = 0; i < text.length; i++) units.push(text.charCodeAt(i).toString(16));
  return units.join(" ");
}

describe("decoding UTF-8", () => {
  it("gives the characters of every width", () => {
    expect<string>(units([0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80])).toBe(
      "61 e9 20ac d83d de00",
    );
  });

  it("gives the first and the last character of every width", () => {
    expect<string>(units([0x00, 0x7f, 0xc2, 0x80, 0xdf, 0xbf])).toBe("0 7f 80 7ff");
    expect<string>(units([0xe0, 0xa0, 0x80, 0xef, 0xbf, 0xbf])).toBe("800 ffff");
    expect<string>(units([0xf0, 0x90, 0x80, 0x80, 0xf4, 0x8f, 0xbf, 0xbf])).toBe("d800 dc00 dbff dfff");
    expect<string>(units([0xed, 0x9f, 0xbf, 0xee, 0x80, 0x80])).toBe("d7ff e000");
  });

  it("replaces a continuation byte without a lead", () => {
    expect<string>(units([0x80])).toBe("fffd");
    expect<string>(units([0x61, 0xbf, 0x62])).toBe("61 fffd 62");
  });

  it("replaces overlong forms byte by byte", () => {
    expect<string>(units([0xc0, 0xaf])).toBe("fffd fffd");
    expect<string>(units([0xc1, 0xbf])).toBe("fffd fffd");
    expect<string>(units([0xe0, 0x80, 0xaf])).toBe("fffd fffd fffd");
    expect<string>(units([0xe0, 0x9f, 0xbf])).toBe("fffd fffd fffd");
    expect<string>(units([0xf0, 0x80, 0x80, 0xaf])).toBe("fffd fffd fffd fffd");
    expect<string>(units([0xf0, 0x8f, 0xbf, 0xbf])).toBe("fffd fffd fffd fffd");
  });

  it("replaces encoded surrogates byte by byte", () => {
    expect<string>(units([0xed, 0xa0, 0x80])).toBe("fffd fffd fffd");
    expect<string>(units([0xed, 0xbf, 0xbf])).toBe("fffd fffd fffd");
  });

  it("replaces what lies beyond U+10FFFF byte by byte", () => {
    expect<string>(units([0xf4, 0x90, 0x80, 0x80])).toBe("fffd fffd fffd fffd");
    expect<string>(units([0xf5, 0x80, 0x80, 0x80])).toBe("fffd fffd fffd fffd");
    expect<string>(units([0xfe, 0xff])).toBe("fffd fffd");
  });

  it("replaces a sequence that is cut off once", () => {
    expect<string>(units([0xc3])).toBe("fffd");
    expect<string>(units([0xe2, 0x82])).toBe("fffd");
    expect<string>(units([0xf0, 0x9f, 0x98])).toBe("fffd");
    expect<string>(units([0xe2, 0x82, 0x61])).toBe("fffd 61");
    expect<string>(units([0xf0, 0x9f, 0xe2, 0x82, 0xac])).toBe("fffd 20ac");
  });

  it("does not read past the end for a sequence that is cut off", () => {
    const whole = bytesOf([0xe2, 0x82, 0xac]);
    expect<string>(decode(dataOf(whole), 2)).toBe("\ufffd");
  });

  it("gives ASCII of every length at every alignment", () => {
    const room = heap.alloc(64);
    for (let alignment: usize = 0; alignment < 8; alignment++) {
      for (let size: usize = 0; size <= 40; size++) {
        let expected = "";
        memory.fill(room, 0xff, 64);
        for (let i: usize = 0; i < size; i++) {
          store<u8>(room + alignment + i, <u8>(0x30 + i));
          expected += String.fromCharCode(0x30 + <i32>i);
        }
        expect<string>(decode(room + alignment, size)).toBe(expected);
      }
    }
  });

  it("finds the one byte that is not ASCII wherever it is", () => {
    for (let size = 1; size <= 24; size++) {
      for (let place = 0; place < size; place++) {
        const bytes = new Uint8Array(size);
        bytes.fill(0x78);
        bytes[place] = 0xff;
        const text = decode(bytes.dataStart, size);
        expect<i32>(text.length).toBe(size);
        expect<i32>(text.indexOf("\ufffd")).toBe(place);
      }
    }
  });
});

describe("encoding UTF-8", () => {
  it("gives the bytes of every width", () => {
    const expected = bytesOf([0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0x7a]);
    expect<bool>(equalBytes(encode(ALL_WIDTHS), expected)).toBe(true);
    expect<bool>(equalBytes(encodeInArena(ALL_WIDTHS), expected)).toBe(true);
  });

  it("makes U+FFFD of a surrogate without its partner", () => {
    const replacement = bytesOf([0xef, 0xbf, 0xbd]);
    expect<bool>(equalBytes(encodeInArena(String.fromCharCode(0xd800)), replacement)).toBe(true);
    expect<bool>(equalBytes(encodeInArena(String.fromCharCode(0xdc00)), replacement)).toBe(true);
    expect<string>(decodeSlice(encodeInArena(String.fromCharCode(0xd83d) + "x"))).toBe("\ufffdx");
    expect<string>(
      decodeSlice(encodeInArena(String.fromCharCode(0xdc00) + String.fromCharCode(0xd800))),
    ).toBe("\ufffd\ufffd");
  });

  it("gives back what it was given, at every length", () => {
    let text = "";
    for (let size = 0; size <= 40; size++) {
      expect<string>(decodeSlice(encodeInArena(text))).toBe(text);
      expect<string>(decodeSlice(encodeInArena(text + "é"))).toBe(text + "é");
      expect<string>(decodeSlice(encodeInArena("😀" + text))).toBe("😀" + text);
      text += String.fromCharCode(0x40 + size);
    }
    resetArena();
  });

  it("gives back every character that is no surrogate", () => {
    for (let code = 0; code <= 0x10ffff; code += code < 0x10000 ? 1 : 97) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const text = String.fromCodePoint(code);
      if (decodeSlice(encodeInArena(text)) != text)
        expect<i32>(code).toBe(-1, "a character that did not come back");
      resetArena();
    }
  });

  it("writes nothing past the size that it answers", () => {
    const text = "abcdefghijk";
    const room = heap.alloc(maximumSize(text) + 8);
    memory.fill(room, 0xee, maximumSize(text) + 8);
    const size = encodeTo(text, room);
    expect<usize>(size).toBe(11);
    for (let at = size; at < maximumSize(text) + 8; at++) expect<u8>(load<u8>(room + at)).toBe(0xee);
  });

  it("takes an empty text", () => {
    expect<usize>(sizeOf(encode(""))).toBe(0);
    expect<string>(decodeSlice(slice(0, 0))).toBe("");
  });
});

describe("text and bytes for plugins", () => {
  it("goes from text to bytes of its own and back", () => {
    const bytes = utf8Bytes("a\u00e9\u20ac");
    resetArena();
    expect<i32>(bytes.length).toBe(6);
    expect<string>(utf8Text(bytes)).toBe("a\u00e9\u20ac");
    bytes[1] = 0xff;
    expect<string>(utf8Text(bytes)).toBe("a\ufffd\ufffd\u20ac");
  });
});
