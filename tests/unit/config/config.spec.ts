import { Config, parseConfig } from "as-proxy-wasm/assembly/config/config";
import { JsonType, NO_NODE } from "as-proxy-wasm/assembly/config/json";
import { resetArena } from "as-proxy-wasm/assembly/runtime/arena";
import { encode, encodeInArena } from "as-proxy-wasm/assembly/runtime/utf8";
import { bytesOf } from "../support/bytes";
import { takeLog } from "as-proxy-wasm/as-pect/log";

/** A level at the head of each line of the log. */
const WARN = "3 ";
const ERROR = "4 ";

function parse(text: string): Config {
  takeLog();
  return parseConfig(encode(text));
}

/** Expects that the configuration is refused with these problems, and that nothing else is logged. */
function refused(config: Config, problems: string[]): void {
  expect<bool>(config.ok()).toBe(false);
  const expected: string[] = [];
  for (let i = 0; i < problems.length; i++) expected.push(ERROR + problems[i]);
  expect<string[]>(takeLog()).toStrictEqual(expected);
}

/** Expects that the configuration is accepted and nothing is logged. */
function accepted(config: Config): void {
  expect<string[]>(takeLog()).toStrictEqual([]);
  expect<bool>(config.ok()).toBe(true);
  expect<string[]>(takeLog()).toStrictEqual([]);
}

let kept: Config | null = null;

describe("a configuration", () => {
  it("is {} where there are no bytes, or only white space", () => {
    accepted(parseConfig(0));
    accepted(parse(""));
    accepted(parse(" \n"));
    accepted(parse("{}"));
    expect<string>(parse("").string("a", "default")).toBe("default");
  });

  it("is refused with a line and a column where it is not JSON, and with nothing else", () => {
    const config = parse('{"a": 1,\n "b" 2}');
    config.requiredString("a");
    config.requiredObject("c").requiredInteger("d");
    refused(config, ["configuration: line 2, column 6: expected ':' after a key"]);
  });

  it("is refused where it is no object", () => {
    refused(parse("[1]"), ["configuration: expected an object, got a list"]);
    refused(parse('"x"'), ["configuration: expected an object, got a string"]);
    refused(parse("null"), ["configuration: expected an object, got null"]);
    const config = parse("17");
    expect<string>(config.requiredString("a")).toBe("");
    refused(config, ["configuration: expected an object, got a number"]);
  });

  it("is refused where a key is there twice, or the text is no UTF-8", () => {
    refused(parse('{"a":1,"\\u0061":2}'), ["configuration: line 1, column 8: duplicate key"]);
    refused(parseConfig(bytesOf([0x22, 0xff, 0x22])), ["configuration: line 1, column 2: not UTF-8"]);
  });

  it("stays when the host's bytes are gone", () => {
    kept = parseConfig(encodeInArena('{"name":"stays","list":["a","b"]}'));
    resetArena();
    __collect();
    for (let i = 0; i < 200; i++) memory.fill(heap.alloc(48), 0xff, 48);
    expect<string>(kept!.string("name")).toBe("stays");
    expect<string[]>(kept!.strings("list")).toStrictEqual(["a", "b"]);
    __collect();
    accepted(kept!);
  });

  it("tells every problem, with its path, and reads on", () => {
    const config = parse(
      '{"s":1,"n":"x","rules":[{"prefix":"/"},{"prefix":2,"codes":[200,"x",700]}],"m":{"a":"1","b":2}}',
    );
    config.string("s");
    config.integer("n");
    const rules = config.objects("rules");
    for (let i = 0; i < rules.length; i++) {
      rules[i].requiredString("prefix");
      rules[i].integers("codes", 100, 599);
      rules[i].requiredString("name");
    }
    config.map("m");
    config.requiredString("gone");
    refused(config, [
      "s: expected a string, got a number",
      "n: expected a number, got a string",
      "rules[0].name: is required",
      "rules[1].prefix: expected a string, got a number",
      "rules[1].codes[1]: expected a number from 100 to 599, got a string",
      "rules[1].codes[2]: expected a number from 100 to 599, got 700",
      "rules[1].name: is required",
      "m.b: expected a string, got a number",
      "gone: is required",
    ]);
  });

  it("tells each problem once, however often it is read and asked", () => {
    const config = parse('{"s":1}');
    config.string("s");
    config.string("s");
    config.requiredString("s");
    refused(config, ["s: expected a string, got a number"]);
    expect<bool>(config.ok()).toBe(false);
    expect<string[]>(takeLog()).toStrictEqual([]);
  });

  it("tells what the plugin finds wrong", () => {
    const config = parse('{"rules":[{"a":1}],"list":[5]}');
    const rule = config.objects("rules")[0];
    rule.integer("a");
    rule.problem("a", "does not suit b");
    rule.problem("b", "is required with a");
    config.problemAt(config.document.first(config.nodeOf("list")), "is odd");
    refused(config, ["rules[0].a: does not suit b", "rules[0].b: is required with a", "list[0]: is odd"]);
  });

  it("shows no value of a wrong type: it may be a secret", () => {
    const config = parse('{"a":"secret","b":["secret"],"c":{"secret":1}}');
    config.integer("a", 0, 1, 5);
    config.number("b");
    config.choice("c", ["x"], "x");
    refused(config, [
      "a: expected a number from 1 to 5, got a string",
      "b: expected a number, got a list",
      "c: expected a string, got an object",
    ]);
  });

  it("writes no more than fifty problems, and the number of the others", () => {
    const parts: string[] = [];
    for (let i = 0; i < 80; i++) parts.push("0");
    const config = parse('{"list":[' + parts.join(",") + "]}");
    config.strings("list");
    expect<bool>(config.ok()).toBe(false);
    const lines = takeLog();
    expect<i32>(lines.length).toBe(51);
    expect<string>(lines[49]).toBe(ERROR + "list[49]: expected a string, got a number");
    expect<string>(lines[50]).toBe(ERROR + "configuration: and 30 more problems");
  });
});

