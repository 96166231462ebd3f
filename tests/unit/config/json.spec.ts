import {
  JsonDocument,
  JsonError,
  JsonNode,
  JsonType,
  NO_NODE,
  parseJson,
  parseJsonCopy,
} from "as-proxy-wasm/assembly/config/json";
import { resetArena } from "as-proxy-wasm/assembly/runtime/arena";
import { heapSize } from "as-proxy-wasm/assembly/runtime/heap";
import { dataOf, sizeOf, slice } from "as-proxy-wasm/assembly/runtime/slice";
import { decodeSlice, encode, encodeInArena } from "as-proxy-wasm/assembly/runtime/utf8";

function parse(text: string): JsonDocument {
  const document = parseJson(encode(text));
  expect<i32>(document.error).toBe(JsonError.None, text);
  return document;
}

/** What the string says that a text is. */
function said(text: string): string {
  const document = parse(text);
  return document.asString(document.root);
}

function integer(text: string): string {
  const document = parse(text);
  return document.isInteger(document.root) ? document.asI64(document.root).toString() : "none";
}

function float(text: string): f64 {
  const document = parse(text);
  return document.asF64(document.root);
}

/** The text of each child, with its key where it has one. */
function children(document: JsonDocument, container: JsonNode): string[] {
  const texts: string[] = [];
  for (let node = document.first(container); node != NO_NODE; node = document.next(container, node)) {
    const key = document.key(node);
    texts.push((key == NO_NODE ? "" : document.asString(key) + "=") + decodeSlice(document.raw(node)));
  }
  return texts;
}

let kept: JsonDocument | null = null;

