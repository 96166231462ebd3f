import { JsonError, parseJson } from "as-proxy-wasm/assembly/config/json";
import { resetArena } from "as-proxy-wasm/assembly/runtime/arena";
import { Slice, dataOf, slice } from "as-proxy-wasm/assembly/runtime/slice";
import { encode, encodeInArena } from "as-proxy-wasm/assembly/runtime/utf8";
import { around, bytesOf } from "../support/bytes";

function errorOf(text: string): JsonError {
  return parseJson(encode(text)).error;
}

/** Expects that each text is JSON. */
function accepts(texts: string[]): void {
  for (let i = 0; i < texts.length; i++) expect<i32>(errorOf(texts[i])).toBe(JsonError.None, texts[i]);
}

/** Expects that each text is refused for this reason. */
function refuses(error: JsonError, texts: string[]): void {
  for (let i = 0; i < texts.length; i++) expect<i32>(errorOf(texts[i])).toBe(error, texts[i]);
}

function messageOf(text: string): string {
  return parseJson(encode(text)).message();
}

/** A string of JSON with these bytes between its quotes. */
function stringOf(numbers: i32[]): Slice {
  return around('"', numbers, '"');
}

describe("JSON's grammar", () => {
  it("takes every kind of value at the top", () => {
    accepts([
      "null",
      "true",
      "false",
      "0",
      '""',
      "[]",
      "{}",
      ' \t\r\n"x" \t\r\n',
      "-1.5e+10",
      '{"a":[{"b":null}]}',
    ]);
  });

  it("takes white space wherever it may be", () => {
    accepts([" [ 1 , 2 ] ", '\n{\t"a"\r:\n1 ,"b" : [ ] }\n', "[\n]", "{ }"]);
  });

  it("refuses white space that JSON does not know", () => {
    refuses(JsonError.ExpectedValue, ["[\u00a01]", "\u000b1", "[\u000c1]", "\u20281"]);
    refuses(JsonError.TextAfterEnd, ["1\u00a0", "1\u0000"]);
  });

  it("refuses words that are not quite its own", () => {
    refuses(JsonError.ExpectedValue, [
      "True",
      "tru",
      "t",
      "nul",
      "fals",
      "falsy",
      "NaN",
      "Infinity",
      "undefined",
      "[nil]",
      "'a'",
      "+1",
      ".5",
      "/**/1",
      "\\u0031",
    ]);
    refuses(JsonError.TextAfterEnd, ["truex", "nullnull", "true false", "false0"]);
  });

  it("takes numbers as the grammar has them", () => {
    accepts([
      "0",
      "-0",
      "10",
      "-10",
      "0.0",
      "0.10",
      "1e1",
      "1E1",
      "1e+1",
      "1e-1",
      "1.5E+05",
      "0e0",
      "-0.0e-0",
      "123456789012345678901234567890",
      "1e999999",
    ]);
  });

  it("refuses numbers that are nearly so", () => {
    refuses(JsonError.BadNumber, [
      "-x",
      "[1.]",
      "[1.e1]",
      "[1e]",
      "[1e+]",
      "[1ex]",
      "[-]",
      "--1",
      "-.5",
      "-Infinity",
      "0.x",
    ]);
    refuses(JsonError.TextAfterEnd, ["01", "00", "0x10", "1_000", "1a", "-012", "1.5.5", "0e1.5", "1+1"]);
    refuses(JsonError.ExpectedCommaOrBracket, ["[01]", "[1 2]", "[-00]"]);
    refuses(JsonError.UnexpectedEnd, ["-", "1.", "1e", "1e-"]);
  });

  it("refuses commas too many and too few", () => {
    refuses(JsonError.ExpectedValue, ["[1,]", "[,1]", "[,]", "[1,,2]", ",", '{"a":,}']);
    refuses(JsonError.ExpectedKey, [
      '{"a":1,}',
      "{,}",
      '{"a":1,,"b":2}',
      "{a:1}",
      "{'a':1}",
      "{1:1}",
      "{null:1}",
      "{[]:1}",
    ]);
    refuses(JsonError.ExpectedCommaOrBrace, ['{"a":1 "b":2}', '{"a":1]', '{"a":1:2}']);
    refuses(JsonError.ExpectedCommaOrBracket, ["[1}", '["a" "b"]', '["a":1]']);
    refuses(JsonError.ExpectedColon, ['{"a" 1}', '{"a","b"}', '{"a"}', '{"a"=1}']);
  });

  it("refuses what follows the value", () => {
    refuses(JsonError.ExpectedValue, ["]", "}", ":", "#"]);
    refuses(JsonError.TextAfterEnd, ["{}x", "[] []", "1 2", "{},", "[]]", "{}}", "1,", '""""', "1//x"]);
  });

  it("refuses a text that ends too early, wherever it is cut", () => {
    const text = '{"a":[1.5e1,true,{"b":"\\u00e9x"}],"c":null}';
    for (let size = 1; size < text.length; size++) {
      const error = errorOf(text.substring(0, size));
      const cutWord = error == JsonError.ExpectedValue || error == JsonError.BadEscape;
      expect<bool>(error == JsonError.UnexpectedEnd || cutWord).toBe(true, text.substring(0, size));
    }
  });

  it("refuses a text of nothing with an error of its own", () => {
    refuses(JsonError.Empty, ["", " ", "\n\t\r "]);
    expect<i32>(parseJson(0).error).toBe(JsonError.Empty);
  });

  it("refuses a byte order mark", () => {
    refuses(JsonError.ByteOrderMark, ["\ufeff{}", "\ufeff"]);
    refuses(JsonError.ExpectedValue, ["[\ufeff]"]);
  });
});

