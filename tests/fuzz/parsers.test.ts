import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { fuzz } from "./campaign.js";
import { parserModule } from "./module.js";
import { subjectOf } from "./parser.js";
import { parsers } from "./parsers/index.js";

const INPUTS = 30_000;
/** Seconds of CPU time, on a machine that has other things to do. */
const MOST = 20;

const fuzzed = await parserModule();

suite("inputs that nobody would send are taken for what the reference takes them for, by", () => {
  for (const parser of parsers) {
    test(parser.name, (context) => {
      const { inputs, blocks, reached, kept } = fuzz(subjectOf(parser, fuzzed), {
        inputs: INPUTS,
        seconds: MOST,
        seed: 20261121,
      });
      context.diagnostic(`${reached} of ${blocks} blocks, ${kept.length} inputs kept`);
      assert.equal(inputs, INPUTS);
    });
  }
});
