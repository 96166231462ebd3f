import { JSON } from "json-as/assembly";
import { parseValue } from "as-proxy-wasm/assembly/config/values";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";

describe("a json-as value", () => {
  it("is read from what is JSON", () => {
    const value = parseValue(encode('{"name":"é\\n\\ud83d\\ude00","count":3,"list":[true,null,1.5]}'));
    expect<bool>(value !== null).toBe(true);
    const object = value!.get<JSON.Obj>();
    expect<string>(object.get("name")!.get<string>()).toBe("é\n😀");
    const list = object.get("list")!.get<JSON.Arr>();
    expect<i32>(list.length).toBe(3);
    expect<bool>(list[0].get<bool>()).toBe(true);
    expect<bool>(list[1].type == JSON.Types.Null).toBe(true);
    expect<f64>(list[2].get<f64>()).toBe(1.5);
  });

  it("is null for what json-as takes, or traps on, and JSON does not have", () => {
    const texts: string[] = [
      '{"a":tru}',
      '{"a":1,}',
      "{} x",
      '{"a":1,"a":2}',
      "",
      "[",
      '"\\ud8',
      "[1",
      '{"a"',
      "nul",
      "[".repeat(65) + "]".repeat(65),
    ];
    for (let i = 0; i < texts.length; i++)
      expect<bool>(parseValue(encode(texts[i])) === null).toBe(true, texts[i]);
  });

  it("is there for every kind of value, odd ones too", () => {
    const texts: string[] = [
      "null",
      "true",
      "1e400",
      "-0",
      '"\\ud800"',
      '""',
      "[]",
      "{}",
      "123456789012345678901234567890",
      ' [ { "a" : [ ] } ] ',
    ];
    for (let i = 0; i < texts.length; i++)
      expect<bool>(parseValue(encode(texts[i])) !== null).toBe(true, texts[i]);
  });
});
