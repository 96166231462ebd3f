import { Config, parseConfig } from "as-proxy-wasm/assembly/config/config";
import { Override, readOverrides } from "as-proxy-wasm/assembly/config/overrides";
import { resetArena } from "as-proxy-wasm/assembly/runtime/arena";
import { heapSize } from "as-proxy-wasm/assembly/runtime/heap";
import { encode, encodeInArena } from "as-proxy-wasm/assembly/runtime/utf8";
import { takeLog } from "as-proxy-wasm/as-pect/log";

function parse(text: string): Config {
  takeLog();
  return parseConfig(encode(text));
}

/** The only override of a configuration, by its `match` and `config`. */
function only(match: string, settings: string = "{}"): Override {
  const config = parse('{"overrides":[{"match":' + match + ',"config":' + settings + "}]}");
  const overrides = readOverrides(config);
  expect<bool>(config.ok()).toBe(true, match);
  return overrides[0];
}

function matches(
  candidate: Override,
  authority: string,
  path: string,
  method: string = "GET",
  route: string = "",
): bool {
  return candidate.matches(encode(authority), encode(path), encode(method), encode(route));
}

/** Expects that a configuration's overrides are refused with these problems. */
function refused(overrides: string, problems: string[]): void {
  const config = parse('{"overrides":' + overrides + "}");
  readOverrides(config);
  expect<bool>(config.ok()).toBe(false, overrides);
  const expected: string[] = [];
  for (let i = 0; i < problems.length; i++) expected.push("4 " + problems[i]);
  expect<string[]>(takeLog()).toStrictEqual(expected);
}

let kept: Override[] = [];

describe("an override", () => {
  it("is for the hosts it names", () => {
    const some = only('{"hosts":["*.example.com","example.*"]}');
    expect<bool>(matches(some, "a.EXAMPLE.com:80", "/")).toBe(true);
    expect<bool>(matches(some, "example.org", "/")).toBe(true);
    expect<bool>(matches(some, "other.org", "/")).toBe(false);
    expect<bool>(matches(some, "", "/")).toBe(false);
  });

  it("is for the methods it names, exactly", () => {
    const some = only('{"methods":["GET","POST"]}');
    expect<bool>(matches(some, "", "/", "GET")).toBe(true);
    expect<bool>(matches(some, "", "/", "POST")).toBe(true);
    expect<bool>(matches(some, "", "/", "HEAD")).toBe(false);
    expect<bool>(matches(some, "", "/", "get")).toBe(false);
    expect<bool>(matches(some, "", "/", "")).toBe(false);
  });

  it("is for the routes it names, and tells that it wants to know them", () => {
    const some = only('{"routes":["one","tw\\u006f"]}');
    expect<bool>(some.needsRoute).toBe(true);
    expect<bool>(matches(some, "", "/", "GET", "one")).toBe(true);
    expect<bool>(matches(some, "", "/", "GET", "two")).toBe(true);
    expect<bool>(matches(some, "", "/", "GET", "three")).toBe(false);
    expect<bool>(matches(some, "", "/", "GET", "")).toBe(false);
    expect<bool>(only('{"methods":["GET"]}').needsRoute).toBe(false);
  });

  it("is for a path under its prefix in one of its spellings", () => {
    const some = only('{"path_prefix":"/api"}');
    const under: string[] = [
      "/api",
      "/api/x",
      "/api?x",
      "/%61pi",
      "//api",
      "/x/../api",
      "/api;x",
      "/a/%2e%2e/api/x",
      "/api/../other",
      "\\api",
    ];
    for (let i = 0; i < under.length; i++) expect<bool>(matches(some, "", under[i])).toBe(true, under[i]);
    const others: string[] = ["/", "/apix", "/ap", "", "/other?/api", "/API"];
    for (let i = 0; i < others.length; i++) expect<bool>(matches(some, "", others[i])).toBe(false, others[i]);
  });

  it("switches the plugin off only for a path that is under its prefix in all its spellings", () => {
    const off = only('{"path_prefix":"/public"}', "null");
    expect<bool>(off.config === null).toBe(true);
    const under: string[] = ["/public", "/public/x", "/public?x", "/public/a/../b", "/public/%61"];
    for (let i = 0; i < under.length; i++) expect<bool>(matches(off, "", under[i])).toBe(true, under[i]);
    const others: string[] = [
      "/public/../admin",
      "/public/..;/admin",
      "/public/%2e%2e/admin",
      "/public%2f..%2fadmin",
      "/public/..\\admin",
      "/%70ublic",
      "//public",
      "/x/../public",
      "/public;x",
      "/publicx",
    ];
    for (let i = 0; i < others.length; i++) expect<bool>(matches(off, "", others[i])).toBe(false, others[i]);
  });

  it("compares with the normal form of its prefix, too", () => {
    const some = only('{"path_prefix":"/a%20b/"}');
    expect<bool>(matches(some, "", "/a%20b/x")).toBe(true);
    expect<bool>(matches(some, "", "/a%20b//x")).toBe(true);
    expect<bool>(matches(some, "", "/a%20b")).toBe(false);
  });

  it("needs all of its criteria to fit", () => {
    const some = only('{"hosts":["a.com"],"path_prefix":"/x","methods":["GET"],"routes":["r"]}');
    expect<bool>(matches(some, "a.com", "/x", "GET", "r")).toBe(true);
    expect<bool>(matches(some, "b.com", "/x", "GET", "r")).toBe(false);
    expect<bool>(matches(some, "a.com", "/y", "GET", "r")).toBe(false);
    expect<bool>(matches(some, "a.com", "/x", "PUT", "r")).toBe(false);
    expect<bool>(matches(some, "a.com", "/x", "GET", "s")).toBe(false);
  });

  it("matches without making garbage", () => {
    const some = only('{"hosts":["*.a.com","b.com"],"path_prefix":"/x/y","methods":["GET"],"routes":["r"]}');
    matches(some, "c.a.com", "/x/../x/y", "GET", "r");
    const size = heapSize();
    for (let i = 0; i < 20000; i++) {
      matches(some, "c.a.com", "/x/../x/y", "GET", "r");
      resetArena();
    }
    expect<usize>(heapSize()).toBe(size);
  });

  it("stays through a collection", () => {
    kept = readOverrides(
      parseConfig(
        encodeInArena('{"overrides":[{"match":{"hosts":["a.com"],"path_prefix":"/x"},"config":{"n":"v"}}]}'),
      ),
    );
    resetArena();
    __collect();
    for (let i = 0; i < 200; i++) memory.fill(heap.alloc(48), 0xff, 48);
    expect<bool>(matches(kept[0], "a.com", "/x/y")).toBe(true);
    expect<bool>(matches(kept[0], "b.com", "/x/y")).toBe(false);
    expect<string>(kept[0].config!.string("n")).toBe("v");
  });
});