describe("a JSON document", () => {
  it("tells the type of every value", () => {
    const document = parse('[null,true,false,1,"s",[],{}]');
    const expected: JsonType[] = [
      JsonType.Null,
      JsonType.Boolean,
      JsonType.Boolean,
      JsonType.Number,
      JsonType.String,
      JsonType.List,
      JsonType.Object,
    ];
    let index = 0;
    for (
      let node = document.first(document.root);
      node != NO_NODE;
      node = document.next(document.root, node)
    ) {
      expect<i32>(document.type(node)).toBe(expected[index++]);
    }
    expect<i32>(index).toBe(7);
    expect<i32>(document.type(document.root)).toBe(JsonType.List);
  });

  it("goes through lists and objects in their order", () => {
    const document = parse('{"a":[1,[2,[3]],{"x":4}],"b":{},"c":[],"d":"e"}');
    expect<string[]>(children(document, document.root)).toStrictEqual([
      'a=[1,[2,[3]],{"x":4}]',
      "b={}",
      "c=[]",
      'd="e"',
    ]);
    const list = document.member(document.root, "a");
    expect<string[]>(children(document, list)).toStrictEqual(["1", "[2,[3]]", '{"x":4}']);
    expect<string[]>(children(document, document.member(document.root, "b"))).toStrictEqual([]);
    expect<string[]>(children(document, document.member(document.root, "c"))).toStrictEqual([]);
    expect<i32>(document.count(document.root)).toBe(4);
    expect<i32>(document.count(list)).toBe(3);
  });

  it("knows where each value stands in the text", () => {
    const text = '  { "key" : [ 1.50 , "a\\u0062c" ] , "z": null }  ';
    const document = parse(text);
    expect<i32>(document.start(document.root)).toBe(2);
    expect<i32>(document.end(document.root)).toBe(text.length - 2);
    const list = document.member(document.root, "key");
    expect<i32>(document.start(list)).toBe(text.indexOf("["));
    expect<i32>(document.end(list)).toBe(text.indexOf("]") + 1);
    expect<string>(decodeSlice(document.raw(document.first(list)))).toBe("1.50");
    const second = document.next(list, document.first(list));
    expect<string>(decodeSlice(document.raw(second))).toBe('"a\\u0062c"');
    expect<i32>(document.start(document.key(list))).toBe(4);
    expect<i32>(document.end(document.key(list))).toBe(9);
  });

  it("finds members by what their keys say", () => {
    const document = parse('{"a":1,"\\u0062":2,"c\\nd":3,"é":4,"":5,"\\ud83d\\ude00":6}');
    expect<i64>(document.asI64(document.member(document.root, "a"))).toBe(1);
    expect<i64>(document.asI64(document.member(document.root, "b"))).toBe(2);
    expect<i64>(document.asI64(document.member(document.root, "c\nd"))).toBe(3);
    expect<i64>(document.asI64(document.member(document.root, "é"))).toBe(4);
    expect<i64>(document.asI64(document.member(document.root, ""))).toBe(5);
    expect<i64>(document.asI64(document.member(document.root, "😀"))).toBe(6);
    expect<i64>(document.asI64(document.memberOf(document.root, encode("é")))).toBe(4);
    expect<i32>(document.member(document.root, "A")).toBe(NO_NODE);
    expect<i32>(document.member(document.root, "\\u0062")).toBe(NO_NODE);
  });

  it("does not find a key further in, nor a string that is no key", () => {
    const document = parse('{"a":{"b":1},"c":"b"}');
    expect<i32>(document.member(document.root, "b")).toBe(NO_NODE);
  });

  it("finds a member without making garbage", () => {
    const document = parse('{"abc":1,"\\u0061":2,"x":3}');
    const size = heapSize();
    for (let i = 0; i < 20000; i++) {
      document.member(document.root, "x");
      document.member(document.root, "a");
    }
    expect<usize>(heapSize()).toBe(size);
  });

  it("tells a member's value from other values", () => {
    const document = parse('{"k":["s"]}');
    const list = document.member(document.root, "k");
    expect<string>(document.asString(document.key(list))).toBe("k");
    expect<i32>(document.key(document.first(list))).toBe(NO_NODE);
    expect<i32>(document.key(document.root)).toBe(NO_NODE);
  });

  it("has a neutral answer for a value that is not there", () => {
    const document = parse('{"a":1}');
    const nodes: JsonNode[] = [NO_NODE, 3, 1000000, i32.MIN_VALUE, i32.MAX_VALUE];
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i];
      expect<i32>(document.type(node)).toBe(JsonType.Absent);
      expect<string>(document.asString(node)).toBe("");
      expect<usize>(sizeOf(document.asUtf8(node))).toBe(0);
      expect<bool>(document.asBool(node)).toBe(false);
      expect<i64>(document.asI64(node)).toBe(0);
      expect<f64>(document.asF64(node)).toBe(0);
      expect<bool>(document.isInteger(node)).toBe(false);
      expect<i32>(document.first(node)).toBe(NO_NODE);
      expect<i32>(document.next(node, 1)).toBe(NO_NODE);
      expect<i32>(document.next(document.root, node)).toBe(NO_NODE);
      expect<i32>(document.count(node)).toBe(0);
      expect<i32>(document.key(node)).toBe(NO_NODE);
      expect<i32>(document.member(node, "a")).toBe(NO_NODE);
      expect<usize>(sizeOf(document.raw(node))).toBe(0);
      expect<bool>(document.says(node, encode("x"))).toBe(false);
    }
  });

  it("has a neutral answer for a value of another type", () => {
    const document = parse('[null,true,1,"s",[],{}]');
    for (
      let node = document.first(document.root);
      node != NO_NODE;
      node = document.next(document.root, node)
    ) {
      const type = document.type(node);
      if (type != JsonType.String) expect<string>(document.asString(node)).toBe("");
      if (type != JsonType.String) expect<usize>(sizeOf(document.asUtf8(node))).toBe(0);
      if (type != JsonType.Boolean) expect<bool>(document.asBool(node)).toBe(false);
      if (type != JsonType.Number) expect<i64>(document.asI64(node)).toBe(0);
      if (type != JsonType.Number) expect<f64>(document.asF64(node)).toBe(0);
      expect<i32>(document.first(node)).toBe(NO_NODE);
      expect<i32>(document.member(node, "s")).toBe(NO_NODE);
    }
  });

  it("reads the bytes it was given, and keeps a copy only when asked to", () => {
    const text = encodeInArena('{"a":"before"}');
    const view = parseJson(text);
    const copy = parseJsonCopy(text);
    memory.copy(dataOf(text) + 6, dataOf(encode("after!")), 6);
    expect<string>(view.asString(view.member(view.root, "a"))).toBe("after!");
    expect<string>(copy.asString(copy.member(copy.root, "a"))).toBe("before");
    resetArena();
  });

  it("stays through a collection when it owns its text", () => {
    kept = parseJsonCopy(encodeInArena('{"list":[1,2,3],"text":"stays"}'));
    resetArena();
    __collect();
    for (let i = 0; i < 200; i++) memory.fill(heap.alloc(64), 0xff, 64);
    const document = kept!;
    expect<string>(document.asString(document.member(document.root, "text"))).toBe("stays");
    expect<i32>(document.count(document.member(document.root, "list"))).toBe(3);
  });

  it("refuses to copy a text that is too large", () => {
    expect<i32>(parseJsonCopy(encode("[1,2]"), 4).error).toBe(JsonError.TooLarge);
    expect<i32>(parseJsonCopy(slice(8, 0x7fffffff)).error).toBe(JsonError.TooLarge);
    expect<i32>(parseJson(slice(8, 0xfffffff0), i32.MAX_VALUE).error).toBe(JsonError.TooLarge);
  });

  it("never reads past its text, which may be the last of the memory", () => {
    const texts: string[] = [
      '"abcdefg"',
      "[1,2,3]",
      "true",
      "false",
      "null",
      "12345",
      '"\\u00e9"',
      '"\\ud83d\\ude00"',
      '{"a":"\\ud800"}',
      "tru",
      "-",
      '"\\u00',
      '"é',
      "1.",
      "1e",
      "fals",
      '{"a',
      '{"a":',
    ];
    for (let i = 0; i < texts.length; i++) {
      const text = encode(texts[i]);
      memory.grow(1);
      const end = (<usize>memory.size()) << 16;
      memory.copy(end - sizeOf(text), dataOf(text), sizeOf(text));
      const document = parseJson(slice(end - sizeOf(text), sizeOf(text)));
      document.message();
      document.asString(document.root);
      document.asUtf8(document.root);
      document.asF64(document.root);
      document.asI64(document.root);
    }
  });
});

