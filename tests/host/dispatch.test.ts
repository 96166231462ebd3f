import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { fixture, plugin } from "../envoy/harness.js";
import { Host, requestBody, requestHeaders, responseBody, responseHeaders } from "./host.js";

const root = 1;

const hostOf = async (name: string) => new Host(await fixture(name));

/** What the module did to contexts since a mark: not its log, nor its look at the clock. */
const callsFrom = (host: Host, from: number) =>
  host.calls.slice(from).filter(({ name }) => name !== "proxy_log" && name !== "clock_time_get");

/** Callbacks that end a stream or say whether something may go on: their neutral answer is yes. */
const agreeing = new Set(["proxy_on_done"]);

/** Calls every callback with a number that means nothing, and asserts that each answers at once and does nothing. */
function assertNeutral(host: Host, id: number): void {
  const from = host.calls.length;
  for (const order of [host.callbacks, [...host.callbacks].reverse()]) {
    for (const name of order) {
      if (name === "proxy_on_memory_allocate" || name === "proxy_on_context_create") continue;
      const answer = host.call(name.replace("proxy_on_", ""), id, 1, 1);
      assert.equal(answer ?? 0, agreeing.has(name) ? 1 : 0, `${name} ${id}`);
    }
  }
  assert.deepEqual(host.calls.slice(from), []);
}

suite("a callback for a context that is not there", () => {
  const unknown = [0, 1, 2, 31, 32, 33, 64, 1000, 0x7fffffff, 0x80000000, 0xffffffff];

  test("answers neutrally at once: before there is any, beside others, and after they have gone", async () => {
    const host = await hostOf("lifecycle");
    for (const id of unknown) assertNeutral(host, id);
    assert.ok(host.startRoot(root));
    for (const id of unknown.filter((id) => id !== root)) assertNeutral(host, id);
    host.startStream(2, root);
    host.call("request_headers", 2, 0, 1);
    for (const id of unknown.filter((id) => id > 2)) assertNeutral(host, id);
    host.endStream(2);
    host.endStream(root);
    for (const id of unknown) assertNeutral(host, id);
  });

  test("answers neutrally when its root could not be made", async () => {
    const host = await hostOf("several");
    assert.equal(host.startRoot(root, '{"value":"1"}'), false);
    assert.match(host.log[0]!, /^5 no plugin is registered for root_id ''; there are: first, second$/);
    assertNeutral(host, root);
    host.startStream(2, root);
    assertNeutral(host, 2);
    host.endStream(2);
    host.endStream(root);
  });

  test("answers neutrally in the place of a stream for a root, and of a root for a stream", async () => {
    const host = await hostOf("lifecycle");
    host.startRoot(root);
    host.startStream(2, root);
    const from = host.log.length;
    for (const name of ["request_headers", "request_body", "response_headers", "response_trailers"])
      assert.equal(host.call(name, root, 1, 1), 0, name);
    for (const name of ["vm_start", "configure", "tick"]) assert.equal(host.call(name, 2, 0) ?? 0, 0, name);
    assert.deepEqual(host.log.slice(from), []);
  });

  test("does not keep the others from theirs: a stream of no root, twice created, twice deleted", async () => {
    const host = await hostOf("lifecycle");
    host.startRoot(root);
    host.startStream(5, 99);
    assertNeutral(host, 5);
    host.startStream(6, root);
    host.startStream(6, root);
    const from = host.log.length;
    host.call("request_headers", 6, 0, 1);
    host.call("delete", 6);
    host.call("delete", 6);
    host.call("log", 6);
    const lines = host.log.slice(from);
    assert.equal(lines.filter((line) => line.includes("stream onDelete 6")).length, 1, lines.join("\n"));
    assert.equal(lines.filter((line) => line.includes("onLog")).length, 0);
  });
});

suite("callbacks in any order", () => {
  test("reach the stream that they are of: a response without a request, a log without anything", async () => {
    const host = await hostOf("lifecycle");
    host.startRoot(root);
    for (const [id, name] of [
      [2, "response_headers"],
      [3, "log"],
      [4, "response_body"],
      [5, "request_trailers"],
    ] as const) {
      host.startStream(id, root);
      const from = host.log.length;
      assert.equal(host.call(name, id, 0, 0) ?? 0, 0);
      assert.ok(host.log.slice(from).some((line) => line.endsWith(`stream onCreate ${id}`)));
      host.endStream(id);
    }
    // One that had no callback of its own has nobody to tell.
    host.startStream(6, root);
    const from = host.log.length;
    host.call("done", 6);
    host.call("delete", 6);
    assert.deepEqual(host.log.slice(from), []);
  });

  test("find their stream among thousands that come and go, whatever their numbers are", async () => {
    const host = await hostOf("lifecycle");
    host.startRoot(root);
    // Steps of 32 all begin at the same place of a small table.
    const step = (index: number) => [32 * index, index, 0x80000000 + 64 * index][index % 3]! + 2;
    const alive: number[] = [];
    let seed = 1;
    const random = (limit: number) => (seed = (seed * 48271) % 2147483647) % limit;
    for (let index = 0; index < 6000; index++) {
      const id = step(index);
      if (!host.contexts.has(id)) {
        host.startStream(id, root, [[":path", `/${id}`]]);
        alive.push(id);
      }
      const chosen = alive[random(alive.length)]!;
      host.log.length = 0;
      host.call("request_headers", chosen, 0, 1);
      assert.equal(host.log.at(-1), `2 stream onRequestHeaders ${chosen}`);
      if (alive.length > (index < 3000 ? 1000 : 10)) {
        const gone = alive.splice(random(alive.length), 1)[0]!;
        host.log.length = 0;
        host.endStream(gone);
        assert.ok(host.log.includes(`2 logged /${gone} ?`), host.log.join("\n"));
        assertNeutralQuickly(host, gone);
      }
    }
    for (const id of alive) host.endStream(id);
    for (const id of alive) assertNeutralQuickly(host, id);
    host.log.length = 0;
    host.endStream(root);
    assert.deepEqual(host.log, ["2 root onLog", "2 root onDone", "2 root onDelete"]);
  });
});

