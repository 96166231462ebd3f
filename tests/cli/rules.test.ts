import assert from "node:assert/strict";
import { test } from "node:test";
import { callbacks, hostcalls, wasiCalls } from "../../host/abi.js";
import { inspect } from "../../cli/module.js";
import { breaches } from "../../host/rules.js";
import { loadable, pluginWat, wat } from "../support/wat.js";

const of = async (bytes: Promise<Uint8Array>) => breaches(inspect(await bytes));
const said = async (bytes: Promise<Uint8Array>) => (await of(bytes)).join("\n");

/** A function of this signature in the text format: `(param ...) (result ...)`. */
function typed(signature: string): string {
  const [params = "", results = ""] = signature.split("->").map((part) => part.trim());
  return `${params && `(param ${params})`} ${results && `(result ${results})`}`;
}

test("finds nothing in a module that hosts load", async () => {
  assert.deepEqual(await of(pluginWat()), []);
});

test("takes every hostcall and every callback with its own signature", async () => {
  const imports = [...hostcalls].map(([name, type]) => `(import "env" "${name}" (func ${typed(type)}))`);
  const wasi = [...wasiCalls].map(
    ([name, type]) => `(import "wasi_snapshot_preview1" "${name}" (func ${typed(type)}))`,
  );
  const exports = [...callbacks]
    .filter(([name]) => !/^proxy_abi|^_start$|memory_allocate/.test(name))
    .map(([name, type]) => `(func (export "${name}") ${typed(type)} unreachable)`);
  assert.deepEqual(await of(pluginWat(exports.join("\n"), [...imports, ...wasi].join("\n"))), []);
});

test("wants exactly one known ABI marker", async () => {
  const without = await of(wat(`(module ${loadable.memory} ${loadable.allocator})`));
  assert.match(without.join(), /no ABI marker is exported/);
  const two = await of(pluginWat(`(func (export "proxy_abi_version_0_2_0"))`));
  assert.match(two.join(), /more than one ABI marker/);
  const odd = await of(
    wat(`(module (func (export "proxy_abi_version_0_2_100")) ${loadable.memory} ${loadable.allocator})`),
  );
  assert.match(odd.join(), /proxy_abi_version_0_2_100 is unknown to hosts/);
});

test("names the likely cause of an import that no host has", async () => {
  const imported = async (module: string, name: string) =>
    said(pluginWat("", `(import "${module}" "${name}" (func))`));
  assert.match(await imported("env", "abort"), /env\.abort is imported.*abort is not aliased.*"extends"/);
  assert.match(await imported("env", "seed"), /Math\.random is not aliased/);
  assert.match(await imported("env", "console.log"), /console is not aliased/);
  assert.match(await imported("env", "Date.now"), /Date is not aliased/);
  assert.match(await imported("env", "proxy_get_configuration"), /belongs to ABI 0\.1\.0/);
  assert.match(await imported("wasi_snapshot_preview1", "path_open"), /of WASI, hosts document/);
  assert.match(await imported("index", "helper"), /index\.helper is imported, and no host has it/);
});

test("wants imports with the host's own types", async () => {
  const found = await of(pluginWat("", `(import "env" "proxy_log" (func (param i32 i64 i32) (result i32)))`));
  assert.deepEqual(found, [
    "env.proxy_log is imported as (i32 i64 i32 -> i32), hosts have (i32 i32 i32 -> i32)",
  ]);
});

test("refuses an import of 0.2.1 in a module of 0.2.0", async () => {
  const fields = `(func (export "proxy_abi_version_0_2_0")) ${loadable.memory} ${loadable.allocator}`;
  const found = await of(
    wat(`(module (import "env" "proxy_get_log_level" (func (param i32) (result i32))) ${fields})`),
  );
  assert.match(found.join(), /proxy_get_log_level.*0_2_1 only/);
});

test("refuses imported globals", async () => {
  assert.match(await said(pluginWat("", `(import "env" "limit" (global i32))`)), /imports a global/);
});

test("refuses a start section", async () => {
  assert.match(await said(pluginWat("(func $top) (start $top)")), /start section.*--exportStart _initialize/);
});

test("refuses _start beside _initialize", async () => {
  const both = pluginWat(`(func (export "_start")) (func (export "_initialize"))`);
  assert.match(await said(both), /both _initialize and _start/);
});

test("wants an allocator and an exported memory", async () => {
  assert.match(await said(wat(`(module ${loadable.marker} ${loadable.memory})`)), /no allocator is exported/);
  assert.match(await said(wat(`(module ${loadable.marker} ${loadable.allocator})`)), /no memory is exported/);
  const malloc = `(func (export "malloc") (param i32) (result i32) (i32.const 0))`;
  assert.deepEqual(await of(wat(`(module ${loadable.marker} ${loadable.memory} ${malloc})`)), []);
});

test("wants callbacks with the types that hosts call", async () => {
  const found = await of(pluginWat(`(func (export "proxy_on_tick") (param i32 i32))`));
  assert.deepEqual(found, ["proxy_on_tick is exported as (i32 i32 ->), hosts call it as (i32 ->)"]);
});

test("notices a callback that is spelt wrong", async () => {
  assert.match(await said(pluginWat(`(func (export "proxy_on_request_header"))`)), /no host calls it/);
});
