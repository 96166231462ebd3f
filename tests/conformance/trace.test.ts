import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { compare, type Difference, judge, shown } from "./trace/compare.js";
import { allowedDifferences } from "./trace/differences.js";
import { recordEmbedded } from "./trace/embedded-stage.js";
import { newEnvoyRecording, tracedModule } from "./trace/record.js";
import type { Recording } from "./trace/recording.js";
import { rooms } from "./trace/rooms.js";
import { callbacks, hostcalls, neverCalled, wasiCalls } from "./host-list.js";

/** What no act reaches, and why. */
const notReached = new Map([
  ["environ_sizes_get", "asked while the module starts, when nothing is traced yet"],
  ["environ_get", "asked while the module starts, when nothing is traced yet"],
  [
    "envoy_on_stats_update",
    "Envoy hands its figures to sinks for statistics only, which the embedded host has none of",
  ],
  [
    "proxy_on_memory_allocate",
    "its calls are with the hostcalls that they belong to, and shown where they differ",
  ],
]);

const recordings = Promise.all([
  newEnvoyRecording(),
  tracedModule().then((module) => recordEmbedded(module, rooms)),
]);

/** What a busy machine has come late, or at once, does not do so again and again in the same place. */
async function lasting(unlisted: readonly Difference[]): Promise<Difference[]> {
  let left = [...unlisted];
  for (let attempt = 0; attempt < 3 && left.length > 0; attempt++) {
    const again = judge(compare(await newEnvoyRecording(), (await recordings)[1]), allowedDifferences);
    const acts = new Set(again.unlisted.map(({ act }) => act));
    left = left.filter(({ act }) => acts.has(act));
  }
  return left;
}

suite("the conformance plugin, traced on Envoy and on the embedded host,", () => {
  test("is told the same, asks the same and is answered the same, but for what is listed", async (t) => {
    const differences = compare(...(await recordings));
    t.diagnostic(`${differences.length} differences, of ${allowedDifferences.length} kinds that are allowed`);
    for (const one of differences) t.diagnostic(shown(one).slice(0, 1500));
    const { unlisted, unseen } = judge(differences, allowedDifferences);
    const left = await lasting(unlisted);
    assert.equal(left.length, 0, `not listed:\n${left.slice(0, 20).map(shown).join("\n")}`);
    assert.deepEqual(unseen, [], "listed, and not there any more");
    assert.ok(allowedDifferences.length <= 5);
    for (const { reason } of allowedDifferences) assert.ok(reason.length > 40, reason);
  });

  test("makes every hostcall and hears every callback", async () => {
    for (const recording of await recordings) {
      const missing = [...hostcalls, ...wasiCalls, ...callbacks].filter(
        (name) => !neverCalled.includes(name) && !notReached.has(name) && !isIn(recording, name),
      );
      assert.deepEqual(missing, []);
      for (const name of notReached.keys()) assert.equal(isIn(recording, name), false, `${name} is reached`);
    }
  });
});

const isIn = (recording: Recording, name: string): boolean =>
  Object.values(recording).some((lines) => lines.some((line) => line.trimStart().startsWith(`${name}(`)));
