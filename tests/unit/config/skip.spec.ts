import { parseConfig } from "as-proxy-wasm/assembly/config/config";
import { SkipRules } from "as-proxy-wasm/assembly/config/skip";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";
import { takeLog } from "as-proxy-wasm/as-pect/log";

/** The problems of a `skip`, as they are logged. */
function problems(skip: string): string[] {
  takeLog();
  const config = parseConfig(encode('{"skip":' + skip + "}"));
  SkipRules.read(config);
  config.ok();
  return takeLog();
}

describe("skip", () => {
  it("takes paths, methods and both", () => {
    expect<string[]>(
      problems('[{"path_prefix":"/a"},{"method":"OPTIONS"},{"path_prefix":"/","method":"GET"}]'),
    ).toStrictEqual([]);
    expect<string[]>(problems("[]")).toStrictEqual([]);
  });

  it("refuses what names no request", () => {
    expect<string[]>(problems("[{}]")).toStrictEqual(["4 skip[0]: must have one criterion"]);
    expect<string[]>(problems('[{"path_prefix":"a"}]')).toStrictEqual([
      "4 skip[0].path_prefix: must begin with / and have no query",
    ]);
    expect<string[]>(problems('[{"path_prefix":"/a?b"}]')).toStrictEqual([
      "4 skip[0].path_prefix: must begin with / and have no query",
    ]);
    expect<string[]>(problems('[{"method":""}]')).toStrictEqual(["4 skip[0].method: must not be empty"]);
    expect<string[]>(problems('[{"method":1}]')).toStrictEqual([
      "4 skip[0].method: expected a string, got a number",
    ]);
    expect<string[]>(problems("{}")).toStrictEqual(["4 skip: expected a list of objects, got an object"]);
  });
});
