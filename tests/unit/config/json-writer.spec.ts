import { JsonWriter } from "as-proxy-wasm/assembly/config/json-writer";
import { parseJson } from "as-proxy-wasm/assembly/config/json";
import { JsonError } from "as-proxy-wasm/assembly/config/json-errors";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";

describe("a JSON writer", () => {
  it("puts commas and colons where they belong", () => {
    const json = new JsonWriter()
      .beginObject()
      .key("a")
      .beginList()
      .integer(-1)
      .beginList()
      .endList()
      .beginObject()
      .endObject()
      .null()
      .endList()
      .key("b")
      .bool(true)
      .key("c")
      .raw('{"d":1}')
      .key("e")
      .string("")
      .endObject()
      .text();
    expect<string>(json).toBe('{"a":[-1,[],{},null],"b":true,"c":{"d":1},"e":""}');
  });

  it("escapes what a string cannot have in it, and nothing else", () => {
    expect<string>(
      new JsonWriter().string('"\\/\u0000\u001f\n\u007f\u009b\u00a0\u2028\u2066\u2080é😀').text(),
    ).toBe('"\\"\\\\/\\u0000\\u001f\\u000a\\u007f\\u009b\u00a0\\u2028\\u2066\u2080é😀"');
  });

  it("writes half a surrogate pair as U+FFFD", () => {
    const half = String.fromCharCode(0xd83d) + "a";
    expect<string>(new JsonWriter().string(half).text()).toBe('"\ufffda"');
  });

  it("writes what the strict reader takes, for every character and however long", () => {
    let all = "";
    for (let code = 0; code < 0x300; code++) all += String.fromCharCode(code);
    const text = all.repeat(20);
    const json = new JsonWriter().beginList().string(text).string("x").endList().bytes();
    const document = parseJson(encode(String.UTF8.decode(json.buffer)));
    expect<JsonError>(document.error).toBe(JsonError.None);
    expect<string>(document.asString(document.first(document.root))).toBe(text);
  });
});
