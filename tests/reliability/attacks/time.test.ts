import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { ProxyWasmHost } from "../../../host/index.js";
import { plugin } from "../../envoy/harness.js";

type Fields = [string, string][];

/** What a plugin reads, made hostile, for a size. */
interface Hostile {
  plugin: string;
  configuration: Record<string, unknown>;
  of: (size: number) => { path?: string; fields?: Fields; body?: string };
  small: number;
}

const json = {
  request: { body: { json: { set: { "a.b": 1 }, remove: ["c[0].d"], rename: { e: "f" } } } },
  max_body_size_bytes: 1 << 20,
};
const jwt = {
  jwks: { keys: [{ kty: "oct", alg: "HS256", k: Buffer.alloc(32, 7).toString("base64url") }] },
  max_token_size_bytes: 65_536,
};
const body = (make: (size: number) => string): Hostile => ({
  plugin: "transform",
  configuration: json,
  of: (size) => ({ fields: [["content-type", "application/json"]], body: make(size) }),
  small: 8_000,
});
const path = (
  name: string,
  configuration: Record<string, unknown>,
  make: (size: number) => string,
): Hostile => ({
  plugin: name,
  configuration,
  of: (size) => ({ path: make(size) }),
  small: 4_000,
});
const rules = [{ prefix: "/admin", request_methods: ["*"], credentials: ["a:b"] }];
const basic = { basic_auth_rules: [{ ...rules[0], prefix: "/" }] };

/** Texts at which readers that go back, or that look through what they have, take more than their length. */
const hostile: Record<string, Hostile> = {
  "JSON of lists in lists": body((size) => "[".repeat(size)),
  "JSON of objects in objects": body((size) => '{"a":'.repeat(size / 5)),
  "JSON of keys that are all the same": body((size) => `{${'"a":1,'.repeat(size / 6)}"a":1}`),
  "JSON of keys that all differ": body(
    (size) => `{${Array.from({ length: size / 12 }, (_, n) => `"k${n}":1`).join()}}`,
  ),
  "JSON of keys that nearly match": body((size) => `{${'"a":{"c":1},'.repeat(size / 13)}"e":1}`),
  "JSON of escapes": body((size) => `{"a":"${"\\u0061\\\\".repeat(size / 8)}"}`),
  "JSON of a number without end": body((size) => `{"a":1${"0".repeat(size)}}`),
  "JSON of an exponent without end": body((size) => `{"a":1e${"9".repeat(size)}}`),
  "JSON of white space": body((size) => `{${" ".repeat(size)}"a":1}`),
  "JSON of a text that never ends": body((size) => `{"a":"${"\\".repeat(size)}`),
  "a path of dots": path("basic-auth", { basic_auth_rules: rules }, (size) => "/a/..".repeat(size / 5)),
  "a path of slashes": path("basic-auth", { basic_auth_rules: rules }, (size) => "/".repeat(size)),
  "a path of percent signs": path(
    "basic-auth",
    { basic_auth_rules: rules },
    (size) => `/${"%25".repeat(size / 3)}`,
  ),
  "a path of segments up and down": path(
    "rate-limit",
    { requests_per_second: 1e9, key_type: "path" },
    (size) => "/a/b/../..".repeat(size / 10),
  ),
  "a query of parameters": path(
    "transform",
    { request: { query: { set: [["z", "1"]], remove: ["y"], rename: [["x", "w"]] } } },
    (size) => `/?${"x&y=1&".repeat(size / 6)}`,
  ),
  "a path for an expression that doubles": path(
    "transform",
    { request: { path: { regex: ["(a|a?)+(a*)*b", "x"] } } },
    (size) => `/${"a".repeat(size)}`,
  ),
  "credentials in base64": {
    plugin: "basic-auth",
    configuration: basic,
    of: (size) => ({ fields: [["authorization", `Basic ${"YWFh".repeat(size / 4)}`]] }),
    small: 4_000,
  },
  "a token of dots": {
    plugin: "jwt-validator",
    configuration: jwt,
    of: (size) => ({ fields: [["authorization", `Bearer ${".".repeat(size)}`]] }),
    small: 4_000,
  },
  "a token's header of lists": {
    plugin: "jwt-validator",
    configuration: jwt,
    of: (size) => ({
      fields: [["authorization", `Bearer ${Buffer.from("[".repeat(size / 2)).toString("base64url")}.e30.AA`]],
    }),
    small: 4_000,
  },
  cookies: {
    plugin: "jwt-validator",
    configuration: { ...jwt, from_cookies: ["t"] },
    of: (size) => ({ fields: [["cookie", "t;T=1; ".repeat(size / 7)]] }),
    small: 4_000,
  },
  "cache-control of commas": {
    plugin: "cache",
    configuration: {},
    of: (size) => ({ fields: [["cache-control", ',a="'.repeat(size / 4)]] }),
    small: 4_000,
  },
  "entity tags without end": {
    plugin: "cache",
    configuration: {},
    of: (size) => ({ fields: [["if-none-match", 'W/"a", '.repeat(size / 7)]] }),
    small: 4_000,
  },
};

const factor = 8;

/** The least time of several that a request takes, in milliseconds: what interrupts it only adds. */
function timeOf(
  host: ProxyWasmHost,
  { path: target = "/", fields = [], body: text }: ReturnType<Hostile["of"]>,
): number {
  let least = Infinity;
  for (let round = 0; round < 7; round++) {
    const stream = host.stream();
    const head: Fields = [
      [":method", text === undefined ? "GET" : "POST"],
      [":path", target],
      [":authority", "a"],
      ...fields,
    ];
    const begun = performance.now();
    stream.requestHeaders(head, text === undefined);
    if (text !== undefined) stream.requestBody(text, true);
    least = Math.min(least, performance.now() - begun);
    stream.close();
  }
  return least;
}

suite(`what is ${factor} times as long takes about ${factor} times as long at most:`, () => {
  for (const [name, { plugin: folder, configuration, of, small }] of Object.entries(hostile)) {
    test(name, async (t) => {
      const pluginConfig = JSON.stringify({ log_level: "critical", ...configuration });
      const host = await ProxyWasmHost.load(await readFile(await plugin(folder)), { pluginConfig });
      assert.equal(host.configured, true);
      timeOf(host, of(small));
      const [short, long] = [timeOf(host, of(small)), timeOf(host, of(small * factor))];
      assert.ok(!host.logs.some(({ message }) => message.startsWith("Function: ")), "it trapped");
      host.destroy();
      t.diagnostic(
        `${small} characters ${short.toFixed(3)} ms, ${small * factor} characters ${long.toFixed(3)} ms`,
      );
      // What goes with the square would take 64 times as long; what takes microseconds is too short to compare.
      assert.ok(long < Math.max(short * factor * 3, 2), `${short} and ${long} ms`);
    });
  }
});
