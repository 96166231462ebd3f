import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Configuration } from "../../cli/envoy/filters.js";
import { expectRefused, type PluginFilter, withProxy } from "./harness.js";
import { settled } from "./settled.js";

const good = { header_name: "x-a", header_value: "1" };
const goodText = '{"header_name":"x-a","header_value":"1"}';
const struct = (value: unknown) => ({ "@type": "type.googleapis.com/google.protobuf.Struct", value });
const wrapped = (type: string, value: unknown) => ({
  "@type": `type.googleapis.com/google.protobuf.${type}`,
  value,
});

const filter = (configuration?: Configuration): PluginFilter => ({
  plugin: "custom-headers",
  ...(configuration !== undefined && { configuration }),
});

/** What the module said when it refused, each line once: it says it in the one VM that tries the configuration. */
async function problemsOf(configuration?: Configuration): Promise<string[]> {
  const { log } = await expectRefused({ filters: [filter(configuration)] });
  assert.deepEqual(log.matching(/Uncaught RuntimeError|abort:|\[critical\]\[wasm\] .*wasm log/), []);
  return log.lines.flatMap((line) => {
    const found = /\]\[(error|warning)\]\[wasm\].*? wasm log(?: [^:]*)?: (.*)$/.exec(line);
    return found ? [`${found[1] === "error" ? "" : "warning "}${found[2]!}`] : [];
  });
}

/** [what it is, the configuration, the problems that the log names]. */
type Refusal = [string, Configuration | undefined, (string | RegExp)[]];

/** Refused one after the other would take twice as long; more than two at once would not be faster. */
async function assertRefused(refusals: Refusal[]): Promise<void> {
  const queue = [...refusals];
  const one = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [what, configuration, expected] = next;
      const problems = await problemsOf(configuration);
      assert.equal(problems.length, expected.length, `${what}:\n${problems.join("\n")}`);
      for (const [index, wanted] of expected.entries()) {
        if (typeof wanted === "string") assert.equal(problems[index], wanted, what);
        else assert.match(problems[index]!, wanted, what);
      }
    }
  };
  await Promise.all([one(), one()]);
}

const missing = ["header_name: is required", "header_value: is required"];
const lone = (text: string) => Buffer.from(text, "latin1");

