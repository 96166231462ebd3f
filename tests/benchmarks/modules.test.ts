import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { checkAlike } from "../../benchmarks/check.js";
import { type PeerName, type WorkloadName, workloadNames } from "../../benchmarks/names.js";
import { readRecorded, TimedPair } from "../../benchmarks/recorded.js";
import { findEnvoy } from "../../cli/envoy/find.js";

// Compiling takes seconds a module: by default those whose figures are promised.
const names: readonly WorkloadName[] =
  process.env["AS_PROXY_WASM_BENCH"] === "all"
    ? workloadNames
    : ["headers", "transform", "basic-auth", "body", "json"];

// Go's are not kept here, and take long to start.
const peers: PeerName[] = ["as-proxy-wasm", "rust", "old-assemblyscript", "floor", "lua", "native"];

suite("workloads of the benchmarks", () => {
  for (const name of names)
    test(`${name} does the same with all variants, in Envoy`, async () => {
      const compared = await checkAlike({ binary: (await findEnvoy()).path, workloads: [name], peers });
      assert.ok(compared >= 6, `only ${compared} exchanges were compared`);
    });
});

/** Modules may grow by 5 %, and become dearer by a quarter, before somebody has to look and record anew. */
const [mostGrowth, mostDearer] = [1.05, 1.25];
const mostLooks = 6;

suite("this project's modules against benchmarks/recorded.json", () => {
  for (const name of names)
    test(`${name} has not grown, and takes no longer beside its floor`, async () => {
      const recorded = (await readRecorded())[name];
      const pair = await TimedPair.of(name);
      const growth = pair.bytes / recorded.bytes;
      const again = "if that is meant: npm run bench -- --record";
      assert.ok(growth <= mostGrowth, `${pair.bytes} bytes, recorded are ${recorded.bytes}; ${again}`);
      assert.equal(pair.over, recorded.over);
      // The least of each counts, and a machine that does something else is looked at again.
      for (let look = 0; look < mostLooks; look++) {
        await pair.look();
        if (pair.ratio <= recorded.ratio * mostDearer) return;
      }
      assert.fail(`${pair.ratio.toFixed(2)} times ${pair.over}, recorded are ${recorded.ratio}; ${again}`);
    });
});
