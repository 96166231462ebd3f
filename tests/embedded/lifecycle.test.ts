import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { SharedState } from "../../host/index.js";
import { type Call, puppet } from "./puppet.js";

suite("a plugin's life", () => {
  test("begins with a canary; one that waits on the main thread is configured too", async () => {
    const one = ["context_create", "vm_start", "configure"];
    assert.deepEqual((await puppet()).ran, [...one, ...one]);
    assert.deepEqual((await puppet({}, { mainThread: true })).ran, [...one, ...one, ...one]);
  });

  test("has its configurations in their callbacks, the VM's always", async () => {
    const seen: unknown[] = [];
    await puppet(
      {
        vm_start: (call, root, size) => {
          seen.push(root, size, call.body(6), call.body(7));
          return 1;
        },
        configure: (call, root, size) => {
          seen.push(root, size, call.body(6), call.body(7));
          return 1;
        },
      },
      { vmConfig: "vm", pluginConfig: new Uint8Array([0x70, 0x00, 0xff]) },
    );
    const life = [1, 2, "vm", 1, 1, 3, "vm", "p\0\ufffd"];
    assert.deepEqual(seen, [...life, ...life]);
  });

  test("ends with done and delete, at once or when the plugin says so", async () => {
    const { host, ran } = await puppet();
    ran.length = 0;
    host.destroy();
    host.destroy();
    assert.deepEqual(ran, ["done", "delete"]);
    let finish = false;
    const statuses: number[] = [];
    const slow = await puppet({
      configure: (call) => {
        call.make("proxy_set_tick_period_milliseconds", 10);
        statuses.push(call.make("proxy_done"));
        return 1;
      },
      done: () => 0,
      tick: (call) => {
        if (finish) statuses.push(call.make("proxy_done"));
        assert.notEqual(slow.ran.at(-1), "delete");
      },
    });
    slow.host.destroy();
    slow.host.tick(10);
    assert.equal(slow.ran.at(-1), "tick");
    finish = true;
    slow.host.tick(10);
    assert.equal(slow.ran.at(-1), "delete");
    slow.host.tick(100);
    assert.equal(slow.ran.at(-1), "delete");
    assert.deepEqual(statuses, [1, 1, 0]);
  });
});

suite("ticks", () => {
  const period = (call: Call, milliseconds: number) =>
    call.make("proxy_set_tick_period_milliseconds", milliseconds);

  test("come each period on a clock that the host moves", async () => {
    const times: bigint[] = [];
    const now = (call: Call) => {
      call.make("proxy_get_current_time_nanoseconds", call.outs[0]);
      return call.u64(call.outs[0]);
    };
    let start = 0n;
    const { host } = await puppet({
      configure: (call) => {
        start = now(call);
        return period(call, 100) + 1;
      },
      tick: (call) => void times.push((now(call) - start) / 1_000_000n),
    });
    host.tick(350);
    host.tick(50);
    assert.deepEqual(times, [100n, 200n, 300n, 400n]);
  });

  test("see a given clock as it is", async () => {
    const clock = { time: 5n, now: () => clock.time };
    let seen = 0n;
    const { host } = await puppet(
      {
        configure: (call) => period(call, 10) + 1,
        tick: (call) => {
          call.make("proxy_get_current_time_nanoseconds", call.outs[0]);
          seen = call.u64(call.outs[0]);
        },
      },
      { clock },
    );
    clock.time = 77n;
    host.tick(10);
    assert.equal(seen, 77n);
  });

  test("take a new period after the next one, and end with a period of 0", async () => {
    let ticks = 0;
    const { host } = await puppet({
      configure: (call) => period(call, 100) + 1,
      request_headers: (call, id) => void period(call, id === 2 ? 10 : 0),
      tick: () => void ticks++,
    });
    host.stream().requestHeaders([[":path", "/"]], true);
    host.tick(99);
    assert.equal(ticks, 0);
    host.tick(1);
    host.tick(20);
    assert.equal(ticks, 3);
    host.stream().requestHeaders([[":path", "/"]], true);
    host.tick(1000);
    assert.equal(ticks, 3);
  });

  test("run on the main thread too", async () => {
    const shared = new SharedState();
    let ticks = 0;
    const { host } = await puppet(
      { configure: (call) => period(call, 10) + 1, tick: () => void ticks++ },
      { shared, mainThread: true },
    );
    host.tick(30);
    assert.equal(ticks, 6);
  });
});

test("the random numbers are those that the host is given", async () => {
  let filled = 0;
  await puppet(
    { configure: () => 1 },
    {
      random: (bytes) => {
        filled += bytes.length;
      },
    },
  );
  assert.equal(filled, 0);
});