describe("a JSON string", () => {
  it("says what its escapes say", () => {
    expect<string>(said('"\\"\\\\\\/\\b\\f\\n\\r\\t"')).toBe('"\\/\b\f\n\r\t');
    expect<string>(said('"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00"')).toBe("Aé€😀");
    expect<string>(said('"a\\u0000b"')).toBe("a\0b");
    expect<string>(said('"plain é text"')).toBe("plain é text");
    expect<string>(said('""')).toBe("");
  });

  it("says U+FFFD for a surrogate without its partner", () => {
    expect<string>(said('"\\ud800"')).toBe("\ufffd");
    expect<string>(said('"\\udc00"')).toBe("\ufffd");
    expect<string>(said('"\\ud800x"')).toBe("\ufffdx");
    expect<string>(said('"\\ud800\\n"')).toBe("\ufffd\n");
    expect<string>(said('"\\ud800\\u0041"')).toBe("\ufffdA");
    expect<string>(said('"\\ud800\\ud83d\\ude00"')).toBe("\ufffd😀");
    expect<string>(said('"\\udc00\\ud800"')).toBe("\ufffd\ufffd");
  });

  it("is in UTF-8 what it is in UTF-16", () => {
    const texts: string[] = ['"plain"', '"\\u00e9\\n"', '"\\ud800"', '"\\ud83d\\ude00"', '""'];
    for (let i = 0; i < texts.length; i++) {
      const document = parse(texts[i]);
      expect<string>(decodeSlice(document.asUtf8(document.root))).toBe(document.asString(document.root));
    }
    resetArena();
  });
});