describe("overrides", () => {
  it("keep their order, and may be absent", () => {
    expect<i32>(readOverrides(parse("{}")).length).toBe(0);
    const overrides = readOverrides(
      parse(
        '{"overrides":[{"match":{"path_prefix":"/a"},"config":{"n":1}},{"match":{"path_prefix":"/"},"config":{"n":2}}]}',
      ),
    );
    expect<i32>(overrides.length).toBe(2);
    expect<i64>(overrides[0].config!.integer("n")).toBe(1);
    expect<i64>(overrides[1].config!.integer("n")).toBe(2);
  });

  it("have problems and unknown keys of their own, with the whole path", () => {
    const config = parse(
      '{"x":1,"overrides":[{"match":{"path_prefix":"/"},"config":{"header_value":5,"odd":{"a":1}}}]}',
    );
    const settings = readOverrides(config)[0].config!;
    config.integer("x");
    expect<bool>(config.ok()).toBe(true);
    expect<string[]>(takeLog()).toStrictEqual([]);
    settings.requiredString("header_name");
    settings.string("header_value");
    expect<bool>(settings.ok()).toBe(false);
    expect<string[]>(takeLog()).toStrictEqual([
      "3 overrides[0].config.odd: is not a known key",
      "4 overrides[0].config.header_name: is required",
      "4 overrides[0].config.header_value: expected a string, got a number",
    ]);
    expect<bool>(config.ok()).toBe(true);
    expect<string[]>(takeLog()).toStrictEqual([]);
  });

  it("inherit the common keys that they do not have", () => {
    const config = parse(
      '{"log_level":"error","strict_mode":true,"version":"1","overrides":[{"match":{"path_prefix":"/a"},"config":{}},{"match":{"path_prefix":"/b"},"config":{"debug":true,"strict_mode":false,"shadow":true,"x":1}}]}',
    );
    const overrides = readOverrides(config);
    const first = overrides[0].config!.common;
    expect<i32>(first.logLevel).toBe(4);
    expect<bool>(first.strictMode).toBe(true);
    expect<string>(first.version).toBe("1");
    expect<bool>(first.shadow).toBe(false);
    const second = overrides[1].config!;
    expect<i32>(second.common.logLevel).toBe(1);
    expect<bool>(second.common.shadow).toBe(true);
    expect<bool>(second.ok()).toBe(true, "not strict");
    expect<string[]>(takeLog()).toStrictEqual(["3 overrides[1].config.x: is not a known key"]);
    expect<i32>(config.common.logLevel).toBe(4);
    expect<bool>(config.common.shadow).toBe(false);
  });

  it("may take back the debug level of the base, and no other level", () => {
    const text = ',"overrides":[{"match":{"path_prefix":"/"},"config":{"debug":false}}]}';
    const debug = readOverrides(parseConfig(encodeInArena('{"debug":true' + text)))[0];
    expect<i32>(debug.config!.common.logLevel).toBe(-1);
    const warn = readOverrides(parseConfig(encodeInArena('{"log_level":"warn"' + text)))[0];
    expect<i32>(warn.config!.common.logLevel).toBe(3);
  });

  it("refuse unknown keys in a strict mode that they inherit", () => {
    const config = parse(
      '{"strict_mode":true,"overrides":[{"match":{"path_prefix":"/a"},"config":{"x":1}}]}',
    );
    const settings = readOverrides(config)[0].config!;
    expect<bool>(config.ok()).toBe(true);
    expect<bool>(settings.ok()).toBe(false);
    expect<string[]>(takeLog()).toStrictEqual(["4 overrides[0].config.x: is not a known key"]);
  });

  it("are refused without a match or without settings", () => {
    refused('[{"config":{}}]', ["overrides[0].match: is required"]);
    refused('[{"match":{"path_prefix":"/"}}]', ["overrides[0].config: is required"]);
    refused("[{}]", ["overrides[0].match: is required", "overrides[0].config: is required"]);
    refused('[{"match":{"path_prefix":"/"},"config":[]}]', [
      "overrides[0].config: expected an object, got a list",
    ]);
    refused('[{"match":null,"config":null}]', ["overrides[0].match: expected an object, got null"]);
    refused("{}", ["overrides: expected a list of objects, got an object"]);
    refused("[1]", ["overrides[0]: expected an object, got a number"]);
  });

  it("are refused with a match that says nothing", () => {
    refused('[{"match":{},"config":{}}]', ["overrides[0].match: must have one criterion"]);
    refused('[{"match":{"hosts":[]},"config":{}}]', ["overrides[0].match.hosts: must not be empty"]);
    refused('[{"match":{"methods":[]},"config":{}}]', ["overrides[0].match.methods: must not be empty"]);
    refused('[{"match":{"routes":[""]},"config":{}}]', ["overrides[0].match.routes[0]: must not be empty"]);
    refused('[{"match":null,"config":{}}]', ["overrides[0].match: expected an object, got null"]);
  });

  it("are refused with a match that has none but unknown criteria", () => {
    const config = parse('{"overrides":[{"match":{"hots":["a"]},"config":{}}]}');
    readOverrides(config);
    expect<bool>(config.ok()).toBe(false);
    expect<string[]>(takeLog()).toStrictEqual([
      "3 overrides[0].match.hots: is not a known key",
      "4 overrides[0].match: must have one criterion",
    ]);
  });

  it("are refused with a match that cannot be", () => {
    refused('[{"match":{"path_prefix":"api"},"config":{}}]', [
      "overrides[0].match.path_prefix: must begin with / and have no query",
    ]);
    refused('[{"match":{"path_prefix":""},"config":{}}]', [
      "overrides[0].match.path_prefix: must begin with / and have no query",
    ]);
    refused('[{"match":{"path_prefix":"/a?b"},"config":{}}]', [
      "overrides[0].match.path_prefix: must begin with / and have no query",
    ]);
    refused('[{"match":{"hosts":["a.com","a*b"]},"config":{}}]', [
      "overrides[0].match.hosts[1]: expected a host, *.host or host.*",
    ]);
    refused('[{"match":{"hosts":"a.com"},"config":{}}]', [
      "overrides[0].match.hosts: expected a list of strings, got a string",
    ]);
    refused('[{"match":{"methods":[1]},"config":{}}]', [
      "overrides[0].match.methods[0]: expected a string, got a number",
    ]);
  });

  it("are refused within an override", () => {
    refused('[{"match":{"path_prefix":"/"},"config":{"overrides":[]}}]', [
      "overrides[0].config.overrides: an override has no overrides of its own",
    ]);
  });

  it("warn of unknown keys beside match and config, and in match", () => {
    const config = parse('{"overrides":[{"match":{"path_prefix":"/","host":["a"]},"config":null,"note":1}]}');
    readOverrides(config);
    expect<bool>(config.ok()).toBe(true);
    expect<string[]>(takeLog()).toStrictEqual([
      "3 overrides[0].match.host: is not a known key",
      "3 overrides[0].note: is not a known key",
    ]);
  });
});