describe("a configuration that is asked again", () => {
  it("tells up to fifty problems more", () => {
    const config = parse("{}");
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 40; i++) config.problem("a", "is odd");
      expect<bool>(config.ok()).toBe(false);
      expect<i32>(takeLog().length).toBe(40);
    }
  });
});

describe("a path in a problem", () => {
  it("quotes, escapes and cuts keys that are not plain names", () => {
    const long = "k".repeat(100);
    const config = parse(
      '{"a.b":1,"":1,"x y":1,"\\n\\u001b[31m":1,"é":1,"\\"":1,"\u2028":1,"a-b_C9":1,"' + long + '":1}',
    );
    const keys = config.keys();
    for (let i = 0; i < keys.length; i++) config.string(keys[i]);
    refused(config, [
      '["a.b"]: expected a string, got a number',
      '[""]: expected a string, got a number',
      '["x y"]: expected a string, got a number',
      '["\\n\\u001b[31m"]: expected a string, got a number',
      '["\\xc3\\xa9"]: expected a string, got a number',
      '["\\""]: expected a string, got a number',
      '["\\xe2\\x80\\xa8"]: expected a string, got a number',
      "a-b_C9: expected a string, got a number",
      '["' + "k".repeat(64) + '..."]: expected a string, got a number',
    ]);
  });

  it("escapes a value that is shown, and cuts it", () => {
    const config = parse('{"a":"\\n\u2028","b":"' + "x".repeat(100) + '","c":' + "9".repeat(100) + "}");
    config.choice("a", ["y"], "");
    config.choice("b", ["y"], "");
    config.integer("c", 0, 0, 5);
    refused(config, [
      'a: expected one of y, got "\\n\\xe2\\x80\\xa8"',
      'b: expected one of y, got "' + "x".repeat(63) + "...",
      "c: expected a whole number from 0 to 5, got " + "9".repeat(64) + "...",
    ]);
  });

  it("escapes the key that the plugin asks for", () => {
    const config = parse("{}");
    config.requiredString("a\nb");
    refused(config, ['["a\\x0ab"]: is required']);
  });

  it("is known to the object itself", () => {
    const config = parse('{"a":[{},{"b":{}}]}');
    expect<string>(config.path).toBe("");
    expect<string>(config.objects("a")[1].path).toBe("a[1]");
    expect<string>(config.objects("a")[1].requiredObject("b").path).toBe("a[1].b");
  });
});

