import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { root } from "../../cli/root.js";
import { faults } from "./faults/list.js";
import { Nursery } from "./faults/plant.js";
import type { Verdict } from "./faults/task.js";

const all = process.env["AS_PROXY_WASM_FAULTS"] === "all";
const planted = faults.filter(({ quick }) => all || quick);
/** How many of all there are must be caught. */
const least = 0.9;

test("every fault of the list still has its place in the host", async () => {
  assert.ok(faults.length >= 24);
  for (const { name, file, from, to } of faults) {
    const text = await readFile(join(root, "host", file), "utf8");
    assert.equal(text.split(from).length - 1, 1, `${name}: its text is not, or not only, in host/${file}`);
    assert.notEqual(from, to);
  }
});

suite(`${planted.length} faults planted in the embedded host, one by one,`, { concurrency: 2 }, () => {
  let nursery: Nursery;
  let sound: Verdict;
  const missed: string[] = [];

  before(async () => {
    nursery = await Nursery.open(all ? undefined : ["hello", "custom-headers"]);
    sound = await nursery.judge();
  });
  after(async () => {
    await nursery?.close();
    assert.ok(missed.length <= faults.length * (1 - least), `missed: ${missed.join("; ")}`);
  });

  for (const fault of planted) {
    test(fault.name, async (t) => {
      const { trace, scenarios } = await nursery.judge(fault);
      const byTrace = trace.filter((one) => !sound.trace.includes(one));
      const places = new Set(sound.scenarios.map((one) => one.split(": ")[0]));
      const byScenarios = scenarios.filter((one) => !places.has(one.split(": ")[0]));
      t.diagnostic(`${byTrace.length} differences of the trace, ${byScenarios.length} scenarios`);
      for (const first of [byTrace[0], byScenarios[0]]) if (first) t.diagnostic(first.split("\n")[0]!);
      if (byTrace.length + byScenarios.length === 0) missed.push(fault.name);
      if (fault.quick) assert.ok(byTrace.length + byScenarios.length > 0, "nothing caught it");
    });
  }
});
