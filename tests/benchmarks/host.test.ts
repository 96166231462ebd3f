import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { messagesOf } from "../../benchmarks/messages.js";
import type { WorkloadName } from "../../benchmarks/names.js";
import { workload } from "../../benchmarks/workloads.js";
import { root } from "../../cli/root.js";
import { CheapestHost } from "../../cli/measure/v8/cheapest-host.js";
import { MemoryView } from "../../cli/measure/v8/memory-view.js";
import { callbacksOf } from "../../cli/measure/v8/request.js";
import { SharedData } from "../../cli/measure/v8/shared-data.js";
import { Aged, withManyOpen } from "../../cli/measure/v8/wear.js";
import { Status } from "../../host/enums.js";

const floor = (name: WorkloadName) =>
  readFile(join(root, "benchmarks", "peers", "floor", "modules", `${name}.wasm`));

const guestOf = async (name: WorkloadName) => ({
  name,
  module: await floor(name),
  rootId: "bench",
  configuration: Buffer.from("{}"),
  messages: messagesOf(workload(name)),
  keepsSharedData: true,
});

suite("the cheapest host", () => {
  test("keeps shared data with versions, as Envoy does", () => {
    const view = new MemoryView();
    view.memory = new WebAssembly.Memory({ initial: 1 });
    const shared = new SharedData(view);
    view.write(0, new TextEncoder().encode("key"));
    view.write(16, Uint8Array.of(1, 2));
    assert.equal(shared.find(0, 3), undefined);
    assert.equal(shared.set(0, 3, 16, 2, 0xffffffff), Status.Ok);
    const first = shared.find(0, 3)!;
    assert.deepEqual([...first.value], [1, 2]);
    view.write(16, Uint8Array.of(3, 4, 5));
    assert.equal(shared.set(0, 3, 16, 3, first.version + 1), Status.CasMismatch);
    assert.deepEqual([...shared.find(0, 3)!.value], [1, 2]);
    assert.equal(shared.set(0, 3, 16, 3, first.version), Status.Ok);
    assert.deepEqual([...shared.find(0, 3)!.value], [3, 4, 5]);
    assert.equal(shared.set(0, 3, 16, 1, 0), Status.Ok);
    assert.deepEqual([...shared.find(0, 3)!.value], [3]);
    assert.equal(shared.find(0, 2), undefined);
  });

  test("sees memory that has grown", () => {
    const view = new MemoryView();
    view.memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
    view.setU32(8, 7);
    view.memory.grow(1);
    assert.equal(view.getU32(8), 7);
    view.setU32(65536 + 8, 9);
    assert.equal(new Uint32Array(view.memory.buffer)[(65536 + 8) / 4], 9);
  });

  test("answers each call of a request once, the oldest first", async () => {
    const guest = await guestOf("callout");
    const host = CheapestHost.start(new WebAssembly.Module(guest.module), guest);
    const callbacks = callbacksOf(host, guest.messages);
    const named = (name: string) => callbacks.find((one) => one.name === name)!;
    assert.equal(host.nextCall(), 0);
    named("proxy_on_request_headers").call(2);
    named("proxy_on_request_headers").call(3);
    assert.equal(host.nextCall(), 4);
    named("proxy_on_http_call_response").call(3);
    assert.equal(host.nextCall(), 0);
  });
});

suite("wear", () => {
  test("a module without state costs the same with many streams open", async () => {
    const { comparison } = withManyOpen(await guestOf("counter"), 10, 1000, { rounds: 8, requests: 500 });
    assert.ok(comparison.ratio.value > 0.4 && comparison.ratio.value < 2.5, `${comparison.ratio.value}`);
  });

  test("a module is aged by as many requests as it is told, its memory noted on the way", async () => {
    const aged = new Aged(await guestOf("headers"));
    aged.run(12_345, 30_000);
    assert.equal(aged.requests, 12_345);
    assert.deepEqual(
      aged.memory.map(({ requests }) => requests),
      [1000, 10_000, 12_345],
    );
    assert.ok(aged.memory.every(({ bytes }) => bytes === 65_536));
    const { before, after } = aged.compare({ rounds: 3, requests: 200 });
    assert.equal(before.count, 3);
    assert.ok(after.minimum > 0);
  });
});
