import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { root } from "../../cli/root.js";
import { dashboard, filledIn, rules, rulesFile, selected } from "./expressions.js";
import { findPromtool, NoPromtool, type Promtool } from "./promtool.js";

const samples = join(root, "tests", "monitoring", "rules.test.yaml");

let promtool: Promtool | null = null;
let reason: string | false = false;
try {
  promtool = await findPromtool((line) => console.log(line));
} catch (error) {
  if (!(error instanceof NoPromtool)) throw error;
  reason = error.message;
}

suite("the rules for Prometheus, by promtool", { skip: reason, concurrency: 2 }, () => {
  test("are rules, and well-formed", async () => {
    const said = await promtool!.checkRules(rulesFile);
    assert.ok(said.ok, said.text);
  });

  test("fire when they should, and not when they should not", async () => {
    const said = await promtool!.testRules(samples);
    assert.ok(said.ok, said.text);
  });

  const wrong: [string, string, string][] = [
    ["a plugin that never loaded is left out", "> 0 unless wasm_plugin:config_successes:total > 0)", "> 9)"],
    ["a load failure fires at once", "for: 2m", "for: 0m"],
    ["a load failure fires late", "for: 2m", "for: 3m"],
    ["five restarts are too many", ")) > 5", ")) > 4"],
    ["six restarts are not", ")) > 5", ")) > 6"],
    [
      "what increase() adds counts",
      "floor(increase(wasm_plugin:vm_reloads:total[10m]))",
      "increase(wasm_plugin:vm_reloads:total[10m])",
    ],
    ["0.0999 s of own time are slow", "[5m]))) > 100000", "[5m]))) > 99000"],
    ["nothing is slow", "[5m]))) > 100000", "[5m]))) > 110000"],
    ["half of the requests are most", "[5m])) > 0.5", "[5m])) >= 0.5"],
    ["5xx are denials", 'status=~"4.."', 'status=~"[45].."'],
    ["a name of Istio's is no plugin's", "(?:extensions_istio_io_[a-z]+_)?", ""],
  ];
  for (const [name, text, other] of wrong) {
    test(`are caught when ${name}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-rules-"));
      try {
        const whole = await readFile(rulesFile, "utf8");
        assert.ok(whole.includes(text), text);
        await writeFile(join(folder, "rules.yaml"), whole.replaceAll(text, other));
        const cases = (await readFile(samples, "utf8")).replace("../../monitoring/rules.yaml", "rules.yaml");
        await writeFile(join(folder, "cases.yaml"), cases);
        assert.ok(!(await promtool!.testRules(join(folder, "cases.yaml"))).ok);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  test("and the expressions of the dashboard parse", async () => {
    const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-dashboard-"));
    try {
      const all = (await dashboard()).panels.flatMap(({ targets }) =>
        targets.map(({ expr }) => filledIn(expr)),
      );
      const file = join(folder, "dashboard.json");
      const recorded = all.map((expr, index) => ({ record: `dashboard:${index}`, expr }));
      await writeFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules: recorded }] }));
      const said = await promtool!.checkRules(file);
      assert.ok(said.ok, said.text);
      await writeFile(
        file,
        JSON.stringify({ groups: [{ name: "dashboard", rules: [{ record: "a", expr: "rate(" }] }] }),
      );
      assert.ok(!(await promtool!.checkRules(file)).ok);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

test("each alert is explained in docs/monitoring.md, and each that is explained there is raised", async () => {
  const text = await readFile(join(root, "docs", "monitoring.md"), "utf8");
  const explained = [...text.matchAll(/^### (.*)$/gm)].flatMap(([, title]) => title!.split(", "));
  const raised = new Set((await rules()).flatMap(({ alert }) => alert ?? []));
  assert.deepEqual(explained.sort(), [...raised].sort());
});

test("series that rules write are written by the rules that there are", async () => {
  const written = new Set((await rules()).flatMap(({ record }) => record ?? []));
  const all = [...(await rules()), ...(await dashboard()).panels.flatMap(({ targets }) => targets)];
  const used = new Set(all.flatMap(({ expr }) => selected(expr).names.filter((name) => name.includes(":"))));
  assert.deepEqual([...used].sort(), [...written].sort());
});

test("the dashboard is one that Grafana takes: panels of their own places, a variable for the source", async () => {
  const { uid, schemaVersion, templating, panels } = await dashboard();
  assert.match(uid, /^[a-z-]{1,40}$/);
  assert.ok(schemaVersion >= 41);
  assert.deepEqual(
    templating.list.map(({ name, type }) => `${name} ${type}`),
    ["datasource datasource", "plugin query", "instance query"],
  );
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  assert.equal(new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size, panels.length);
  for (const { title, description, gridPos, targets } of panels) {
    assert.ok(title.length > 0 && description.length > 0 && targets.length > 0, title);
    assert.ok(gridPos.x + gridPos.w <= 24, title);
  }
});