function assertNeutralQuickly(host: Host, id: number): void {
  const from = host.calls.length;
  assert.equal(host.call("request_headers", id, 0, 0), 0);
  host.call("delete", id);
  assert.equal(host.calls.length, from);
  host.calls.length = 0;
}

/** A whole other stream's life, with headers that fill the arena several times over. */
function anotherStream(host: Host, id: number, path: string): void {
  const headers: [string, string][] = [
    [":path", path],
    ...Array.from({ length: 6 }, (_, index): [string, string] => [`x-large-${index}`, "z".repeat(20_000)]),
  ];
  const context = host.startStream(id, root, headers);
  context.maps.set(responseHeaders, headers.slice());
  context.buffers.set(responseBody, Buffer.from("other body"));
  host.call("request_headers", id, 0, 1);
  host.call("response_headers", id, 0, 0);
  host.call("response_body", id, 10, 1);
  host.endStream(id);
}

suite("callbacks within a hostcall", () => {
  test("leave the outer callback's memory as it was, however much they take themselves", async () => {
    const host = await hostOf("bodies");
    host.startRoot(root);
    for (let round = 0; round < 50; round++) {
      const context = host.startStream(2, root, [[":path", "/response/large/100"]]);
      context.maps.set(responseHeaders, [["x-poisoned", `kept ${round}`]]);
      context.buffers.set(responseBody, Buffer.from("abcd"));
      host.call("request_headers", 2, 0, 1);
      host.call("response_headers", 2, 0, 0);
      let nested = 0;
      host.within = (name) => {
        if (name !== "proxy_set_buffer_bytes" || nested >= 40) return;
        nested += 1;
        anotherStream(host, 100 + nested, nested % 2 === 0 ? "/response/range" : "/response/set");
      };
      host.log.length = 0;
      assert.equal(host.call("response_body", 2, 4, 1), 0);
      host.within = undefined;
      assert.ok(nested >= 3);
      assert.deepEqual(
        host.log.filter((line) => line !== "2 deleted"),
        [`4 kept ${round}`, "2 kept over the call: large/100 read"],
      );
      // What the outer callback did after the inner ones went to its own stream.
      assert.equal(context.buffers.get(responseBody)!.toString(), `${"y".repeat(99)}more`);
      host.endStream(2);
    }
    assert.ok(host.memorySize < 1024 * 1024, String(host.memorySize));
  });

  test("may end the stream itself: from then on it makes no hostcall but for its log", async () => {
    const host = await hostOf("bodies");
    host.startRoot(root);
    for (const [side, headers, body] of [
      ["request", requestHeaders, requestBody],
      ["response", responseHeaders, responseBody],
    ] as const) {
      for (const what of ["large", "append-large", "held-large"]) {
        const context = host.startStream(2, root, [[":path", `/${side}/${what}/100`]]);
        if (headers === responseHeaders) context.maps.set(headers, []);
        context.maps.get(headers)!.push(["x-poisoned", "kept"]);
        context.buffers.set(body, Buffer.from("abcd"));
        host.call("request_headers", 2, 0, 0);
        if (side === "response") host.call("response_headers", 2, 0, 0);
        let ended = -1;
        host.within = (name) => {
          if (name !== "proxy_set_buffer_bytes" || ended >= 0) return;
          host.call("log", 2);
          host.call("done", 2);
          host.call("delete", 2);
          ended = host.calls.length;
        };
        host.log.length = 0;
        assert.equal(host.call(`${side}_body`, 2, 4, 1), 0);
        host.within = undefined;
        assert.ok(ended >= 0);
        assert.deepEqual(callsFrom(host, ended), [], `${side} ${what}`);
        const lines = what === "append-large" ? [] : ["4 kept", `2 kept over the call: ${what}/100 nothing`];
        assert.deepEqual(host.log, ["2 deleted", ...lines]);
        host.contexts.delete(2);
        assertNeutralQuickly(host, 2);
      }
    }
  });

  test("may end the stream while it answers locally, and a second answer is not given", async () => {
    const host = await hostOf("replies");
    host.startRoot(root);
    for (const [path, replies] of [
      ["/twice", 1],
      ["/request-headers", 1],
      ["/bytes", 1],
    ] as const) {
      const context = host.startStream(2, root, [[":path", path]]);
      let ended = -1;
      host.within = (name) => {
        if (name !== "proxy_send_local_response" || ended >= 0) return;
        context.maps.set(responseHeaders, [[":status", "401"]]);
        assert.equal(host.call("response_headers", 2, 1, 1), 0);
        assert.deepEqual(context.maps.get(responseHeaders), [
          [":status", "401"],
          ["x-response-callback", "seen"],
        ]);
        host.call("log", 2);
        host.call("done", 2);
        host.call("delete", 2);
        ended = host.calls.length;
      };
      const from = host.calls.length;
      host.call("request_headers", 2, 1, 1);
      host.within = undefined;
      assert.deepEqual(callsFrom(host, ended), [], path);
      const sent = host.calls.slice(from).filter(({ name }) => name === "proxy_send_local_response");
      assert.equal(sent.length, replies);
      host.contexts.delete(2);
      assertNeutralQuickly(host, 2);
    }
  });

  test("may end another stream that the outer callback is about to let go: it is left alone", async () => {
    const host = await hostOf("pausing");
    host.startRoot(root);
    for (const id of [2, 3, 4]) {
      host.startStream(id, root, [
        [":path", "/request-change"],
        ["x-mine", String(id)],
      ]);
      assert.equal(host.call("request_headers", id, 1, 1), 1);
    }
    let ended = false;
    host.within = (name) => {
      if (name !== "proxy_continue_stream" || ended) return;
      // Envoy still has a context while it tells of its end, and would act on it.
      ended = true;
      host.call("delete", 3);
    };
    const from = host.calls.length;
    host.call("tick", root);
    host.within = undefined;
    const touched = callsFrom(host, from).filter(({ name }) => name !== "proxy_set_effective_context");
    assert.deepEqual([...new Set(touched.map(({ context }) => context))], [2, 4]);
    assert.equal(host.contexts.get(4)!.maps.get(requestHeaders)!.at(-1).join("="), "x-from-tick=4");
  });

  test("have settings of their own, and the outer one has its own again after them", async () => {
    const host = new Host(await plugin("custom-headers"));
    const headers = ["x-a", "x-b", "x-c"].map((name) => ({ name, value: "1" }));
    assert.ok(host.startRoot(1, JSON.stringify({ headers })));
    assert.ok(host.startRoot(2, JSON.stringify({ headers, shadow: true })));
    const streams = [3, 4].map((id) => {
      const context = host.startStream(id, id - 2, [[":path", "/"]]);
      context.maps.set(responseHeaders, []);
      host.call("request_headers", id, 1, 1);
      return context.maps.get(responseHeaders)!;
    });
    let nested = 0;
    host.within = (name) => {
      if (name === "proxy_add_header_map_value" && nested++ === 0) host.call("response_headers", 4, 0, 1);
    };
    host.call("response_headers", 3, 0, 1);
    assert.equal(nested, 3);
    assert.deepEqual(streams, [headers.map(({ name }) => [name, "1"]), []]);
  });

  test("see a stream that a plugin kept beyond its end as gone, in later callbacks too", async () => {
    const host = await hostOf("pausing");
    host.startRoot(root);
    host.startStream(2, root, [[":path", "/request-kept"]]);
    host.call("request_headers", 2, 1, 1);
    host.endStream(2);
    const from = host.calls.length;
    host.call("tick", root);
    assert.deepEqual(
      callsFrom(host, from).filter(({ name }) => name !== "proxy_set_effective_context"),
      [],
    );
  });
});