describe("an unknown key", () => {
  it("is warned of once, at any level that was read", () => {
    const config = parse('{"a":1,"b":{"c":1,"d":2},"e":[{"f":1,"g":1}]}');
    config.integer("a");
    config.requiredObject("b").integer("c");
    config.objects("e")[0].integer("f");
    expect<bool>(config.ok()).toBe(true);
    expect<string[]>(takeLog()).toStrictEqual([
      WARN + "b.d: is not a known key",
      WARN + "e[0].g: is not a known key",
    ]);
    expect<bool>(config.ok()).toBe(true);
    expect<string[]>(takeLog()).toStrictEqual([]);
  });

  it("is not looked for in what nobody read, or what was read as it stands", () => {
    const config = parse('{"unknown":{"x":1},"raw":{"y":1},"map":{"z":"1"}}');
    config.nodeOf("raw");
    config.map("map");
    expect<bool>(config.ok()).toBe(true);
    expect<string[]>(takeLog()).toStrictEqual([WARN + "unknown: is not a known key"]);
  });

  it("becomes known by being asked for, be it in vain", () => {
    const config = parse('{"a":1,"b":null,"c":"x"}');
    config.has("a");
    config.isNull("b");
    config.typeOf("c");
    accepted(config);
  });

  it("refuses the configuration in strict mode", () => {
    const config = parse('{"strict_mode":true,"a":1,"b":{"c":1}}');
    config.requiredObject("b");
    refused(config, ["a: is not a known key", "b.c: is not a known key"]);
  });

  it("is warned of no more than fifty times", () => {
    const parts: string[] = [];
    for (let i = 0; i < 70; i++) parts.push('"k' + i.toString() + '":0');
    const config = parse("{" + parts.join(",") + "}");
    expect<bool>(config.ok()).toBe(true);
    const lines = takeLog();
    expect<i32>(lines.length).toBe(51);
    expect<string>(lines[50]).toBe(WARN + "configuration: and 20 more unknown keys");
  });
});