describe("JSON's strings", () => {
  it("may have any escape", () => {
    accepts(['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\u0000\\uabCD\\uFFFF"', '"\\ud83d\\ude00"']);
  });

  it("may have an escaped surrogate without its partner", () => {
    accepts(['"\\ud800"', '"\\udc00"', '"\\ud800x"', '"\\ud800\\ud800"', '"\\ud800\\n"', '"\\udc00\\ud800"']);
  });

  it("have no other escapes", () => {
    refuses(JsonError.BadEscape, [
      '"\\x41"',
      '"\\a"',
      '"\\\'"',
      '"\\0"',
      '"\\U0041"',
      '"\\u12G4"',
      '"\\u 123"',
      '"\\u123"',
      '"\\\n"',
      '"\\é"',
      '"\\u+123"',
    ]);
    refuses(JsonError.UnexpectedEnd, ['"\\', '"', '"abc']);
  });

  it("have no control characters, tabs and line breaks included", () => {
    for (let code = 0; code < 0x20; code++) {
      expect<i32>(parseJson(stringOf([0x61, code, 0x62])).error).toBe(JsonError.ControlCharacter);
      // In the midst of eight bytes that are looked at together.
      expect<i32>(parseJson(around('"abcdefghij', [code], 'klmnopqrst"')).error).toBe(
        JsonError.ControlCharacter,
      );
    }
    expect<i32>(parseJson(stringOf([0x7f])).error).toBe(JsonError.None);
  });

  it("may have every byte of ASCII that is no control character, at every place among sixteen", () => {
    for (let code = 0x20; code < 0x80; code++) {
      if (code == 0x22 || code == 0x5c) continue;
      for (let place = 0; place < 16; place++) {
        const bytes = new Array<i32>(16).fill(0x20);
        bytes[place] = code;
        const document = parseJson(stringOf(bytes));
        expect<i32>(document.error).toBe(JsonError.None);
        expect<i32>(document.end(document.root)).toBe(18);
      }
    }
  });

  it("end at the first quote, at every place among sixteen", () => {
    for (let place = 0; place < 16; place++) {
      const text = '"' + "x".repeat(place) + '"' + "y".repeat(16 - place);
      const document = parseJson(encode(text));
      expect<i32>(document.error).toBe(JsonError.TextAfterEnd);
      expect<i32>(document.errorOffset).toBe(place + 2);
    }
  });

  it("are UTF-8", () => {
    accepts(['"é€😀"', '"\u007f\u0080\u07ff\u0800\uffff"', '"\u2028"']);
    expect<i32>(parseJson(stringOf([0xf4, 0x8f, 0xbf, 0xbf])).error).toBe(JsonError.None);
    expect<i32>(parseJson(stringOf([0xed, 0x9f, 0xbf])).error).toBe(JsonError.None);
    expect<i32>(parseJson(stringOf([0xf0, 0x90, 0x80, 0x80])).error).toBe(JsonError.None);
  });

  it("are refused where they are not UTF-8", () => {
    const wrong: i32[][] = [
      [0x80],
      [0xbf],
      [0xc0, 0xaf],
      [0xc1, 0xbf],
      [0xc3],
      [0xc3, 0x28],
      [0xe0, 0x80, 0xaf],
      [0xe0, 0x9f, 0xbf],
      [0xe2, 0x82],
      [0xe2, 0x28, 0xa1],
      [0xe2, 0x82, 0x28],
      [0xed, 0xa0, 0x80],
      [0xed, 0xbf, 0xbf],
      [0xf0, 0x80, 0x80, 0xaf],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf0, 0x9f, 0x98],
      [0xf0, 0x9f, 0x98, 0x41],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xfe],
      [0xff],
    ];
    for (let i = 0; i < wrong.length; i++) {
      expect<i32>(parseJson(stringOf(wrong[i])).error).toBe(JsonError.BadUtf8, i.toString());
      expect<i32>(parseJson(around('{"', wrong[i], '":1}')).error).toBe(JsonError.BadUtf8, i.toString());
      // A cut sequence at the very end of the text must not be read past it.
      expect<i32>(parseJson(around('"', wrong[i], "")).error).toBe(JsonError.BadUtf8, i.toString());
    }
  });

  it("are refused where the text ends in a sequence that the memory after it would complete", () => {
    const whole = bytesOf([0x22, 0xf0, 0x9f, 0x98, 0x80, 0x22]);
    for (let size: usize = 2; size < 5; size++) {
      expect<i32>(parseJson(slice(dataOf(whole), size)).error).toBe(JsonError.BadUtf8);
    }
  });
});

