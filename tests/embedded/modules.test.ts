import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { LoadError, ProxyWasmHost } from "../../host/index.js";
import { loadable, pluginWat, wat } from "../support/wat.js";

/** Why a module is not loaded. */
async function refusal(wasm: Uint8Array | Promise<Uint8Array>): Promise<string> {
  const error = await ProxyWasmHost.load(await wasm).then(
    () => assert.fail("it was loaded"),
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof LoadError, String(error));
  return error.message;
}

const { marker, memory, allocator } = loadable;
const log = `(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))`;

suite("a module is refused in Envoy's words, with a hint", () => {
  test("that is none", async () => {
    assert.match(await refusal(new Uint8Array([1, 2, 3])), /^Failed to load Wasm code \(not a WebAssembly/);
    const cut = (await pluginWat()).slice(0, 40);
    assert.match(await refusal(cut), /^Failed to load Wasm/);
  });

  test("without a marker, or with one of a version that hosts do not know", async () => {
    const expected = /^Missing or unknown Proxy-Wasm ABI version \(hosts know proxy_abi_version_0_1_0/;
    assert.match(await refusal(wat(`(module ${memory} ${allocator})`)), expected);
    const other = `(func (export "proxy_abi_version_0_2_100"))`;
    assert.match(await refusal(wat(`(module ${memory} ${allocator} ${other})`)), expected);
  });

  test("for each import that hosts do not have", async () => {
    const message = await refusal(
      pluginWat("", `(import "env" "abort" (func)) (import "wasi_snapshot_preview1" "path_teleport" (func))`),
    );
    assert.match(message, /missing import: env\.abort \(abort is not aliased; compile with/);
    assert.match(message, /missing import: wasi_snapshot_preview1\.path_teleport \(of WASI/);
    const global = await refusal(pluginWat("", `(import "env" "g" (global i32))`));
    assert.match(global, /missing import: env\.g \(hosts offer no globals\)/);
  });

  test("for an import of another version of the ABI", async () => {
    const old = await refusal(pluginWat("", `(import "env" "proxy_continue_request" (func (result i32)))`));
    assert.match(old, /missing import: env\.proxy_continue_request \(it belongs to ABI 0\.1\.0/);
    const younger = await refusal(
      wat(`(module (import "env" "proxy_get_log_level" (func (param i32) (result i32)))
        ${memory} ${allocator} (func (export "proxy_abi_version_0_2_0")))`),
    );
    assert.match(younger, /missing import: env\.proxy_get_log_level/);
  });

  test("for a wrong signature, of an import or of a callback", async () => {
    const imported = await refusal(pluginWat("", `(import "env" "proxy_log" (func (param i32)))`));
    assert.match(
      imported,
      /import type mismatch: env\.proxy_log, want: i32 -> void, but host exports: i32 i32 i32 -> i32/,
    );
    const exported = await refusal(pluginWat(`(func (export "proxy_on_tick") (param i64))`));
    assert.match(
      exported,
      /Bad function signature for: proxy_on_tick, want: i32 -> void, but the module exports: i64 -> void/,
    );
  });

  test("without a memory or an allocator", async () => {
    assert.match(
      await refusal(wat(`(module ${marker} ${memory})`)),
      /Wasm module is missing malloc function/,
    );
    assert.match(await refusal(wat(`(module ${marker} ${allocator})`)), /no memory is exported/);
  });

  test("whose start section calls the host, or traps", async () => {
    const calls = `(func $s (drop (call $log (i32.const 2) (i32.const 0) (i32.const 0)))) (start $s)`;
    const message = await refusal(pluginWat(calls, log));
    assert.match(message, /proxy_log was called by the start section, which crashes Envoy/);
    assert.match(message, /--exportStart _initialize/);
    assert.match(await refusal(pluginWat(`(func $s unreachable) (start $s)`)), /unreachable/);
  });

  test("that traps while it starts, or calls then what it may not", async () => {
    const trap = await refusal(pluginWat(`(func (export "_initialize") unreachable)`));
    assert.match(
      trap,
      /Function: _initialize failed: Uncaught RuntimeError: unreachable\nFailed to initialize/,
    );
    const tick = `(import "env" "proxy_set_tick_period_milliseconds" (func $t (param i32) (result i32)))`;
    const body = `(func (export "_initialize") (drop (call $t (i32.const 1))))`;
    assert.match(
      await refusal(pluginWat(body, tick)),
      /Function: _initialize failed: Uncaught Error: restricted_callback/,
    );
  });

  test("whose memory is larger from the start than hosts give", async () => {
    const large = wat(`(module ${marker} (memory (export "memory") 20000) ${allocator})`);
    assert.match(await refusal(large), /20000 pages is more than the 16384 that hosts give/);
  });
});

suite("a module is loaded", () => {
  test("that has a start section which keeps to itself", async () => {
    const host = await ProxyWasmHost.load(
      await pluginWat(
        `(global $g (mut i32) (i32.const 0)) (func $s (global.set $g (i32.const 1))) (start $s)`,
      ),
    );
    assert.equal(host.configured, true);
  });

  test("that was compiled before", async () => {
    const module = await WebAssembly.compile((await pluginWat()) as BufferSource);
    assert.equal((await ProxyWasmHost.load(module)).configured, true);
    const bare = await WebAssembly.compile((await wat("(module)")) as BufferSource);
    await assert.rejects(ProxyWasmHost.load(bare), LoadError);
  });

  test("that imports its memory and its table, and WASI's functions for files", async () => {
    const host = await ProxyWasmHost.load(
      await wat(`(module (import "env" "memory" (memory 1 2)) (import "env" "table" (table 0 funcref))
        (import "wasi_snapshot_preview1" "fd_readdir" (func (param i32 i32 i32 i64 i32) (result i32)))
        (import "wasi_unstable" "sched_yield" (func (result i32))) ${log}
        ${marker} ${allocator} (func (export "_start") (drop (call $log (i32.const 2) (i32.const 8) (i32.const 2)))) (data (i32.const 8) "hi"))`),
    );
    // The VM that is tried, the canary's and the worker's.
    assert.deepEqual(
      host.logs.map(({ message }) => message),
      ["hi", "hi", "hi"],
    );
  });

  test("of ABI 0.1.0: without the end of headers, with its own hostcalls, absent fields empty", async () => {
    const i32 = (count: number) => "i32 ".repeat(count);
    const imported = (name: string, count: number) =>
      `(import "env" "proxy_${name}" (func $${name} (param ${i32(count)}) (result i32)))`;
    const host = await ProxyWasmHost.load(
      await wat(`(module ${log} ${imported("get_configuration", 2)} ${imported("get_header_map_value", 5)}
        (import "env" "proxy_continue_request" (func $go (result i32)))
        (import "env" "proxy_clear_route_cache" (func $clear (result i32)))
        ${memory} ${allocator} (func (export "proxy_abi_version_0_1_0")) (data (i32.const 8) "x-none")
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
          (drop (call $get_configuration (i32.const 32) (i32.const 36)))
          (drop (call $log (i32.const 2) (i32.load (i32.const 32)) (i32.load (i32.const 36)))) (i32.const 1))
        (func (export "proxy_on_request_headers") (param i32 i32) (result i32)
          (if (call $get_header_map_value (i32.const 0) (i32.const 8) (i32.const 6) (i32.const 32) (i32.const 36))
            (then (unreachable)))
          (drop (call $go)) (drop (call $clear)) (i32.const 1)))`),
      { pluginConfig: "old" },
    );
    assert.ok(host.logs.some(({ message }) => message === "old"));
    const r = host.stream().requestHeaders([[":path", "/"]], true);
    assert.deepEqual([r.trap, r.headersSent], [undefined, true]);
  });
});

suite("memory", () => {
  test("ends at 1 GiB: one that grows without end traps, and the host goes on", async () => {
    const grower = `(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (loop $more
        (br_if $more (i32.ne (memory.grow (i32.const 4096)) (i32.const -1))))
      (if (i32.gt_u (memory.size) (i32.const 16384)) (then (return (i32.const 0))))
      unreachable)`;
    const host = await ProxyWasmHost.load(await pluginWat(grower), { failurePolicy: "FAIL_OPEN" });
    const exchange = await host.fetch();
    assert.equal(exchange.status, 503);
    assert.match(exchange.trap!.message, /unreachable/);
    assert.equal((await host.fetch()).status, 200);
  });

  test("out of reach is refused, and an allocator that has none left or traps is an error of the hostcall", async () => {
    const property = `(import "env" "proxy_get_property" (func $get (param i32 i32 i32 i32) (result i32)))`;
    for (const [body, expected] of [
      ["(i32.const 0)", 6],
      ["unreachable", 6],
      ["(i32.const 70000)", 6],
      ["(i32.const 64)", 0],
    ] as const) {
      const host = await ProxyWasmHost.load(
        await wat(`(module ${property} ${marker} ${memory} (data (i32.const 8) "plugin_name")
          (func (export "malloc") (param i32) (result i32) ${body})
          (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (i32.eq (call $get (i32.const 8) (i32.const 11) (i32.const 32) (i32.const 36)) (i32.const ${expected}))))`),
        { pluginName: "name" },
      );
      assert.equal(host.configured, true, body);
      assert.equal((await host.fetch()).status, body === "unreachable" ? 503 : 200);
    }
  });

  test("is not asked for by a hostcall while it allocates", async () => {
    const host = await ProxyWasmHost.load(
      await wat(`(module
        (import "env" "proxy_get_property" (func $get (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_done" (func $done (result i32)))
        ${marker} ${memory} (data (i32.const 8) "plugin_name")
        (func (export "malloc") (param i32) (result i32) (call $done))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
          (drop (call $get (i32.const 8) (i32.const 11) (i32.const 32) (i32.const 36))) (i32.const 1)))`),
      { pluginName: "name" },
    );
    assert.equal((await host.fetch()).status, 503);
    assert.ok(
      host.logs.some(({ message }) =>
        /Function: malloc failed: Uncaught Error: restricted_callback/.test(message),
      ),
    );
  });
});
