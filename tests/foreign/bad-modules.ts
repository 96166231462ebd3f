import { loadable, pluginWat, wat } from "../support/wat.js";

const { marker, memory, allocator } = loadable;
const log = `(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))`;
const call = `(drop (call $log (i32.const 2) (i32.const 0) (i32.const 0)))`;
const bytes = (...values: number[]) => Promise.resolve(new Uint8Array(values));
const getBuffer = `(import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))`;
const readConfiguration = `(func (export "proxy_on_configure") (param i32 i32) (result i32)
  (drop (call $get (i32.const 7) (i32.const 0) (i32.const 10) (i32.const 0) (i32.const 4))) (i32.const 1))`;

/** A function that never returns from calling itself. */
const endless = `(func $deep (param i64 i64) (result i64) (i64.add (call $deep (local.get 1) (local.get 0)) (local.get 0)))`;

/** Modules with something wrong about them, or nearly so, by what that is. */
export const modules: Record<string, () => Promise<Uint8Array>> = {
  "nothing at all": () => bytes(),
  "three bytes": () => bytes(1, 2, 3),
  "text in place of bytes": () => Promise.resolve(new TextEncoder().encode("(module)")),
  "the eight bytes that begin a module": () => bytes(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
  "a component": () => bytes(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0),
  "a module cut in a section": async () => (await pluginWat()).slice(0, 40),
  "a module cut in its code": async () => (await pluginWat()).slice(0, -2),
  "a module with bytes after its end": async () => Uint8Array.from([...(await pluginWat()), 0xff, 0xff]),
  "code that is not valid": async () => {
    const valid = await pluginWat(`(func (result i32) (i32.const 0x5f5e0ff))`);
    const text = Buffer.from(valid).toString("hex");
    // Five bytes of a constant become nops: the function gives nothing back.
    return Buffer.from(text.replace("41ffc1d72f", "0101010101"), "hex");
  },
  "no marker": () => wat(`(module ${memory} ${allocator})`),
  "an unknown marker": () =>
    wat(`(module ${memory} ${allocator} (func (export "proxy_abi_version_0_2_100")))`),
  "a marker that is a global": () =>
    wat(`(module ${memory} ${allocator} (global (export "proxy_abi_version_0_2_1") i32 (i32.const 0)))`),
  "a marker with a parameter": () =>
    wat(`(module ${memory} ${allocator} (func (export "proxy_abi_version_0_2_1") (param i32)))`),
  ...Object.fromEntries(
    [
      ["0_1_0", "0_2_1"],
      ["0_2_1", "0_1_0"],
    ].flatMap(([first, second]) =>
      [
        ["proxy_continue_request", ""],
        ["proxy_get_log_level", "(param i32)"],
      ].map(([name, params]) => [
        `the markers ${first} and ${second}, and ${name}`,
        () =>
          wat(`(module (import "env" "${name}" (func ${params} (result i32))) ${memory} ${allocator}
            (func (export "proxy_abi_version_${first}")) (func (export "proxy_abi_version_${second}")))`),
      ]),
    ),
  ),
  "an import that no host has": () => pluginWat("", `(import "env" "abort" (func (param i32 i32 i32 i32)))`),
  "an import of WASI that no host has": () =>
    pluginWat("", `(import "wasi_snapshot_preview1" "path_teleport" (func))`),
  "an import from a module that no host has": () => pluginWat("", `(import "host" "proxy_log" (func))`),
  "two imports that no host has": () => pluginWat("", `(import "env" "a" (func)) (import "env" "b" (func))`),
  "a global as an import": () => pluginWat("", `(import "env" "proxy_log" (global i32))`),
  "an import of ABI 0.1.0": () =>
    pluginWat("", `(import "env" "proxy_continue_request" (func (result i32)))`),
  "an import of a later ABI": () =>
    wat(`(module (import "env" "proxy_get_log_level" (func (param i32) (result i32)))
      ${memory} ${allocator} (func (export "proxy_abi_version_0_2_0")))`),
  "an import with too few parameters": () =>
    pluginWat("", `(import "env" "proxy_log" (func (param i32 i32) (result i32)))`),
  "an import without its result": () =>
    pluginWat("", `(import "env" "proxy_log" (func (param i32 i32 i32)))`),
  "an import with an i64 too many": () =>
    pluginWat("", `(import "env" "proxy_increment_metric" (func (param i64 i64) (result i32)))`),
  "an import of WASI with other types": () =>
    pluginWat(
      "",
      `(import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i32 i32) (result i32)))`,
    ),
  "a memory and a table as imports": () =>
    wat(
      `(module (import "env" "memory" (memory 1)) (import "env" "table" (table 1 funcref)) ${marker} ${allocator})`,
    ),
  "a callback with an i64": () => pluginWat(`(func (export "proxy_on_tick") (param i64))`),
  "a callback without its result": () =>
    pluginWat(`(func (export "proxy_on_request_headers") (param i32 i32 i32))`),
  "headers without the end of the stream": () =>
    pluginWat(`(func (export "proxy_on_request_headers") (param i32 i32) (result i32) (i32.const 0))`),
  "headers with the end of the stream, of ABI 0.1.0": () =>
    wat(`(module ${memory} ${allocator} (func (export "proxy_abi_version_0_1_0"))
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0)))`),
  "headers without the end of the stream, of ABI 0.1.0": () =>
    wat(`(module ${memory} ${allocator} (func (export "proxy_abi_version_0_1_0"))
      (func (export "proxy_on_request_headers") (param i32 i32) (result i32) (i32.const 0)))`),
  "a foreign function's callback of another form, of ABI 0.1.0": () =>
    wat(`(module ${memory} ${allocator} (func (export "proxy_abi_version_0_1_0"))
      (func (export "proxy_on_foreign_function")))`),
  "an _initialize with a parameter": () => pluginWat(`(func (export "_initialize") (param i32))`),
  "a main of another form": () =>
    pluginWat(`(func (export "_initialize")) (func (export "main") (param i32))`),
  "a main of another form that is not called": () => pluginWat(`(func (export "main") (param i32))`),
  "a malloc with two parameters": () =>
    pluginWat(`(func (export "malloc") (param i32 i32) (result i32) (i32.const 0))`),
  "a callback that is a global": () => pluginWat(`(global (export "proxy_on_tick") i32 (i32.const 0))`),
  "a callback that no host calls": () => pluginWat(`(func (export "proxy_on_nothing") (param f64))`),
  "no allocator": () => wat(`(module ${marker} ${memory})`),
  "no memory": () => wat(`(module ${marker} ${allocator})`),
  "a memory that is not exported": () => wat(`(module ${marker} ${allocator} (memory 1))`),
  "a memory of another name": () => wat(`(module ${marker} ${allocator} (memory (export "mem") 1))`),
  "a memory that begins too large": () =>
    wat(`(module ${marker} ${allocator} (memory (export "memory") 20000))`),
  "a memory that may grow too large": () =>
    wat(`(module ${marker} ${allocator} (memory (export "memory") 1 65536))`),
  "a start section that keeps to itself": () =>
    pluginWat(`(global $g (mut i32) (i32.const 0)) (func $s (global.set $g (i32.const 1))) (start $s)`),
  "a start section that traps": () => pluginWat(`(func $s unreachable) (start $s)`),
  "data beyond the memory": () => pluginWat(`(data (i32.const 65530) "too long a text")`),
  "elements beyond the table": () => pluginWat(`(table 1 funcref) (func $f) (elem (i32.const 1) $f)`),
  "a trap in _initialize": () => pluginWat(`(func (export "_initialize") unreachable)`),
  "a trap in _start": () => pluginWat(`(func (export "_start") unreachable)`),
  "a trap in _start, which is not called": () =>
    pluginWat(`(func (export "_initialize")) (func (export "_start") unreachable)`),
  "a trap in main": () =>
    pluginWat(
      `(func (export "_initialize")) (func (export "main") (param i32 i32) (result i32) unreachable)`,
    ),
  "a main that answers 1": () =>
    pluginWat(
      `(func (export "_initialize")) (func (export "main") (param i32 i32) (result i32) (i32.const 1))`,
    ),
  "a hostcall in _initialize": () => pluginWat(`(func (export "_initialize") ${call})`, log),
  "a hostcall in _initialize that is not allowed there": () =>
    pluginWat(
      `(func (export "_initialize") (drop (call $tick (i32.const 1))))`,
      `(import "env" "proxy_set_tick_period_milliseconds" (func $tick (param i32) (result i32)))`,
    ),
  "an exit in _start": () =>
    pluginWat(
      `(func (export "_start") (call $exit (i32.const 1)))`,
      `(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`,
    ),
  "a recursion without end in _initialize": () =>
    pluginWat(`${endless} (func (export "_initialize") (drop (call $deep (i64.const 1) (i64.const 2))))`),
  "a division by zero in _initialize": () =>
    pluginWat(`(func (export "_initialize") (drop (i32.div_u (i32.const 1) (i32.const 0))))`),
  "a call of another type in _initialize": () =>
    pluginWat(`(type $t (func (param i64))) (table 1 funcref) (func $f) (elem (i32.const 0) $f)
      (func (export "_initialize") (call_indirect (type $t) (i64.const 1) (i32.const 0)))`),
  "a load beyond the memory in _initialize": () =>
    pluginWat(`(func (export "_initialize") (drop (i32.load (i32.const 65534))))`),
  "a trap in context_create": () =>
    pluginWat(`(func (export "proxy_on_context_create") (param i32 i32) unreachable)`),
  "a trap in vm_start": () =>
    pluginWat(`(func (export "proxy_on_vm_start") (param i32 i32) (result i32) unreachable)`),
  "a refusal in vm_start": () =>
    pluginWat(`(func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 0))`),
  "a trap in configure": () =>
    pluginWat(`(func (export "proxy_on_configure") (param i32 i32) (result i32) unreachable)`),
  "a refusal in configure": () =>
    pluginWat(`(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0))`),
  "an answer of 7 in configure": () =>
    pluginWat(`(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 7))`),
  "a recursion without end in configure": () =>
    pluginWat(`${endless} (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (i32.wrap_i64 (call $deep (i64.const 1) (i64.const 2))))`),
  "a memory that grows until there is none left, in configure": () =>
    pluginWat(`(func (export "proxy_on_configure") (param i32 i32) (result i32)
      (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1024)) (i32.const -1))))
      (i32.le_u (memory.size) (i32.const 16384)))`),
  "a trap in an allocation for configure": () =>
    wat(`(module ${getBuffer} ${marker} ${memory} ${readConfiguration}
      (func (export "malloc") (param i32) (result i32) unreachable))`),
  "a trap in context_create, and a vm_start that is content": () =>
    pluginWat(`(func (export "proxy_on_context_create") (param i32 i32) unreachable)
      (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))`),
  "a trap in context_create, and a refusal in vm_start": () =>
    pluginWat(`(func (export "proxy_on_context_create") (param i32 i32) unreachable)
      (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 0))`),
  "an allocator of another form that is not called": () =>
    wat(`(module ${marker} ${memory} (func (export "malloc") (param i32) (result i32) (i32.const 0))
      (func (export "proxy_on_memory_allocate")))`),
  "a table of two entries as an import": () =>
    wat(`(module (import "env" "table" (table 2 4 funcref)) ${marker} ${memory} ${allocator}
      (elem (i32.const 1) $f) (func $f))`),
};

/** Modules that Envoy does not survive. */
export const crashing: Record<string, () => Promise<Uint8Array>> = {
  "a start section that calls the host": () => pluginWat(`(func $s ${call}) (start $s)`, log),
  "no memory, and a hostcall": () => wat(`(module ${getBuffer} ${marker} ${allocator} ${readConfiguration})`),
  "a memory that is not exported, and a hostcall": () =>
    wat(`(module ${getBuffer} ${marker} ${allocator} (memory 1) ${readConfiguration})`),
};
