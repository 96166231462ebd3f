import assert from "node:assert/strict";
import { test } from "node:test";
import { Linter } from "eslint";
import tseslint from "typescript-eslint";
import { layerRules } from "../../cli/house/layers.js";
import { root } from "../../cli/root.js";

/** What the rule says about one import in one file of the repository. */
function objections(file: string, imported: string, rule = "sdk"): string[] {
  const messages = new Linter({ cwd: root }).verify(
    `import { x } from "${imported}";`,
    [
      {
        files: ["**/*.ts"],
        languageOptions: { parser: tseslint.parser },
        plugins: { layers: layerRules },
        rules: { [`layers/${rule}`]: "error" },
      },
    ],
    `${root}/${file}`,
  );
  return messages.map(({ message }) => message);
}

test("lets a layer import itself and what lies below", () => {
  assert.deepEqual(objections("assembly/abi/pairs.ts", "./enums"), []);
  assert.deepEqual(objections("assembly/runtime/arena.ts", "../abi/log"), []);
  assert.deepEqual(objections("assembly/context/http-context.ts", "../callout/http"), []);
  assert.deepEqual(objections("assembly/config/overrides.ts", "../http/authority"), []);
  assert.deepEqual(objections("assembly/exports.ts", "./context/dispatcher"), []);
  assert.deepEqual(objections("assembly/exports.ts", "./runtime/arena"), []);
});

test("refuses an import that points up", () => {
  assert.match(
    objections("assembly/abi/pairs.ts", "../runtime/arena").join(),
    /assembly\/abi may import nothing/,
  );
  assert.match(objections("assembly/runtime/arena.ts", "../http/fields").join(), /runtime may import abi/);
  assert.match(
    objections("assembly/http/fields.ts", "../config/config").join(),
    /http may import abi, runtime/,
  );
  assert.match(objections("assembly/state/metrics.ts", "../context/root").join(), /imports point down only/);
  assert.match(objections("assembly/exports.ts", "./abi/headers").join(), /exports\.ts may import context/);
});

test("keeps the SDK to itself and its two packages", () => {
  assert.deepEqual(objections("assembly/config/values.ts", "json-as/assembly"), []);
  assert.deepEqual(
    objections("assembly/runtime/time.ts", "@assemblyscript/wasi-shim/assembly/wasi_date"),
    [],
  );
  assert.match(objections("assembly/config/values.ts", "assemblyscript-json").join(), /no other package/);
  assert.match(objections("assembly/http/fields.ts", "../../plugins/hello/index").join(), /outside assembly/);
  assert.match(objections("assembly/misc/helpers.ts", "../abi/log").join(), /misc is no layer/);
});

test("keeps a plugin to its own folder and packages", () => {
  const plugin = (imported: string) => objections("plugins/hello/index.ts", imported, "plugin");
  assert.deepEqual(plugin("./rules"), []);
  assert.deepEqual(plugin("as-proxy-wasm"), []);
  assert.match(plugin("../custom-headers/rules").join(), /its own folder/);
  assert.match(plugin("../../assembly/abi/log").join(), /its own folder/);
});