describe("JSON's limits", () => {
  it("are 64 lists and objects in each other", () => {
    expect<i32>(errorOf("[".repeat(64) + "]".repeat(64))).toBe(JsonError.None);
    expect<i32>(errorOf("[".repeat(65) + "]".repeat(65))).toBe(JsonError.TooDeep);
    expect<i32>(errorOf('{"a":'.repeat(64) + "1" + "}".repeat(64))).toBe(JsonError.None);
    expect<i32>(errorOf('{"a":'.repeat(65) + "1" + "}".repeat(65))).toBe(JsonError.TooDeep);
  });

  it("count how deep a text is, not how many lists it has", () => {
    expect<i32>(errorOf("[" + "[],".repeat(1000) + "[]]")).toBe(JsonError.None);
  });

  it("may be set by the caller", () => {
    expect<i32>(parseJson(encode("[[1]]"), 100, 1).error).toBe(JsonError.TooDeep);
    expect<i32>(parseJson(encode("[1]"), 100, 1).error).toBe(JsonError.None);
    expect<i32>(parseJson(encode("[1]"), 2).error).toBe(JsonError.TooLarge);
    expect<i32>(parseJson(encode("[1]"), 3).error).toBe(JsonError.None);
    expect<i32>(parseJson(encode("1"), -1, -1).error).toBe(JsonError.TooLarge);
  });

  it("are 1 MiB of text", () => {
    const size = 1 << 20;
    const data = heap.alloc(size + 1);
    memory.fill(data, 0x20, size + 1);
    store<u8>(data + 100, 0x31);
    expect<i32>(parseJson(slice(data, size)).error).toBe(JsonError.None);
    expect<i32>(parseJson(slice(data, size + 1)).error).toBe(JsonError.TooLarge);
    heap.free(data);
  });

  it("are reached without a stack overflow", () => {
    const size = 1 << 20;
    const data = heap.alloc(size);
    memory.fill(data, 0x5b, size);
    expect<i32>(parseJson(slice(data, size), size, i32.MAX_VALUE).error).toBe(JsonError.UnexpectedEnd);
    memory.fill(data + (size >> 1), 0x5d, size >> 1);
    const document = parseJson(slice(data, size), size, i32.MAX_VALUE);
    expect<i32>(document.error).toBe(JsonError.None);
    expect<i32>(document.count(document.root)).toBe(1);
    heap.free(data);
  });

  it("let a list of half a million numbers pass", () => {
    // `[0,0,...,0]`
    const size: usize = (1 << 20) - 1;
    const data = heap.alloc(size);
    for (let at: usize = 1; at < size - 1; at++) store<u8>(data + at, at & 1 ? 0x30 : 0x2c);
    store<u8>(data, 0x5b);
    store<u8>(data + size - 1, 0x5d);
    const document = parseJson(slice(data, size));
    expect<i32>(document.error).toBe(JsonError.None);
    expect<i32>(document.count(document.root)).toBe(524287);
    heap.free(data);
  });
});

