import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import * as known from "../../host/abi.js";
import { inspect } from "../../host/module.js";
import { root } from "../../cli/root.js";
import { plugin } from "../envoy/harness.js";
import { coverage } from "./coverage.js";
import { conformanceModule } from "./harness.js";
import { callbacks, hostcalls, neverCalled, wasiCalls } from "./host-list.js";

const folder = join(root, "tests", "conformance");
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

/** The functions that the SDK's sources import, by the host's module. */
async function importsOfTheSdk(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const files = await readdir(join(root, "assembly", "abi"));
  for (const file of files) {
    const text = await readFile(join(root, "assembly", "abi", file), "utf8");
    for (const [, module, name] of text.matchAll(/@external\("(\w+)", "(\w+)"\)/g))
      found.set(module!, [...(found.get(module!) ?? []), name!]);
  }
  return found;
}

test("the SDK's sources import every hostcall, and nothing else of the host's", async () => {
  const imports = await importsOfTheSdk();
  assert.deepEqual([...imports.keys()].sort(), ["env", "wasi_snapshot_preview1"]);
  assert.deepEqual(sorted(imports.get("env")!), sorted(hostcalls));
  assert.equal(imports.get("env")!.length, hostcalls.length, "a hostcall is imported twice");
  for (const name of imports.get("wasi_snapshot_preview1")!) assert.ok(wasiCalls.includes(name), name);
});

test("a hostcall is imported in assembly/abi only", async () => {
  const files = await readdir(join(root, "assembly"), { recursive: true });
  for (const file of files.filter((name) => name.endsWith(".ts") && !name.startsWith("abi"))) {
    const text = await readFile(join(root, "assembly", file), "utf8");
    assert.equal(text.includes("@external("), false, file);
  }
});

test("the SDK's sources export every callback, and nothing else to the host", async () => {
  const text = await readFile(join(root, "assembly", "exports.ts"), "utf8");
  const exported = [...text.matchAll(/^export function (\w+)/gm)].map(([, name]) => name!);
  assert.deepEqual(sorted(exported), sorted(callbacks));
});

test("the build's own list of the ABI has the same names", () => {
  const emscripten = ["pthread_equal", "emscripten_notify_memory_growth"];
  assert.deepEqual(sorted(known.hostcalls.keys()), sorted([...hostcalls, ...emscripten]));
  for (const name of callbacks) assert.ok(known.callbacks.has(name), name);
});

test("the conformance module imports every hostcall and exports every callback", async () => {
  const { module, breaches } = await conformanceModule();
  assert.deepEqual(breaches, []);
  const names = (from: string) =>
    module.imports.filter((entry) => entry.module === from).map((entry) => entry.name);
  assert.deepEqual(sorted(names("env")), sorted(hostcalls));
  assert.deepEqual(sorted(names("wasi_snapshot_preview1")), sorted(wasiCalls));
  const exported = module.exports.filter((entry) => entry.kind === "function").map((entry) => entry.name);
  assert.deepEqual(sorted(exported), sorted([...callbacks, "_initialize"]));
});

test("a plugin that uses little imports and exports little", async () => {
  const { imports, exports } = inspect(await readFile(await plugin("hello")));
  const imported = imports.map((entry) => entry.name);
  assert.deepEqual(sorted(imported), [
    "proxy_log",
    "proxy_replace_header_map_value",
    "proxy_set_effective_context",
  ]);
  const exported = exports.filter((entry) => entry.kind === "function").map((entry) => entry.name);
  assert.deepEqual(sorted(exported), [
    "_initialize",
    "proxy_abi_version_0_2_1",
    "proxy_on_context_create",
    "proxy_on_delete",
    "proxy_on_memory_allocate",
    "proxy_on_response_headers",
  ]);
});

test("each hostcall and each callback has a test that shows what it does", async () => {
  const covered: string[] = [];
  for (const [file, tests] of Object.entries(coverage)) {
    const text = await readFile(join(folder, file), "utf8");
    for (const [name, used] of Object.entries(tests)) {
      assert.ok(text.includes(`("${name}", async`), `${file} has no test "${name}"`);
      covered.push(...used);
    }
  }
  const wanted = [...hostcalls, ...wasiCalls, ...callbacks].filter((name) => !neverCalled.includes(name));
  assert.deepEqual(sorted(covered), sorted(wanted));
});
