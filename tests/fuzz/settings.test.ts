import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { pluginsWithSchema } from "../plugins/schemas.js";
import { fuzz } from "./campaign.js";
import { pluginModule } from "./module.js";
import { configurationsOf } from "./settings.js";

const INPUTS = 12_000;
const MOST = 20;

const plugins = await pluginsWithSchema();

suite("configurations that nobody would write are judged as the schema does, by", () => {
  for (const plugin of plugins) {
    test(plugin.name, async (context) => {
      const subject = configurationsOf(plugin, await pluginModule(plugin.name));
      const { inputs, blocks, reached } = fuzz(subject, { inputs: INPUTS, seconds: MOST, seed: 20261121 });
      context.diagnostic(`${subject.taken} taken, ${reached} of ${blocks} blocks`);
      assert.equal(inputs, INPUTS);
      assert.ok(subject.taken >= INPUTS / 20, `${subject.taken} of ${INPUTS} were taken`);
    });
  }
});