describe("JSON's keys", () => {
  it("may not be there twice in one object", () => {
    refuses(JsonError.DuplicateKey, [
      '{"a":1,"a":2}',
      '{"":1,"":2}',
      '{"a":1,"b":2,"c":3,"a":4}',
      '[{"x":{"k":1,"k":1}}]',
      '{"é":1,"é":2}',
    ]);
  });

  it("are the same however they are escaped", () => {
    refuses(JsonError.DuplicateKey, [
      '{"a":1,"\\u0061":2}',
      '{"\\u0061":1,"a":2}',
      '{"\\u0061":1,"\\u0061":2}',
      '{"\\/":1,"/":2}',
      '{"\\n":1,"\\u000a":2}',
      '{"é":1,"\\u00e9":2}',
      '{"😀":1,"\\ud83d\\ude00":2}',
      '{"\\ud800":1,"\\udfff":2}',
    ]);
  });

  it("may be the same in different objects, and differ by anything", () => {
    accepts([
      '{"a":{"a":{"a":1}}}',
      '[{"a":1},{"a":1}]',
      '{"a":1,"A":2}',
      '{"a":1,"a ":2}',
      '{"a":"a","b":"a"}',
      '{"é":1,"e\u0301":2}',
      '{"a":1,"\\u0000a":2}',
    ]);
  });

  it("are found twice at the second one", () => {
    const document = parseJson(encode('{"a":1,"b":2,"b":3,"a":4}'));
    expect<i32>(document.error).toBe(JsonError.DuplicateKey);
    expect<i32>(document.errorOffset).toBe(13);
    expect<i32>(parseJson(encode('{"a":1,"a":2,"bb":3,"bb":4}')).errorOffset).toBe(7);
    expect<i32>(parseJson(encode('{"bb":1,"bb":2,"a":3,"a":4}')).errorOffset).toBe(8);
  });

  it("are compared in good time, be there ever so many", () => {
    const parts: string[] = [];
    for (let i = 0; i < 60000; i++) parts.push('"key' + i.toString() + '":0');
    const good = "{" + parts.join(",") + "}";
    expect<i32>(parseJson(encodeInArena(good)).error).toBe(JsonError.None);
    const twice = "{" + parts.join(",") + ',"\\u006bey31415":0}';
    expect<i32>(parseJson(encodeInArena(twice)).error).toBe(JsonError.DuplicateKey);
    resetArena();
  });
});

describe("JSON's errors", () => {
  it("name the line and the column", () => {
    expect<string>(messageOf('{\n  "a": 1,\n  "b" 2\n}')).toBe("line 3, column 7: expected ':' after a key");
    expect<string>(messageOf('{\n  "a": 1\n  "b": 2\n}')).toBe(
      "line 3, column 3: expected ',' or '}' after a value",
    );
    expect<string>(messageOf("[1 2]")).toBe("line 1, column 4: expected ',' or ']' after a value");
  });

  it("count columns in characters, and lines by line feeds", () => {
    expect<string>(messageOf('["é€😀" x]')).toBe("line 1, column 8: expected ',' or ']' after a value");
    expect<string>(messageOf("[\r\n\r\nx]")).toBe("line 3, column 1: expected a value");
  });

  it("have words of their own", () => {
    expect<string>(messageOf("")).toBe("is empty");
    expect<string>(messageOf("\ufeff1")).toBe("line 1, column 1: begins with a byte order mark");
    expect<string>(messageOf("[")).toBe("line 1, column 2: ends too early");
    expect<string>(messageOf("[x")).toBe("line 1, column 2: expected a value");
    expect<string>(messageOf("{x")).toBe("line 1, column 2: expected a key in double quotes");
    expect<string>(messageOf("1 1")).toBe("line 1, column 3: expected nothing after the value");
    expect<string>(messageOf("-a")).toBe("line 1, column 2: expected a digit");
    expect<string>(messageOf('"\\q"')).toBe("line 1, column 3: unknown escape in a string");
    expect<string>(messageOf('"\t"')).toBe("line 1, column 2: control character in a string");
    expect<string>(messageOf('{"a":1,"a":1}')).toBe("line 1, column 8: duplicate key");
    expect<string>(messageOf("[".repeat(65))).toBe("line 1, column 65: is nested too deep");
    expect<string>(parseJson(encode("12345"), 4).message()).toBe("is too large");
    expect<string>(parseJson(stringOf([0xff])).message()).toBe("line 1, column 2: not UTF-8");
    expect<string>(messageOf("1")).toBe("");
  });

  it("leave no values", () => {
    const document = parseJson(encode('{"a":1'));
    expect<i32>(document.root).toBe(-1);
    expect<i32>(document.member(document.root, "a")).toBe(-1);
  });
});
