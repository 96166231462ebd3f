import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedStage } from "../../cli/scenarios/embedded.js";
import { libraryScenarios } from "../../cli/scenarios/find.js";
import { play } from "../../cli/scenarios/play.js";
import type { Scenario } from "../../cli/scenarios/scenario.js";
import { StageTime } from "../../cli/scenarios/stage-time.js";

const hello = (scenario: Omit<Scenario, "name">) =>
  EmbeddedStage.open({ scenario: { name: "", ...scenario }, plugin: "hello" });

test("a hundred scenarios take less than five seconds", async () => {
  const roles = await libraryScenarios();
  const hundred = Array.from({ length: 100 }, (_, index) => roles[index % roles.length]!);
  // That the modules are up to date is not part of it.
  for (const plugin of new Set(hundred.map((role) => role.plugin)))
    await EmbeddedStage.open({ scenario: { name: "" }, plugin });
  const before = performance.now();
  for (const role of hundred) await play(role.scenario, await EmbeddedStage.open(role));
  assert.ok(performance.now() - before < 5000);
});

test("time goes by in the order in which it is waited for, and at once", async () => {
  const before = performance.now();
  const heard: string[] = [];
  let milliseconds = 0;
  const time = new StageTime(() => {
    milliseconds++;
    return false;
  });
  const began = time.now();
  const forget = time.after(20, () => heard.push("never"));
  time.after(5000, () => heard.push("late"));
  time.after(10, () => {
    heard.push("early");
    forget();
    time.after(10, () => heard.push("then"));
  });
  await time.during(time.sleep(60_000));
  assert.deepEqual(heard, ["early", "then", "late"]);
  assert.equal(milliseconds, 60_000);
  assert.equal(time.now() - began, 60_000_000_000n);
  assert.ok(performance.now() - before < 5000);
});

test("what comes of a moment is done before time goes on", async () => {
  let milliseconds = 0;
  let happen: () => void;
  const happened = new Promise<void>((resolve) => (happen = resolve));
  const time = new StageTime(() => {
    if (++milliseconds !== 3) return false;
    happen();
    return true;
  });
  const seen = happened.then(() => milliseconds);
  await time.during(time.sleep(1000));
  assert.equal(await seen, 3);
});

test("time stands while nobody waits", async () => {
  const time = new StageTime(() => false);
  const began = time.now();
  let rung = false;
  time.after(5, () => (rung = true));
  for (let turn = 0; turn < 5; turn++) await time.quiet();
  assert.deepEqual([rung, time.now() - began], [false, 0n]);
  await time.during(time.sleep(10));
  assert.ok(rung);
});

test("answers come after their delays, and no client waits for more than fifteen seconds", async () => {
  const stage = await hello({
    upstream: [
      { when: { path: "/slow" }, reply: { delay_ms: 9000, body: ["a", "b"] } },
      { reply: { delay_ms: 8000 } },
    ],
  });
  const order: string[] = [];
  const send = async (path: string) => {
    const { body, incomplete } = await stage.send({ path });
    order.push([`${path} ${body.toString()}`, incomplete ?? []].flat().join(", "));
  };
  await Promise.all([send("/slow"), send("/fast")]);
  assert.deepEqual(order, ["/fast ", "/slow a, no answer within 15000 ms"]);
});

test("a response that is cut in its body is none", async () => {
  const stage = await hello({ upstream: [{ reply: { body: ["a", "b"], reset: "in the body" } }] });
  assert.equal((await stage.send({})).incomplete, "the upstream cut the connection");
  assert.equal(stage.seen("upstream").length, 1);
});

test("what no route takes gets the host's 404, which plugins see", async () => {
  const stage = await hello({
    routes: [
      { path: "/a", reply: { status: 299, body: "own" } },
      { name: "b", prefix: "/b" },
    ],
  });
  const statuses: [string, number, number][] = [
    ["/a?query", 299, 0],
    ["/a/more", 404, 0],
    ["/c", 404, 0],
    ["/bc", 200, 1],
  ];
  for (const [path, status, calls] of statuses) {
    const before = stage.seen("upstream").length;
    const answer = await stage.send({ path });
    assert.equal(answer.status, status, path);
    assert.equal(answer.headers.get("hello"), "world", path);
    assert.equal(stage.seen("upstream").length - before, calls, path);
  }
});

test("HTTP/2 differs from HTTP/1.1 in what frames a message", async () => {
  const stage = await hello({ upstream: [{ reply: { body: ["a", "b"] } }] });
  const first = await stage.send({ body: "in", headers: { "x-a": " 1 " } });
  assert.equal(first.headers.get("transfer-encoding"), "chunked");
  const second = await stage.send({ http2: true, body: "in" });
  assert.equal(second.headers.has("transfer-encoding"), false);
  assert.deepEqual(
    stage
      .seen("upstream")
      .map(({ headers }) => [headers.get("content-length"), headers.get("transfer-encoding")]),
    [
      ["2", undefined],
      [undefined, "chunked"],
    ],
  );
  assert.equal(stage.seen("upstream")[0]!.headers.get("x-a"), "1");
});
