// as-pect loads this in its own process: what came of each test goes to the file that $APW_UNIT_RESULTS names, a line of
// JSON a file of specs.
import { appendFileSync } from "node:fs";

/** @param {{ stringify(options: object): string } | null} value */
const shown = (value) => (value === null ? null : value.stringify({ indent: 0 }).trim());

const nothing = () => {};

export default {
  onEnter: nothing,
  onExit: nothing,
  /** @param {any} suite */
  onFinish(suite) {
    const tests = [];
    for (const group of suite.rootNode.childGroups) {
      for (const test of group.children.filter((/** @type {any} */ node) => node.type === 0)) {
        tests.push({
          group: group.name,
          name: test.name,
          passed: test.pass,
          milliseconds: test.deltaT,
          message: test.message,
          seen: shown(test.actual),
          expected: test.expected && (test.expected.negated ? "not " : "") + shown(test.expected),
          logs: test.logs.map(shown),
        });
      }
    }
    const errors = suite.errors.map((/** @type {any} */ error) => `${error.type}: ${error.message}`);
    const result = { file: suite.fileName, passed: suite.pass, tests, errors };
    appendFileSync(/** @type {string} */ (process.env["APW_UNIT_RESULTS"]), `${JSON.stringify(result)}\n`);
  },
};
