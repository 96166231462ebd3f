import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram, mostSamples } from "../../host/histogram.js";
import { mostLines } from "../../host/recent-lines.js";
import { puppet } from "./puppet.js";

test("a host keeps the latest lines of its log, and tells of all", async () => {
  let told = 0;
  const times = mostLines + 5;
  const { host } = await puppet(
    {
      tick: (call) => {
        for (let i = 0; i < times; i++) call.make("proxy_log", 2, `line ${i}`);
      },
      configure: (call) => {
        call.make("proxy_set_tick_period_milliseconds", 1);
        return 1;
      },
    },
    { onLog: () => void told++ },
  );
  host.tick(1);
  assert.equal(told, times);
  assert.ok(host.logs.length <= mostLines && host.logs.length > mostLines / 2, `${host.logs.length}`);
  assert.equal(host.logs.at(-1)?.message, `line ${times - 1}`);
});

test("a histogram counts all of its values, and keeps the latest", () => {
  const histogram = new Histogram();
  for (let value = 0; value < 5000; value++) histogram.record(BigInt(value));
  assert.equal(histogram.count, 5000);
  assert.equal(histogram.samples.length, mostSamples);
  assert.ok(histogram.samples.every((value) => value >= 4000n));
  assert.deepEqual(histogram.buckets.slice(0, 4), [1, 2, 6, 11]);
  assert.equal(histogram.buckets.at(-1), 5000);
});
