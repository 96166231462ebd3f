import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ReadyMessages } from "../../cli/measure/v8/messages.js";
import { withManyOpen } from "../../cli/measure/v8/wear.js";
import { plugin } from "../envoy/harness.js";

test("a request costs about the same beside 10,000 streams that are open as beside ten", async (t) => {
  const none = new Uint8Array();
  const guest = {
    name: "hello",
    rootId: "hello",
    configuration: none,
    module: await readFile(await plugin("hello")),
    messages: new ReadyMessages({
      requestHeaders: [
        [":path", "/"],
        [":method", "GET"],
      ],
      requestBody: none,
      responseHeaders: [[":status", "200"]],
      responseBody: none,
    }),
  };
  const measured = withManyOpen(guest, 10, 10_000, { rounds: 15, requests: 2000 });
  const ratio = measured.after.lowerQuartile / measured.before.lowerQuartile;
  t.diagnostic(`${ratio.toFixed(2)} times`);
  // The processor's caches hold fewer of them: a walk through all would take a hundred times as long.
  assert.ok(ratio < 4, `${ratio} times`);
});