describe("the readers", () => {
  it("read a string, its default, and a required one", () => {
    const config = parse('{"a":"x","e":"","n":null}');
    expect<string>(config.string("a")).toBe("x");
    expect<string>(config.string("e", "default")).toBe("");
    expect<string>(config.string("gone", "default")).toBe("default");
    expect<string>(config.requiredString("a")).toBe("x");
    expect<string>(config.string("n", "default")).toBe("default");
    refused(config, ["n: expected a string, got null"]);
  });

  it("read true and false", () => {
    const config = parse('{"t":true,"f":false,"s":"true"}');
    expect<bool>(config.bool("t")).toBe(true);
    expect<bool>(config.bool("f", true)).toBe(false);
    expect<bool>(config.bool("gone", true)).toBe(true);
    expect<bool>(config.bool("gone")).toBe(false);
    expect<bool>(config.bool("s", true)).toBe(true);
    refused(config, ["s: expected true or false, got a string"]);
  });

  it("read whole numbers within their range", () => {
    const config = parse(
      '{"a":5,"big":1e+15,"low":0,"high":60001,"frac":1.5,"min":-9223372036854775808,"over":9223372036854775808,"s":"5"}',
    );
    expect<i64>(config.integer("a", 1)).toBe(5);
    expect<i64>(config.integer("big")).toBe(1000000000000000);
    expect<i64>(config.integer("gone", 7, 1, 5)).toBe(7);
    expect<i64>(config.integer("min")).toBe(i64.MIN_VALUE);
    expect<i64>(config.integer("low", 1000, 1, 60000)).toBe(1000);
    expect<i64>(config.integer("high", 1000, 1, 60000)).toBe(1000);
    expect<i64>(config.integer("frac", 3)).toBe(3);
    expect<i64>(config.integer("over", 3)).toBe(3);
    expect<i64>(config.requiredInteger("s", -5, 5)).toBe(-5);
    expect<i64>(config.requiredInteger("gone", 1)).toBe(1);
    expect<i64>(config.requiredInteger("gone too")).toBe(0);
    refused(config, [
      "low: expected a number from 1 to 60000, got 0",
      "high: expected a number from 1 to 60000, got 60001",
      "frac: expected a whole number, got 1.5",
      "over: expected a whole number, got 9223372036854775808",
      "s: expected a number from -5 to 5, got a string",
      "gone: is required",
      '["gone too"]: is required',
    ]);
  });

  it("take both ends of a range, and name ranges with one end", () => {
    const config = parse('{"a":1,"b":5,"c":0,"d":6}');
    expect<i64>(config.integer("a", 0, 1, 5)).toBe(1);
    expect<i64>(config.integer("b", 0, 1, 5)).toBe(5);
    config.integer("c", 1, 1);
    config.integer("d", 1, i64.MIN_VALUE, 5);
    refused(config, [
      "c: expected a number of at least 1, got 0",
      "d: expected a number of at most 5, got 6",
    ]);
  });

  it("read numbers within their range", () => {
    const config = parse('{"a":0.5,"b":2,"low":0.0001,"high":1e400,"s":"1"}');
    expect<f64>(config.number("a")).toBe(0.5);
    expect<f64>(config.number("b", 0, 2, 2)).toBe(2);
    expect<f64>(config.number("gone", 1.5)).toBe(1.5);
    expect<f64>(config.number("low", 1, 0.001, 10.25)).toBe(1);
    expect<f64>(config.number("high", 1)).toBe(1);
    expect<f64>(config.requiredNumber("s", -0.5)).toBe(-0.5);
    expect<f64>(config.requiredNumber("gone")).toBe(0);
    refused(config, [
      "low: expected a number from 0.001 to 10.25, got 0.0001",
      "high: expected a number, got 1e400",
      "s: expected a number of at least -0.5, got a string",
      "gone: is required",
    ]);
  });

  it("read one of several texts", () => {
    const config = parse('{"a":"two","b":"\\u0074wo","c":"Two","d":2}');
    const allowed: string[] = ["one", "two"];
    expect<string>(config.choice("a", allowed, "one")).toBe("two");
    expect<string>(config.choice("b", allowed, "one")).toBe("two");
    expect<string>(config.choice("c", allowed, "one")).toBe("one");
    expect<string>(config.choice("d", allowed, "one")).toBe("one");
    expect<string>(config.choice("gone", allowed, "one")).toBe("one");
    refused(config, ['c: expected one of one, two, got "Two"', "d: expected a string, got a number"]);
  });

  it("read lists of strings", () => {
    const config = parse(
      '{"a":["x","","\\u00e9"],"b":[],"c":["x",1,null],"d":"x","basic_auth_rules":[{},{"credentials":5}]}',
    );
    expect<string[]>(config.strings("a")).toStrictEqual(["x", "", "é"]);
    expect<string[]>(config.strings("b")).toStrictEqual([]);
    expect<string[]>(config.strings("gone")).toStrictEqual([]);
    expect<string[]>(config.strings("c")).toStrictEqual(["x"]);
    expect<string[]>(config.strings("d")).toStrictEqual([]);
    config.objects("basic_auth_rules")[1].strings("credentials");
    refused(config, [
      "c[1]: expected a string, got a number",
      "c[2]: expected a string, got null",
      "d: expected a list of strings, got a string",
      "basic_auth_rules[1].credentials: expected a list of strings, got a number",
    ]);
  });

  it("read lists of whole numbers", () => {
    const config = parse('{"a":[200,4.04e2],"b":[99,"x",1.5,600],"c":{}}');
    expect<i64[]>(config.integers("a", 100, 599)).toStrictEqual([200, 404]);
    expect<i64[]>(config.integers("b", 100, 599)).toStrictEqual([]);
    expect<i64[]>(config.integers("c")).toStrictEqual([]);
    refused(config, [
      "b[0]: expected a number from 100 to 599, got 99",
      "b[1]: expected a number from 100 to 599, got a string",
      "b[2]: expected a whole number from 100 to 599, got 1.5",
      "b[3]: expected a number from 100 to 599, got 600",
      "c: expected a list of numbers, got an object",
    ]);
  });

  it("read lists of pairs", () => {
    const config = parse('{"a":[["n","v"],["n","w"]],"b":[["n"],["n","v","x"],"s",[1,2],["n",null],[]]}');
    const pairs = config.pairs("a");
    expect<i32>(pairs.length).toBe(2);
    expect<string[]>(pairs[1]).toStrictEqual(["n", "w"]);
    expect<i32>(config.pairs("b").length).toBe(0);
    expect<i32>(config.pairs("gone").length).toBe(0);
    refused(config, [
      "b[0]: expected [name, value]",
      "b[1]: expected [name, value]",
      "b[2]: expected [name, value], got a string",
      "b[3][0]: expected a string, got a number",
      "b[3][1]: expected a string, got a number",
      "b[4][1]: expected a string, got null",
      "b[5]: expected [name, value]",
    ]);
  });

  it("read maps of strings", () => {
    const config = parse('{"a":{"x":"1","y":"2"},"b":[],"c":{"x":1}}');
    const map = config.map("a");
    expect<i32>(map.size).toBe(2);
    expect<string>(map.get("y")).toBe("2");
    expect<i32>(config.map("gone").size).toBe(0);
    expect<i32>(config.map("b").size).toBe(0);
    expect<i32>(config.map("c").size).toBe(0);
    refused(config, ["b: expected an object, got a list", "c.x: expected a string, got a number"]);
  });

  it("read nested objects and lists of them", () => {
    const config = parse('{"a":{"b":{"c":"deep"}},"l":[{},{"n":2}],"x":1,"y":[{},1]}');
    expect<string>(config.object("a")!.object("b")!.string("c")).toBe("deep");
    expect<bool>(config.object("gone") === null).toBe(true);
    expect<bool>(config.object("x") === null).toBe(true);
    expect<i64>(config.objects("l")[1].integer("n")).toBe(2);
    expect<i32>(config.objects("gone").length).toBe(0);
    expect<i32>(config.objects("y").length).toBe(1);
    expect<string>(config.requiredObject("missing").requiredString("whatever")).toBe("");
    refused(config, [
      "x: expected an object, got a number",
      "y[1]: expected an object, got a number",
      "missing: is required",
    ]);
  });

  it("tell what is there", () => {
    const config = parse('{"b":null,"a":1}');
    expect<bool>(config.has("a")).toBe(true);
    expect<bool>(config.has("b")).toBe(true);
    expect<bool>(config.has("c")).toBe(false);
    expect<bool>(config.isNull("b")).toBe(true);
    expect<bool>(config.isNull("a")).toBe(false);
    expect<bool>(config.isNull("c")).toBe(false);
    expect<i32>(config.typeOf("a")).toBe(JsonType.Number);
    expect<i32>(config.typeOf("c")).toBe(JsonType.Absent);
    expect<i32>(config.nodeOf("c")).toBe(NO_NODE);
    expect<string[]>(config.keys()).toStrictEqual(["b", "a"]);
    accepted(config);
  });
});