suite("a configuration is refused, with the place in the log,", () => {
  test("where required keys are missing", () =>
    assertRefused([
      ["nothing", undefined, missing],
      ["empty text", "", missing],
      ["white space", " \r\n\t", missing],
      ["empty bytes", new Uint8Array(0), missing],
      ["{}", "{}", missing],
      ["an empty Struct", struct({}), missing],
      ["one key", { header_name: "x-a" }, ["header_value: is required"]],
      [
        "null for a key",
        { header_name: null, header_value: "1" },
        ["header_name: expected a string, got null"],
      ],
      ["an empty list", { headers: [] }, ["headers: must not be empty"]],
    ]));

  test("where it is not JSON", () =>
    assertRefused([
      ["a word cut short", '{"a":tru}', ["configuration: line 1, column 6: expected a value"]],
      ["a comma too many", '{"a":1,}', ["configuration: line 1, column 8: expected a key in double quotes"]],
      ["a comma in a list", '{"a":[1,]}', ["configuration: line 1, column 9: expected a value"]],
      [
        "text behind it",
        `${goodText} x`,
        [/^configuration: line 1, column 42: expected nothing after the value$/],
      ],
      [
        "a second value",
        `${goodText}\n{}`,
        ["configuration: line 2, column 1: expected nothing after the value"],
      ],
      ["the end too early", goodText.slice(0, -1), ["configuration: line 1, column 40: ends too early"]],
      ["single quotes", "{'a':1}", ["configuration: line 1, column 2: expected a key in double quotes"]],
      ["a comment", `// no\n${goodText}`, ["configuration: line 1, column 1: expected a value"]],
      ["NaN", '{"a":NaN}', ["configuration: line 1, column 6: expected a value"]],
      ["a number with zeros", '{"a":01}', [/^configuration: line 1, column 7: /]],
      [
        "a control character",
        '{"a":"\n"}',
        ["configuration: line 1, column 7: control character in a string"],
      ],
      ["YAML", "header_name: x-a", ["configuration: line 1, column 1: expected a value"]],
      [
        "a NUL",
        lone(`${goodText}\0`),
        ["configuration: line 1, column 41: expected nothing after the value"],
      ],
      [
        "duplicate keys",
        '{"header_name":"x-a","header_value":"1","header\\u005fname":"x-b"}',
        [/^configuration: line 1, column 41: duplicate key$/],
      ],
    ]));

  test("where it is not UTF-8, or begins with a byte order mark", () =>
    assertRefused([
      [
        "a byte order mark",
        `\ufeff${goodText}`,
        ["configuration: line 1, column 1: begins with a byte order mark"],
      ],
      ["a stray byte", lone('{"header_name":"x-\xff"}'), ["configuration: line 1, column 19: not UTF-8"]],
      ["a surrogate in UTF-8", lone('{"a":"\xed\xa0\x80"}'), ["configuration: line 1, column 7: not UTF-8"]],
      ["an overlong slash", lone('{"a":"\xc0\xaf"}'), ["configuration: line 1, column 7: not UTF-8"]],
      ["a character cut off", lone('{"a":"\xe2\x82'), [/^configuration: line 1, column \d+: /]],
      ["UTF-16", Buffer.from(goodText, "utf16le"), [/^configuration: line 1, column 2: /]],
      [
        "every byte there is",
        Uint8Array.from({ length: 256 }, (_, byte) => byte),
        [/^configuration: line 1, /],
      ],
    ]));

  test("where it is too deep or too large", () =>
    assertRefused([
      ["100,000 brackets", "[".repeat(100_000), ["configuration: line 1, column 65: is nested too deep"]],
      [
        "100,000 closed brackets",
        `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
        ["configuration: line 1, column 69: is nested too deep"],
      ],
      [
        "100,000 objects",
        '{"a":'.repeat(100_000),
        [/^configuration: line 1, column \d+: is nested too deep$/],
      ],
      ["a deep Struct", struct(nested(40)), ["warning a: is not a known key", ...missing]],
      ["a Struct too deep", struct(nested(80)), [/^configuration: /]],
      ["1 MB of spaces", " ".repeat(1_000_000), missing],
      ["1 MB of junk", "x".repeat(1_000_000), ["configuration: line 1, column 1: expected a value"]],
      ["2 MB of junk", new Uint8Array(2_000_000).fill(0x5b), ["configuration: is too large"]],
      ["1 MB that starts well", `{"a":[${"1,".repeat(500_000)}`, [/^configuration: line 1, column \d+: /]],
      [
        "over 1 MiB of JSON",
        JSON.stringify({ ...good, x: "y".repeat(1024 * 1024) }),
        ["configuration: is too large"],
      ],
    ]));

  test("where it is no object", () =>
    assertRefused([
      ["a list", "[]", ["configuration: expected an object, got a list"]],
      ["a number", "17", ["configuration: expected an object, got a number"]],
      ["a text", '"x"', ["configuration: expected an object, got a string"]],
      ["true", "true", ["configuration: expected an object, got true or false"]],
      ["null", "null", ["configuration: expected an object, got null"]],
      ["a list in a message", wrapped("ListValue", ["a"]), [/^configuration: /]],
      ["a number in a message", wrapped("Int64Value", "17"), [/^configuration: /]],
      ["a text in a message", wrapped("Value", "x"), [/^configuration: /]],
    ]));

  test("where values have wrong types or are out of range: all of them, in one go", () =>
    assertRefused([
      [
        "everything wrong",
        {
          header_name: 1,
          header_value: ["secret"],
          response_codes: { a: 1 },
          headers: "x",
          log_level: "loud",
          debug: "yes",
          version: 3,
          strict_mode: 0,
          shadow: null,
          overrides: [1],
        },
        [
          "version: expected a string, got a number",
          "strict_mode: expected true or false, got a number",
          "shadow: expected true or false, got null",
          "debug: expected true or false, got a string",
          'log_level: expected one of trace, debug, info, warn, error, critical, got "loud"',
          "overrides[0]: expected an object, got a number",
          "headers: expected a list of objects, got a string",
          "header_name: expected a string, got a number",
          "header_value: expected a string, got a list",
          "response_codes: expected a list of numbers, got an object",
        ],
      ],
      [
        "codes",
        { ...good, response_codes: [200, 99, 600, 200.5, "200", 1e300] },
        [
          "response_codes[1]: expected a number from 100 to 599, got 99",
          "response_codes[2]: expected a number from 100 to 599, got 600",
          "response_codes[3]: expected a whole number from 100 to 599, got 200.5",
          "response_codes[4]: expected a number from 100 to 599, got a string",
          /^response_codes\[5\]: expected a .*number from 100 to 599, got 1e\+300$/,
        ],
      ],
      [
        "rules",
        {
          headers: [
            { name: "x y", value: "a\nb" },
            { name: "x-a", value: "{unknown}", action: "drop", on: "both" },
            { name: "host", value: "a", on: "request" },
            "x",
          ],
        },
        [
          "headers[3]: expected an object, got a string",
          "headers[0].name: expected the name of a header field",
          "headers[0].value: must not have control characters in it",
          'headers[1].action: expected one of add, set, append, remove, default, got "drop"',
          'headers[1].on: expected one of request, response, got "both"',
          "headers[1].value: unknown placeholder {unknown}",
          "headers[2].name: must not be host: it is how the request was routed",
        ],
      ],
    ]));

  test("where a key is unknown and strict_mode is on", () =>
    assertRefused([
      [
        "strict",
        {
          ...good,
          strict_mode: true,
          header_nam: "x",
          "odd key": 1,
          headers: [{ name: "x-b", value: "1", colour: 1 }],
        },
        [
          "header_nam: is not a known key",
          '["odd key"]: is not a known key',
          "headers[0].colour: is not a known key",
        ],
      ],
    ]));

  test("where an override is wrong, with the override's path", () =>
    assertRefused([
      [
        "settings",
        {
          ...good,
          overrides: [
            { match: { path_prefix: "/a" }, config: { header_name: 1, header_value: "1" } },
            { match: { path_prefix: "/b" }, config: {} },
          ],
        },
        [
          "overrides[0].config.header_name: expected a string, got a number",
          "overrides[1].config.header_name: is required",
          "overrides[1].config.header_value: is required",
        ],
      ],
      [
        "matches",
        {
          ...good,
          overrides: [
            { config: null },
            { match: {}, config: null },
            { match: { path_prefix: "a" }, config: null },
            { match: { hosts: ["a b"], methods: [], routes: [""] }, config: null },
            { match: { path_prefix: "/a" } },
            { match: { path_prefix: "/a" }, config: { ...good, overrides: [] } },
          ],
        },
        [
          "overrides[0].match: is required",
          "overrides[1].match: must have one criterion",
          "overrides[2].match.path_prefix: must begin with / and have no query",
          "overrides[3].match.methods: must not be empty",
          "overrides[3].match.routes[0]: must not be empty",
          "overrides[3].match.hosts[0]: expected a host, *.host or host.*",
          "overrides[4].config: is required",
          "overrides[5].config.overrides: an override has no overrides of its own",
        ],
      ],
    ]));
});

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { a: nested(levels - 1) };
}

/** Filters of the same plugin side by side in one Envoy: each adds a header with the name that it is given here. */
const taken: [string, (name: string) => Configuration][] = [
  ["text", (name) => JSON.stringify({ header_name: name, header_value: "1" })],
  ["text-with-space", (name) => ` \r\n\t{ "header_name" :\n"${name}" , "header_value":"1"}\n`],
  ["line-feeds", (name) => `\n\n\n {"header_name":"${name}","header_value":"1"}`],
  ["bytes", (name) => Buffer.from(JSON.stringify({ header_name: name, header_value: "1" }))],
  ["escapes", (name) => `{"header\\u005fname":"${name.replace("x", "\\u0078")}","header_value":"\\u0031"}`],
  ["lone-surrogate", (name) => `{"header_name":"${name}","header_value":"1","x":"\\ud800","\\udc00":1}`],
  ["struct", (name) => struct({ header_name: name, header_value: "1" })],
  [
    "large-struct",
    (name) =>
      struct({
        response_codes: [200, 201.0],
        header_name: name,
        header_value: "1",
        log_level: "info",
        debug: false,
        headers: [{ name: "x-rule-of-struct", value: 'a "quoted" \\ ü', response_codes: [200] }],
        x: { list: [1, -2.5, 1e20, null, true, "\n", {}, []] },
      }),
  ],
  ["deep", (name) => `{"header_name":"${name}","header_value":"1","x":${"[".repeat(63)}${"]".repeat(63)}}`],
  [
    "one-mb",
    (name) =>
      JSON.stringify({
        headers: [
          { name, value: "1" },
          // Rules for a path that no request here has.
          ...Array.from({ length: 1500 }, (_, index) => ({
            name: `x-${index}`,
            value: "v".repeat(500),
            path_prefix: `/never/${index}`,
            action: "set",
          })),
          { name: "x-last-rule", value: "of a large configuration" },
        ],
      }),
  ],
  ["unknown", (name) => ({ header_name: name, header_value: "1", colour: "red", header: { deep: 1 } })],
];

test("a configuration is taken in every form that Envoy hands over, up to 1 MB", async () => {
  const filters = taken.map(([what, configuration]) => ({
    ...filter(configuration(`x-taken-${what}`)),
    name: what,
  }));
  const large = filters.find(({ name }) => name === "one-mb")!.configuration as string;
  assert.ok(large.length < 1024 * 1024 && large.length > 850_000, String(large.length));
  await withProxy({ filters, componentLogLevels: { wasm: "warning" } }, async (proxy) => {
    const { headers } = await proxy.request();
    await settled();
    for (const { name } of filters) assert.deepEqual(headers.all(`x-taken-${name}`), ["1"], name);
    assert.equal(headers.get("x-last-rule"), "of a large configuration");
    assert.equal(headers.get("x-rule-of-struct"), Buffer.from('a "quoted" \\ ü').toString("latin1"));
    const warnings = new Set(proxy.wasmLog().map(({ level, text }) => `${level} ${text}`));
    assert.deepEqual(
      [...warnings].sort(),
      [
        'warning ["\\udc00"]: is not a known key',
        "warning colour: is not a known key",
        "warning header: is not a known key",
        "warning x: is not a known key",
      ].sort(),
    );
  });
});

suite("the keys of every plugin", () => {
  test("log_level drops the lines below it, and debug lets all through that the host takes", async () => {
    const rule = (name: string, more: object): PluginFilter => ({
      ...filter({ header_name: `x-${name}`, header_value: "1", shadow: true, ...more }),
      name,
    });
    await withProxy(
      {
        filters: [
          rule("plain", {}),
          rule("warn", { log_level: "warn" }),
          rule("trace", { log_level: "trace" }),
          rule("debug", { debug: true }),
          rule("both", { debug: true, log_level: "error" }),
        ],
      },
      async (proxy) => {
        const told = (text: string) => proxy.wasmLog().some((line) => line.text === text);
        await proxy.request();
        await settled();
        for (const name of ["plain", "trace", "debug"]) {
          assert.ok(told(`header_name: x-${name}, header_value: 1`), name);
          assert.ok(told(`shadow: would add header x-${name}`), name);
        }
        for (const name of ["warn", "both"]) {
          assert.equal(told(`header_name: x-${name}, header_value: 1`), false, name);
          assert.equal(told(`shadow: would add header x-${name}`), false, name);
        }
      },
    );
  });

  test("version is logged, and names a gauge with the time at which it went live", async () => {
    const before = Math.floor(Date.now() / 1000);
    await withProxy(
      { filters: [{ ...filter({ ...good, version: "2026-02 rc.1" }), name: "my-plugin" }] },
      async (proxy) => {
        await settled();
        assert.ok(
          proxy
            .wasmLog()
            .some(({ level, text }) => level === "info" && text === "my-plugin: version 2026-02 rc.1"),
        );
        const stats = await proxy.envoy.admin.stats("version");
        const [name, time] = [...stats].find(([key]) => key.endsWith("my-plugin.version.2026-02 rc.1")) ?? [];
        assert.ok(name !== undefined, [...stats.keys()].join("\n"));
        assert.ok(time! >= before && time! <= Date.now() / 1000 + 1, String(time));
      },
    );
  });

  test("shadow changes nothing, and logs what it would have done", async () => {
    const headers = [
      { name: "x-add", value: "1" },
      { name: "x-set", value: "1", action: "set" },
      { name: "x-remove", action: "remove" },
      { name: "x-request", value: "1", on: "request" },
    ];
    await withProxy(
      {
        filters: [filter({ shadow: true, headers })],
        answer: () => ({ headers: { "x-set": "old", "x-remove": "old" }, body: "ok" }),
      },
      async (proxy) => {
        const from = proxy.envoy.log.mark;
        const response = await proxy.request();
        await settled();
        assert.equal(response.headers.has("x-add"), false);
        assert.equal(response.headers.get("x-set"), "old");
        assert.equal(response.headers.get("x-remove"), "old");
        assert.equal(proxy.upstream.last.headers.has("x-request"), false);
        assert.deepEqual(
          proxy.wasmLog(from).map(({ level, text }) => `${level} ${text}`),
          [
            "info shadow: would add header x-request",
            "info shadow: would add header x-add",
            "info shadow: would set header x-set",
            "info shadow: would remove header x-remove",
          ],
        );
      },
    );
  });
});

suite("overrides", () => {
  const settings = (value: string) => ({ header_name: "x-a", header_value: value });
  const configuration = {
    ...settings("base"),
    overrides: [
      { match: { path_prefix: "/off" }, config: null },
      { match: { hosts: ["*.example.com"], path_prefix: "/both" }, config: settings("host and path") },
      { match: { hosts: ["*.example.com", "api.*"] }, config: settings("host") },
      { match: { methods: ["PUT", "DELETE"] }, config: settings("method") },
      { match: { routes: ["special"] }, config: settings("route") },
      { match: { path_prefix: "/api" }, config: settings("first") },
      { match: { path_prefix: "/api/v2" }, config: settings("never: the one before is first") },
      { match: { path_prefix: "/shadow" }, config: { ...settings("shadow"), shadow: true } },
    ],
  };

  test("are chosen by host, path, method and route; the first that matches holds", async () => {
    await withProxy(
      {
        filters: [filter(configuration)],
        routes: [
          { name: "special", path: "/special", cluster: "upstream" },
          { name: "other", cluster: "upstream" },
        ],
      },
      async (proxy) => {
        const value = async (path: string, more: { host?: string; method?: string } = {}) => {
          const { host = "localhost", method = "GET" } = more;
          return (await proxy.request({ path, method, headers: { host } })).headers.all("x-a").join();
        };
        assert.equal(await value("/"), "base");
        assert.equal(await value("/api"), "first");
        assert.equal(await value("/api/v2/x?y=/off"), "first");
        assert.equal(await value("/apix"), "base");
        assert.equal(await value("/special"), "route");
        assert.equal(await value("/special/more"), "base");
        assert.equal(await value("/", { method: "PUT" }), "method");
        assert.equal(await value("/", { method: "POST" }), "base");
        assert.equal(await value("/", { host: "www.EXAMPLE.com:8080" }), "host");
        assert.equal(await value("/", { host: "api.test" }), "host");
        assert.equal(await value("/", { host: "example.com" }), "base");
        assert.equal(await value("/both/x", { host: "a.example.com" }), "host and path");
        assert.equal(await value("/both/x"), "base");
        assert.equal(await value("/shadow"), "");
        assert.equal(await value("/", { method: "DELETE", host: "a.example.com" }), "host");
      },
    );
  });

  test("switch the plugin off with null, under no other spelling of the path than one that means it", async () => {
    await withProxy({ filters: [filter(configuration)] }, async (proxy) => {
      const isOn = async (path: string) => {
        const answer = (
          await proxy.exchange(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
        ).toString();
        assert.match(answer, /^HTTP\/1.1 200/, path);
        return /\r\nx-a: base\r\n/.test(answer);
      };
      for (const path of [
        "/off",
        "/off/",
        "/off/x",
        "/off?x",
        "/off/x/../y",
        "/off/./x",
        "/off/%41",
        "/off/x;y=1",
      ])
        assert.equal(await isOn(path), false, path);
      for (const path of [
        "/off/../ok",
        "/off/..",
        "/off/%2e%2e/ok",
        "/off/%2E%2E%2Fok",
        "/off/..;/ok",
        "/off/..;x=1/ok",
        "/off//../../ok",
        "/off\\..\\ok",
        "/off/%5c..%5c..%5cok",
        "/OFF",
        "/offx",
        "/%6fff",
        "//off",
        "/./off",
        "/x/../off",
        "/off;x",
      ])
        assert.equal(await isOn(path), true, path);
    });
  });

  test("give settings to a path in any of its spellings", async () => {
    await withProxy({ filters: [filter(configuration)] }, async (proxy) => {
      for (const path of [
        "/api/x",
        "//api/x",
        "/%61pi/x",
        "/x/../api",
        "/api;v=1/x",
        "/./api",
        "/api/../x",
      ]) {
        const answer = (
          await proxy.exchange(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
        ).toString();
        assert.match(answer, /\r\nx-a: first\r\n/, path);
      }
    });
  });
});

test("a configuration of nothing but mistakes is refused with no more than 50 lines and a count", async () => {
  const headers = Array.from({ length: 5000 }, () => 1);
  const problems = await problemsOf({ headers });
  assert.equal(problems.length, 51);
  assert.equal(problems[49], "headers[49]: expected an object, got a number");
  assert.match(problems[50]!, /^configuration: and \d+ more problems$/);
});
