import assert from "node:assert/strict";
import { test } from "node:test";
import { soak } from "./soak.js";

/** `AS_PROXY_WASM_SOAK=5000000` has it go on until so many are sent; without it, for a while. */
const asked = Number(process.env["AS_PROXY_WASM_SOAK"] ?? 0);
const seed = Number(process.env["AS_PROXY_WASM_SOAK_SEED"] ?? 20_261_121);

test("through all bundled plugins on two workers every answer is the one that is due, once", async (t) => {
  const result = await soak({
    requests: asked || 1_000_000,
    seconds: asked ? Infinity : 12,
    seed,
    onProgress: (line) => t.diagnostic(line),
  });
  const { sent, seconds, judged, left, memory, statuses, hits, callouts } = result;
  t.diagnostic(
    `${sent} requests in ${Math.round(seconds)} s, ${Math.round(sent / seconds)} a second; ${judged} judged, ` +
      `${left} left; seed ${seed}`,
  );
  t.diagnostic(`${JSON.stringify(statuses)}, ${hits} hits, callouts ${JSON.stringify(callouts)}`);
  t.diagnostic(`memory ${JSON.stringify(memory)}`);
  assert.deepEqual(result.wrong, []);
  assert.deepEqual(result.traps, []);
  assert.equal(judged + left, sent, "an answer was lost");
  assert.equal(result.late, 0, "answers that did not come within a minute");
  assert.equal(result.surplus, 0, "connections that got more than was asked for");
  assert.deepEqual(result.rest, {}, "streams, calls and contexts that are left");
  assert.ok(sent >= Math.min(asked || 2_000, 2_000), `${sent} requests are not much`);
  const grown = memory.after.resident - memory.before.resident;
  // A fifth of the way all tables have their size; what comes after is the allocator's own.
  assert.ok(grown <= memory.before.resident * 0.05, JSON.stringify(memory));
});