suite("memory for the host's data", () => {
  test("is the same in one callback after the other", async () => {
    const host = await hostOf("bodies");
    host.startRoot(root);
    const places = new Set<number>();
    for (let round = 0; round < 100; round++) {
      host.startStream(2, root, [[":path", "/".repeat(1000)]]);
      host.within = (name) => {
        if (name === "proxy_get_header_map_value") places.add(host.allocate(2000));
      };
      host.call("request_headers", 2, 1, 1);
      host.within = undefined;
      host.endStream(2);
    }
    assert.equal(places.size, 1);
  });

  test("is aligned, distinct, and 0 only for more than there can be", async () => {
    const host = await hostOf("bodies");
    assert.equal(host.allocate(0xffffffff), 0);
    assert.equal(host.allocate(0x7fffffff), 0);
    const pieces = [0, 1, 7, 8, 9, 100, 16 * 1024, 16 * 1024 + 1, 100_000].map(
      (size) => [host.allocate(size), size] as const,
    );
    const sorted = pieces.filter(([, size]) => size > 0).sort(([a], [b]) => a - b);
    for (const [index, [at, size]] of sorted.entries()) {
      assert.ok(at > 0 && at % 8 === 0);
      const next = sorted[index + 1];
      if (next) assert.ok(at + size <= next[0], `${at} + ${size} > ${next[0]}`);
    }
  });
});
