// `node tests/cli/mutants.mjs <folder> <module>...` writes modules with something wrong about them, or nearly so, and
// prints their names. A program of its own in plain JavaScript: tsx would translate the 15 MB of binaryen.
import { Buffer } from "node:buffer";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import binaryen from "binaryen";

const marker = `(func (export "proxy_abi_version_0_2_1"))`;
const memory = `(memory (export "memory") 1)`;
const allocator = `(func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))`;

/** A feature that binaryen's types do not name. */
const compactImports = 1 << 26;

/** Everything but what changes the form of every module. */
const features = binaryen.Features.All & ~compactImports;

/** @param {string} text @param {number} [more] */
function wat(text, more = features) {
  const module = binaryen.parseText(text);
  module.setFeatures(more);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** A loadable module with these fields more. @param {string} fields @param {string} imports */
const plugin = (fields, imports = "") =>
  wat(`(module ${imports} ${marker} ${memory} ${allocator} ${fields})`);

/** Code that runs when the module starts. @param {string} code @param {string} fields */
const initialising = (code, fields = "") => plugin(`${fields} (func (export "_initialize") ${code})`);

/** @typedef {any} Module */

const { i32, i64, none } = binaryen;
/** @param {number} count */
const params = (count) => binaryen.createType(Array(count).fill(i32));

/** @param {Module} m @param {string} name @param {string} as @param {string} kind */
function rename(m, name, as, kind = "Function") {
  const info = binaryen.getExportInfo(m.getExport(name));
  m.removeExport(name);
  m[`add${kind}Export`](info.value, as);
}

/** Imports that are called by nothing stay. @type {(module: string, name: string, from?: number, to?: number) => (m: Module) => void} */
const importing =
  (module, name, from = none, to = none) =>
  (m) =>
    m.addFunctionImport(`added ${name}`, module, name, from, to);

/** @type {(name: string, from: number, to: number, body: (m: Module) => number) => (m: Module) => void} */
const exporting = (name, from, to, body) => (m) => {
  if (m.getExport(name)) m.removeExport(name);
  m.addFunction(`added ${name}`, from, to, [], body(m));
  m.addFunctionExport(`added ${name}`, name);
};

/** @param {Module} m */
const nothing = (m) => m.nop();
/** @param {Module} m */
const trap = (m) => m.unreachable();
/** @type {(value: number) => (m: Module) => number} */
const giving = (value) => (m) => m.i32.const(value);

/** What is done to a good module. @type {Record<string, (m: Module) => void>} */
const changes = {
  untouched: () => {},
  "without its marker": (m) => m.removeExport("proxy_abi_version_0_2_1"),
  "with the marker of another host": (m) => rename(m, "proxy_abi_version_0_2_1", "proxy_abi_version_0_2_100"),
  "with the marker 0.2.0": (m) => rename(m, "proxy_abi_version_0_2_1", "proxy_abi_version_0_2_0"),
  "with the marker 0.1.0": (m) => rename(m, "proxy_abi_version_0_2_1", "proxy_abi_version_0_1_0"),
  "with a marker 0.3.0": (m) => rename(m, "proxy_abi_version_0_2_1", "proxy_abi_version_0_3_0"),
  "with two markers": exporting("proxy_abi_version_0_2_0", none, none, nothing),
  "with an old marker behind the new": exporting("proxy_abi_version_0_1_0", none, none, nothing),
  "without an allocator": (m) => m.removeExport("proxy_on_memory_allocate"),
  "with malloc in place of the allocator": (m) => rename(m, "proxy_on_memory_allocate", "malloc"),
  "with an allocator of i64": exporting("proxy_on_memory_allocate", i64, i32, giving(0)),
  "without an exported memory": (m) => m.removeExport("memory"),
  "with a memory of another name": (m) => rename(m, "memory", "mem", "Memory"),
  "with abort": importing("env", "abort", params(4)),
  "with seed": importing("env", "seed", none, binaryen.f64),
  "with trace": importing("env", "trace", params(3)),
  "with console.log": importing("env", "console.log", i32),
  "with Date.now": importing("env", "Date.now", none, binaryen.f64),
  "with a hostcall of 0.1.0": importing("env", "proxy_get_configuration", params(2), i32),
  "with a hostcall that is spelt wrong": importing("env", "proxy_get_header_map_values", params(5), i32),
  "with a hostcall from another module": importing("host", "proxy_log", params(3), i32),
  "with a hostcall of another type": importing("env", "proxy_get_property", params(3), i32),
  "with a hostcall without its result": importing("env", "proxy_done", none, none),
  "with the log level's hostcall": importing("env", "proxy_get_log_level", i32, i32),
  "with the log level's hostcall, at 0.2.0": (m) => {
    rename(m, "proxy_abi_version_0_2_1", "proxy_abi_version_0_2_0");
    importing("env", "proxy_get_log_level", i32, i32)(m);
  },
  "with Envoy's resolver": importing("env", "envoy_resolve_dns", params(3), i32),
  "with path_open of WASI": importing(
    "wasi_snapshot_preview1",
    "path_open",
    binaryen.createType([i32, i32, i32, i32, i32, i64, i64, i32, i32]),
    i32,
  ),
  "with fd_write of another type": importing("wasi_snapshot_preview1", "fd_write", params(3), i32),
  "with proc_raise of WASI": importing("wasi_snapshot_preview1", "proc_raise", i32, i32),
  "with the second preview of WASI": importing("wasi:cli/environment@0.2.0", "get-environment", i32),
  "with wasm-bindgen": importing("__wbindgen_placeholder__", "__wbindgen_throw", params(2)),
  "with Go's own": importing("gojs", "runtime.wasmExit", i32),
  "with Emscripten's own": importing("env", "emscripten_resize_heap", i32, i32),
  "with Emscripten's memory growth": importing("env", "emscripten_notify_memory_growth", i32),
  "with a global as an import": (m) => m.addGlobalImport("g", "env", "limit", i32, false),
  "with a tag as an import": (m) => m.addTagImport("t", "env", "error", none, none),
  "with a callback of two parameters": exporting("proxy_on_response_headers", params(2), i32, giving(0)),
  "with a callback without its result": exporting("proxy_on_response_headers", params(3), none, nothing),
  "with a callback that is spelt wrong": (m) =>
    rename(m, "proxy_on_response_headers", "proxy_on_response_header"),
  "with a callback of later drafts": (m) =>
    rename(m, "proxy_on_response_headers", "proxy_on_http_response_headers"),
  "with a start section": (m) => {
    m.addFunction("start", none, none, [], m.nop());
    m.setStart(m.getFunction("start"));
  },
  "with a start section that traps": (m) => {
    m.addFunction("start", none, none, [], m.unreachable());
    m.setStart(m.getFunction("start"));
  },
  "with _initialize as a start section": (m) => {
    const { value } = binaryen.getExportInfo(m.getExport("_initialize"));
    m.removeExport("_initialize");
    m.setStart(m.getFunction(value));
  },
  "without _initialize": (m) => m.removeExport("_initialize"),
  "with _start in place of _initialize": (m) => rename(m, "_initialize", "_start"),
  "with _start beside _initialize": exporting("_start", none, none, trap),
  "with an _initialize that traps": exporting("_initialize", none, none, trap),
  "with a main that traps": exporting("main", params(2), i32, trap),
  "with a main of another type": exporting("main", none, none, nothing),
  "with a vm_start that refuses": exporting("proxy_on_vm_start", params(2), i32, giving(0)),
  "with a vm_start that traps": exporting("proxy_on_vm_start", params(2), i32, trap),
  "with a configure that refuses": exporting("proxy_on_configure", params(2), i32, giving(0)),
  "with a configure that traps": exporting("proxy_on_configure", params(2), i32, trap),
  "with a context_create that traps": exporting("proxy_on_context_create", params(2), none, trap),
  "with a configure that loops over its memory": exporting("proxy_on_configure", params(2), i32, (m) =>
    m.i32.load(0, 4, m.i32.const(-8)),
  ),
};

/** Whole modules, mostly to see which of WebAssembly's features a host knows. @type {Record<string, () => Uint8Array>} */
const whole = {
  "a memory of 1 GiB": () => wat(`(module ${marker} ${allocator} (memory (export "memory") 16384))`),
  "a memory of more than 1 GiB": () =>
    wat(`(module ${marker} ${allocator} (memory (export "memory") 16385))`),
  "a memory as an import": () => wat(`(module (import "env" "memory" (memory 1)) ${marker} ${allocator})`),
  "a table as an import": () => plugin("", `(import "env" "table" (table 1 funcref))`),
  "a table of 10,000,000 entries": () => plugin("(table 10000000 funcref)"),
  "a table of too many entries": () => plugin("(table 10000001 funcref)"),
  "data beyond the memory": () => plugin(`(data (i32.const 65530) "too long a text")`),
  "elements beyond the table": () => plugin(`(table 1 funcref) (func $f) (elem (i32.const 1) $f)`),
  "a passive segment that is copied from beyond its end": () =>
    initialising(`(memory.init $d (i32.const 0) (i32.const 0) (i32.const 9))`, `(data $d "short")`),
  "a division by zero at the start": () => initialising(`(drop (i32.div_u (i32.const 1) (i32.const 0)))`),
  "a recursion without end at the start": () =>
    initialising(
      `(drop (call $deep (i64.const 1)))`,
      `(func $deep (param i64) (result i64) (i64.add (call $deep (local.get 0)) (i64.const 1)))`,
    ),
  "a hostcall at the start that is not allowed there": () =>
    plugin(
      `(func (export "_initialize") (drop (call $tick (i32.const 1))))`,
      `(import "env" "proxy_set_tick_period_milliseconds" (func $tick (param i32) (result i32)))`,
    ),
  SIMD: () => initialising(`(drop (i32x4.add (v128.const i32x4 1 2 3 4) (v128.const i32x4 1 2 3 4)))`),
  "relaxed SIMD": () =>
    initialising(`(drop (i8x16.relaxed_swizzle (v128.const i32x4 1 2 3 4) (v128.const i32x4 1 2 3 4)))`),
  "a shared memory": () => wat(`(module ${marker} ${allocator} (memory (export "memory") 1 2 shared))`),
  "atomic operations": () => initialising(`(drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))`),
  "tail calls": () => plugin(`(func $f) (func (export "_initialize") (return_call $f))`),
  "multiple values": () =>
    initialising(`(tuple.drop 2 (call $two))`, `(func $two (result i32 i32) (i32.const 1) (i32.const 2))`),
  "reference types": () =>
    plugin(`(func (export "held") (param externref) (result externref) (local.get 0))`),
  "garbage collected types": () =>
    plugin(
      `(type $s (struct (field i32))) (func (export "_initialize") (drop (struct.new $s (i32.const 1))))`,
    ),
  "typed function references": () =>
    plugin(
      `(type $f (func)) (elem declare func $g) (func $g) (func (export "_initialize") (call_ref $f (ref.func $g)))`,
    ),
  "exceptions of the older form": () =>
    plugin(`(tag $t) (func (export "_initialize") (try (do (throw $t)) (catch $t)))`),
  exceptions: () =>
    plugin(`(tag $t) (func (export "_initialize") (block $b (try_table (catch $t $b) (throw $t))))`),
  "an exception that nothing catches": () => plugin(`(tag $t) (func (export "_initialize") (throw $t))`),
  "a memory of 64 bits": () => wat(`(module ${marker} ${allocator} (memory (export "memory") i64 1))`),
  "a table of 64 bits": () => plugin(`(table i64 1 funcref)`),
  "two memories": () => plugin(`(memory 1)`),
  "constants that are computed": () => plugin(`(global $g i32 (i32.add (i32.const 1) (i32.const 2)))`),
  "strings as references": () => plugin(`(func (export "held") (param stringref))`),
  "floats of 16 bits": () => initialising(`(drop (f16x8.splat (f32.const 1)))`),
  "stack switching": () =>
    plugin(`(type $f (func)) (type $c (cont $f)) (elem declare func $g) (func $g)
      (func (export "_initialize") (drop (cont.new $c (ref.func $g))))`),
  "pages of one byte": () =>
    wat(`(module ${marker} ${allocator} (memory (export "memory") 65536 (pagesize 1)))`),
  "wide arithmetic": () => initialising(`(tuple.drop 2 (i64.mul_wide_u (i64.const 1) (i64.const 2)))`),
  "numbers that are cut to fit": () => initialising(`(drop (i32.trunc_sat_f32_s (f32.const 1e20)))`),
  "tables that are grown": () =>
    initialising(`(drop (table.grow $t (ref.null func) (i32.const 1)))`, `(table $t 1 funcref)`),
  "imports in the compact form": () =>
    wat(
      `(module (import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))
        (import "env" "proxy_done" (func (result i32))) ${marker} ${memory} ${allocator})`,
      binaryen.Features.All,
    ),
};

/** A section with its size in one byte. @param {number} id @param {number[]} content */
const section = (id, content) => [id, content.length, ...content];
/** @param {string} text */
const text = (text) => [text.length, ...Buffer.from(text)];
/** @param {Uint8Array} bytes @param {number[]} more */
const append = (bytes, ...more) => Uint8Array.from([...bytes, ...more]);

/** What is done to the bytes of a small module. @type {Record<string, (bytes: Uint8Array) => Uint8Array>} */
const wounds = {
  "cut in the middle": (bytes) => bytes.slice(0, bytes.length >> 1),
  "cut before its last byte": (bytes) => bytes.slice(0, -1),
  "with bytes behind its end": (bytes) => append(bytes, 0xff, 0xff),
  "with one byte behind its end": (bytes) => append(bytes, 0),
  "with another version": (bytes) => bytes.map((byte, i) => (i === 4 ? 2 : byte)),
  "with a section of an unknown kind": (bytes) => append(bytes, ...section(64, [1, 2, 3])),
  "with a section twice": (bytes) => append(bytes, ...section(1, [1, 0x60, 0, 0])),
  "with a custom section": (bytes) => append(bytes, ...section(0, [...text("mine"), 1, 2, 3])),
  "with a custom section without a name": (bytes) => append(bytes, 0, 0),
  "with a custom section whose name is too long": (bytes) => append(bytes, ...section(0, [40, 1])),
  "with a name section": (bytes) => append(bytes, ...section(0, [...text("name"), 1, 4, 1, 0, ...text("f")])),
  "with a name section that is cut": (bytes) => append(bytes, ...section(0, [...text("name"), 1, 40, 1])),
  "with a name section whose count is too high": (bytes) =>
    append(bytes, ...section(0, [...text("name"), 1, 4, 9, 0, 1, 102])),
  "with a name section of unknown parts": (bytes) =>
    append(bytes, ...section(0, [...text("name"), 77, 2, 1, 1])),
  "with names in an invalid encoding": (bytes) =>
    append(bytes, ...section(0, [...text("name"), 1, 5, 1, 0, 2, 0xff, 0xfe])),
  "with a precompiled section": (bytes) => append(bytes, ...section(0, [...text("precompiled_test"), 1, 2])),
  "with a source map's address": (bytes) =>
    append(bytes, ...section(0, [...text("sourceMappingURL"), ...text("./x.map")])),
  "with a DWARF section": (bytes) => append(bytes, ...section(0, [...text(".debug_info"), 1, 2, 3])),
  "with an opcode that does not exist": (bytes) => bytes.with(bytes.length - 2, 0xff),
};

const [folder, ...goods] = process.argv.slice(2);
if (!folder || goods.length === 0) throw new Error("usage: node tests/cli/mutants.mjs <folder> <module>...");
/** @type {string[]} */
const names = [];
/** @param {string} name @param {() => Uint8Array} make */
function write(name, make) {
  try {
    writeFileSync(join(/** @type {string} */ (folder), `${names.length}.wasm`), make());
    names.push(name);
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
for (const good of goods) {
  const bytes = readFileSync(good);
  for (const [name, change] of Object.entries(changes)) {
    write(`${good.split("/").pop()} ${name}`, () => {
      const module = binaryen.readBinary(bytes);
      module.setFeatures(features);
      change(module);
      const result = module.emitBinary();
      module.dispose();
      return result;
    });
  }
}
for (const [name, make] of Object.entries(whole)) write(name, make);
const small = plugin(`(func (result i32) (i32.const 1) )`);
for (const [name, wound] of Object.entries(wounds)) write(`a module ${name}`, () => wound(small));
console.log(JSON.stringify(names));
