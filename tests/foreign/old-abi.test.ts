import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { wat } from "../support/wat.js";
import {
  type HostUnderTest,
  withEmbeddedHost,
  withEnvoy,
  withReverseProxy,
  withSurroundings,
} from "./hosts.js";

const imported = (name: string, params: number) =>
  `(import "env" "proxy_${name}" (func $${name} (param ${"i32 ".repeat(params)}) (result i32)))`;

const texts = [
  "x-none",
  "absent: ok, empty",
  "absent: an error",
  "log / ",
  "x-old",
  "1",
  "headers of the request",
];
const at = (text: string) => 64 + 64 * texts.indexOf(text);
const given = (text: string) => `(i32.const ${at(text)}) (i32.const ${text.length})`;
const say = (text: string) => `(drop (call $log (i32.const 2) ${given(text)}))`;

/** What ABI 0.1.0 has in ways of its own: hostcalls without arguments, headers without their end, absent fields. */
const old = () =>
  wat(`(module ${imported("log", 3)} ${imported("get_configuration", 2)} ${imported("get_header_map_value", 5)}
    ${imported("replace_header_map_value", 5)} ${imported("continue_request", 0)} ${imported("continue_response", 0)}
    ${imported("clear_route_cache", 0)} ${imported("set_effective_context", 1)}
    (memory (export "memory") 1) (func (export "proxy_abi_version_0_1_0"))
    (func (export "malloc") (param i32) (result i32) (i32.const 4096))
    ${texts.map((text) => `(data (i32.const ${at(text)}) "${text}")`).join(" ")}
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (drop (call $get_configuration (i32.const 32) (i32.const 36)))
      (drop (call $log (i32.const 2) (i32.load (i32.const 32)) (i32.load (i32.const 36)))) (i32.const 1))
    (func (export "proxy_on_request_headers") (param i32 i32) (result i32)
      ${say("headers of the request")} (i32.store (i32.const 36) (i32.const 7))
      (if (call $get_header_map_value (i32.const 0) ${given("x-none")} (i32.const 32) (i32.const 36))
        (then ${say("absent: an error")})
        (else (if (i32.eqz (i32.load (i32.const 36))) (then ${say("absent: ok, empty")}))))
      (drop (call $replace_header_map_value (i32.const 0) ${given("x-old")} ${given("1")}))
      (drop (call $clear_route_cache)) (drop (call $continue_request)) (i32.const 1))
    (func (export "proxy_on_response_headers") (param i32 i32) (result i32)
      (drop (call $replace_header_map_value (i32.const 2) ${given("x-old")} ${given("1")}))
      (i32.const 0))
    (func (export "proxy_on_done") (param i32) (result i32) (i32.const 1))
    (func (export "proxy_on_log") (param i32) ${say("log / ")}))`);

test("a module of ABI 0.1.0 does the same on the embedded host as in Envoy", async () => {
  const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-old-"));
  try {
    const file = join(folder, "old.wasm");
    await writeFile(file, await old());
    const show = async (host: HostUnderTest) => [
      host.beginning,
      await host.send({ path: "/" }),
      await host.send({ path: "/", headers: [["x-none", ""]] }),
    ];
    await withSurroundings(async (around) => {
      let expected: unknown;
      await withEnvoy(file, around, async (host) => void (expected = await show(host)));
      const text = JSON.stringify(expected);
      for (const seen of ["info grüße", "absent: ok, empty", '"x-old: 1"'])
        assert.ok(text.includes(seen), text);
      await withEmbeddedHost(file, async (host) => assert.deepEqual(await show(host), expected));
      await withReverseProxy(file, around, async (host) => assert.deepEqual(await show(host), expected));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