describe("a JSON number", () => {
  it("is a whole number up to the edges of 64 bits, exactly", () => {
    expect<string>(integer("9223372036854775807")).toBe("9223372036854775807");
    expect<string>(integer("-9223372036854775808")).toBe("-9223372036854775808");
    expect<string>(integer("9223372036854775808")).toBe("none");
    expect<string>(integer("-9223372036854775809")).toBe("none");
    expect<string>(integer("9007199254740993")).toBe("9007199254740993");
    expect<string>(integer("18446744073709551616")).toBe("none");
    expect<string>(integer("99999999999999999999")).toBe("none");
    expect<string>(integer("0")).toBe("0");
    expect<string>(integer("-0")).toBe("0");
  });

  it("is a whole number however it is written", () => {
    expect<string>(integer("1e3")).toBe("1000");
    expect<string>(integer("5.0")).toBe("5");
    expect<string>(integer("1e+15")).toBe("1000000000000000");
    expect<string>(integer("1200e-2")).toBe("12");
    expect<string>(integer("0.00012e5")).toBe("12");
    expect<string>(integer("-1.50e1")).toBe("-15");
    expect<string>(integer("9.223372036854775807e18")).toBe("9223372036854775807");
    expect<string>(integer("0e999999999999999999")).toBe("0");
    expect<string>(integer("1" + "0".repeat(100) + "e-100")).toBe("1");
    expect<string>(integer("0." + "0".repeat(100) + "7e101")).toBe("7");
  });

  it("is no whole number with a fraction, or out of 64 bits", () => {
    expect<string>(integer("1.5")).toBe("none");
    expect<string>(integer("1e-1")).toBe("none");
    expect<string>(integer("1e19")).toBe("none");
    expect<string>(integer("1e999999999999")).toBe("none");
    expect<string>(integer("1e-999999999999")).toBe("none");
    expect<string>(integer("1.00000000000000000000000001")).toBe("none");
    expect<string>(integer("922337203685477580.75")).toBe("none");
  });

  it("is the nearest double", () => {
    expect<f64>(float("1.5")).toBe(1.5);
    expect<f64>(float("-0.1")).toBe(-0.1);
    expect<f64>(float("3.141592653589793")).toBe(3.141592653589793);
    expect<f64>(float("1e22")).toBe(1e22);
    expect<f64>(float("1e23")).toBe(1e23);
    expect<f64>(float("123456789012345680000")).toBe(1.2345678901234568e20);
    expect<f64>(float("2.2250738585072014e-308")).toBe(2.2250738585072014e-308);
    expect<f64>(float("1.7976931348623157e308")).toBe(1.7976931348623157e308);
    expect<f64>(float("0.000001")).toBe(0.000001);
  });

  it("is the nearest double where the standard library errs", () => {
    expect<f64>(float("4.1617375743077365e+48")).toBe(4.1617375743077365e48);
    expect<f64>(float("-21388466353732027e32")).toBe(-2.1388466353732027e48);
  });

  it("is rounded to the even one of two doubles that are equally near", () => {
    expect<f64>(float("9007199254740993")).toBe(9007199254740992);
    expect<f64>(float("9007199254740995")).toBe(9007199254740996);
    expect<f64>(float("9007199254740993.0000000000000000")).toBe(9007199254740992);
  });

  it("is one of the doubles next to 0 and to infinity where it is nearest to them", () => {
    expect<f64>(float("5e-324")).toBe(f64.MIN_VALUE);
    expect<f64>(float("3e-324")).toBe(f64.MIN_VALUE);
    expect<f64>(float("2e-324")).toBe(0);
    expect<f64>(float("2.2250738585072011e-308")).toBe(2.225073858507201e-308);
    expect<f64>(float("1.7976931348623158e308")).toBe(f64.MAX_VALUE);
    expect<f64>(float("1.7976931348623159e308")).toBe(Infinity);
  });

  it("is infinite where it is too large for a double, and 0 where it is too small", () => {
    expect<f64>(float("1e400")).toBe(Infinity);
    expect<f64>(float("-1e400")).toBe(-Infinity);
    expect<f64>(float("1e999999999999")).toBe(Infinity);
    expect<f64>(float("1e-400")).toBe(0);
    expect<f64>(float("1e-999999999999")).toBe(0);
    expect<f64>(float("0e999999999999")).toBe(0);
    expect<f64>(float("0." + "0".repeat(400) + "1")).toBe(0);
  });

  it("keeps the sign of zero", () => {
    expect<f64>(1 / float("-0")).toBe(-Infinity);
    expect<f64>(1 / float("0")).toBe(Infinity);
    expect<f64>(1 / float("-0.000")).toBe(-Infinity);
  });

  it("may have any number of digits", () => {
    expect<f64>(float("1" + "0".repeat(300))).toBe(1e300);
    expect<f64>(float("0." + "3".repeat(5000))).toBe(0.3333333333333333);
    expect<f64>(float("0".repeat(1) + "." + "0".repeat(5000))).toBe(0);
  });
});
