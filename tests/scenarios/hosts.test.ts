import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceOf, type KnownDifference, playOn } from "../../cli/scenarios/differences.js";
import { EmbeddedStage } from "../../cli/scenarios/embedded.js";
import { chosenHosts, chosenScenarios } from "../../cli/scenarios/hosts.js";
import type { Scenario } from "../../cli/scenarios/scenario.js";

test("scenarios play on both hosts, or on the one that is named", () => {
  assert.deepEqual(chosenHosts("both"), ["embedded", "envoy"]);
  assert.deepEqual(chosenHosts("embedded"), ["embedded"]);
  assert.deepEqual(chosenHosts("envoy"), ["envoy"]);
  assert.throws(() => chosenHosts("nginx"), /"nginx": expected embedded, envoy or both/);
});

test("a filter is looked for in the file and in the name, and must find something", () => {
  const greets = { file: "plugins/hello/scenarios/greets.yaml", scenario: { name: "goes" } };
  const goes = { file: "plugins/a/scenarios/b.yaml", scenario: { name: "greets" } };
  const other = { file: "plugins/a/scenarios/b.yaml", scenario: { name: "other" } };
  assert.deepEqual(chosenScenarios([greets, goes, other], "greets"), [greets, goes]);
  assert.deepEqual(chosenScenarios([greets, goes, other], ""), [greets, goes, other]);
  assert.throws(() => chosenScenarios([greets, goes, other], "none"), /no scenario has "none"/);
});

const played: Scenario = {
  name: "greets",
  steps: [{ request: {}, client: { headers: { hello: "world" } } }],
};
const other: Scenario = {
  name: "greets",
  steps: [{ request: {}, client: { headers: { hello: "you" } } }],
};
const listed: KnownDifference = { file: "a.yaml", name: "greets", host: "embedded", reason: "it must be" };

test("a listed difference is that of one scenario on one host", () => {
  const role = { file: "a.yaml", scenario: played };
  assert.equal(differenceOf(role, "embedded", undefined, [listed]), listed);
  assert.equal(differenceOf(role, "envoy", undefined, [listed]), undefined);
  assert.equal(differenceOf({ ...role, file: "b.yaml" }, "embedded", undefined, [listed]), undefined);
  const old: KnownDifference = { ...listed, host: "envoy", before: "1.38.0" };
  assert.equal(differenceOf(role, "envoy", "1.37.4", [old]), old);
  assert.equal(differenceOf(role, "envoy", "1.38.0", [old]), undefined);
  assert.equal(differenceOf(role, "envoy", "1.4.0", [old]), old);
  assert.equal(differenceOf(role, "envoy", undefined, [old]), undefined);
});

test("a scenario with a listed difference fails where it plays as it says, and only there", async () => {
  const open = (scenario: Scenario) => EmbeddedStage.open({ scenario, plugin: "hello" });
  await playOn(other, await open(other), listed);
  await assert.rejects(playOn(played, await open(played), listed), /differences\.ts lists it for embedded/);
  await playOn(played, await open(played), undefined);
  await assert.rejects(playOn(other, await open(other), undefined), /steps\[0\]\.client\.headers\.hello/);
});
