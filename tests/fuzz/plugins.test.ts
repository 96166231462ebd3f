import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { pluginsWithSchema } from "../plugins/schemas.js";
import { fuzzPlugin } from "./plugins.js";

const CALLBACKS = 100_000;
const MOST = 20;

const plugins = await pluginsWithSchema();

suite("whatever a host does, no callback traps, and memory stays as it is, in", () => {
  for (const plugin of plugins) {
    test(plugin.name, async (context) => {
      const limits = { callbacks: CALLBACKS, seconds: MOST, seed: 20261121, lap: 1_000, stressed: false };
      const { callbacks, streams, vms, blocks, reached, after } = await fuzzPlugin(plugin, limits);
      context.diagnostic(
        `${callbacks} callbacks, ${streams} streams, ${vms} VMs, ${reached} of ${blocks} blocks, ${after / 1024} KiB`,
      );
      assert.ok(callbacks >= CALLBACKS && streams > CALLBACKS / 20);
    });
  }
});
