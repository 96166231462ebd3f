import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "../../cli/module.js";
import { buildTable, breachLines } from "../../cli/report.js";
import { table } from "../../cli/table.js";
import { pluginWat } from "../support/wat.js";

test("aligns text to the left and numbers to the right", () => {
  const rows = table(
    ["name", "size"],
    [
      ["a", 5],
      ["longer", 12345],
    ],
  );
  assert.equal(rows, ["name     size", "------  -----", "a           5", "longer  12345"].join("\n"));
});

test("gives a cell of several lines as many", () => {
  assert.equal(table(["a", "b"], [["1\n2", "x"]]), ["a  b", "-  -", "1  x", "2"].join("\n"));
});

test("the build's table names sizes, imports and callbacks, and no set-up exports", async () => {
  const module = inspect(
    await pluginWat(
      `(func (export "proxy_on_done") (param i32) (result i32) (i32.const 1))`,
      `(import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))`,
    ),
  );
  const built = { name: "sample", file: "", module, breaches: ["it is no good"], fresh: true };
  const lines = buildTable([built]).split("\n");
  assert.match(lines[0]!, /^module +size +gzip +imports +exported callbacks +sha256$/);
  assert.match(
    lines[2]!,
    new RegExp(
      `^sample\\.wasm +${module.size} +${module.gzipSize} +proxy_log +proxy_on_done +${module.sha256.slice(0, 16)}$`,
    ),
  );
  assert.equal(lines.length, 3);
  assert.deepEqual(breachLines([built]), ["sample.wasm: it is no good"]);
});
