import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "../../cli/differences.js";
import { Fields } from "../../cli/headers.js";

const fields = (...list: [string, string][]) => new Fields(list);

test("names what came, what went and what changed", () => {
  const before = fields(["Server", "a"], ["x-old", "1"], ["x-both", "1"]);
  const after = fields(["server", "b"], ["x-both", "1"], ["x-both", "2"], ["x-new", "3"]);
  assert.deepEqual(differences(before, after), [
    "~ server: a -> b",
    "- x-old: 1",
    "+ x-both: 2",
    "+ x-new: 3",
  ]);
});

test("does not name what differs from request to request by itself", () => {
  assert.deepEqual(differences(fields(["date", "1"]), fields(["date", "2"], ["x-request-id", "7"])), []);
});