describe("the keys that every plugin takes", () => {
  it("are absent by default", () => {
    const common = parse("{}").common;
    expect<i32>(common.logLevel).toBe(-1);
    expect<string>(common.version).toBe("");
    expect<bool>(common.strictMode || common.auditLogging || common.shadow).toBe(false);
  });

  it("are known, and read", () => {
    const config = parse(
      '{"log_level":"warn","version":"v1.2","strict_mode":true,"audit_logging":true,"shadow":true,"debug":false}',
    );
    accepted(config);
    expect<i32>(config.common.logLevel).toBe(3);
    expect<string>(config.common.version).toBe("v1.2");
    expect<bool>(config.common.strictMode && config.common.auditLogging && config.common.shadow).toBe(true);
  });

  it("name the level by its name, or by debug", () => {
    const levels: string[] = ["trace", "debug", "info", "warn", "error", "critical"];
    for (let i = 0; i < levels.length; i++) {
      expect<i32>(parseConfig(encode('{"log_level":"' + levels[i] + '"}')).common.logLevel).toBe(i);
    }
    expect<i32>(parse('{"debug":true}').common.logLevel).toBe(1);
    expect<i32>(parse('{"debug":false}').common.logLevel).toBe(-1);
    expect<i32>(parse('{"debug":true,"log_level":"error"}').common.logLevel).toBe(4);
  });

  it("are refused where they are wrong", () => {
    refused(parse('{"log_level":"loud","version":1,"shadow":"yes"}'), [
      "version: expected a string, got a number",
      "shadow: expected true or false, got a string",
      'log_level: expected one of trace, debug, info, warn, error, critical, got "loud"',
    ]);
  });
});
