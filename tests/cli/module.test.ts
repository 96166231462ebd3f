import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { inspect } from "../../cli/module.js";
import { wat } from "../support/wat.js";

const bytes = await wat(`(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "limit" (global i64))
  (import "env" "table" (table 1 funcref))
  (memory (export "memory") 2 300)
  (global (export "answer") i32 (i32.const 42))
  (func (export "mixed") (param i64 f32) (result f64) (f64.const 1))
  (export "log" (func $log))
  (func $start)
  (start $start))`);

test("reads imports with their kinds and signatures", () => {
  assert.deepEqual(
    inspect(bytes).imports.sort((a, b) => a.name.localeCompare(b.name)),
    [
      { module: "env", name: "limit", kind: "global" },
      { module: "env", name: "proxy_log", kind: "function", signature: "i32 i32 i32 -> i32" },
      { module: "env", name: "table", kind: "table" },
    ],
  );
});

test("reads exports, those of imported functions too", () => {
  const found = new Map(inspect(bytes).exports.map((entry) => [entry.name, entry]));
  assert.deepEqual(found.get("mixed"), { name: "mixed", kind: "function", signature: "i64 f32 -> f64" });
  assert.deepEqual(found.get("log"), { name: "log", kind: "function", signature: "i32 i32 i32 -> i32" });
  assert.deepEqual(found.get("answer"), { name: "answer", kind: "global" });
  assert.equal(found.get("memory")?.kind, "memory");
});

test("agrees with the engine about names and kinds", async () => {
  const compiled = await WebAssembly.compile(new Uint8Array(bytes));
  const ours = inspect(bytes);
  assert.deepEqual(
    ours.imports.map(({ module, name, kind }) => ({ module, name, kind })),
    WebAssembly.Module.imports(compiled).map(({ module, name, kind }) => ({ module, name, kind })),
  );
  assert.deepEqual(
    ours.exports.map(({ name, kind }) => ({ name, kind })),
    WebAssembly.Module.exports(compiled).map(({ name, kind }) => ({ name, kind })),
  );
});

test("sees the start section, the memory's limits, the size and the digest", async () => {
  const found = inspect(bytes);
  assert.equal(found.hasStart, true);
  assert.deepEqual(found.memory, { initial: 2, maximum: 300 });
  assert.equal(found.size, bytes.length);
  assert.equal(found.sha256, createHash("sha256").update(bytes).digest("hex"));
  assert.equal(inspect(await wat("(module)")).hasStart, false);
});

test("names custom sections", () => {
  const section = Buffer.from([0, 5, 3, ...Buffer.from("abc"), 1]);
  assert.deepEqual(inspect(Buffer.concat([bytes, section])).customSections, ["abc"]);
});

test("says what is wrong with bytes that are no module", () => {
  assert.throws(() => inspect(Buffer.from("")), /not a WebAssembly module: it starts with nothing/);
  assert.throws(() => inspect(Buffer.from("#!/bin/sh\n")), /not a WebAssembly module: it starts with 2321/);
  assert.throws(() => inspect(bytes.subarray(0, bytes.length - 3)), /longer than the file/);
});
