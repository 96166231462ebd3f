import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parserModule } from "./module.js";
import { corpusOf, subjectOf } from "./parser.js";
import { parsers } from "./parsers/index.js";
import { Target } from "./target.js";

const fuzzed = await parserModule();

suite("hostile texts", () => {
  for (const parser of parsers) {
    for (const { file, inputs } of corpusOf(parser.name)) {
      test(`${file}: ${parser.name} makes of each what its reference does`, () => {
        const subject = subjectOf(parser, fuzzed);
        assert.ok(inputs.length > 0);
        // Each is given twice, with other bytes before it.
        for (const input of inputs) subject.attempt(input, 16);
        subject.check();
      });
    }
  }

  test("json-taken.json is all JSON, and json-refused.json none", () => {
    const target = new Target(fuzzed);
    for (const { file, inputs } of corpusOf("json")) {
      for (const input of inputs)
        assert.equal(
          target.run("json", input, 0) === 0,
          file === "json-taken.json",
          `${file}: ${input.toString()}`,
        );
    }
  });
});
