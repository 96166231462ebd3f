import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { test } from "node:test";
import { pluginFolders } from "../../cli/plugins.js";
import { plugin as moduleOf } from "../envoy/harness.js";

/** What a module may measure, in KiB: a proxy loads it once a worker, and images carry it. */
const limits: Record<string, number> = {
  hello: 8,
  "custom-headers": 32,
  "jwt-validator": 80,
  cache: 80,
};
const otherwise = 48;

for (const folder of await pluginFolders("plugins")) {
  const name = basename(folder);
  const limit = limits[name] ?? otherwise;
  test(`${name} is a module of at most ${limit} KiB`, async (context) => {
    const { size } = await stat(await moduleOf(name));
    context.diagnostic(`${size} bytes`);
    assert.ok(size <= limit * 1024, `${size} bytes`);
  });
}
