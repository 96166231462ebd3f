import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { PeerType } from "../../host/index.js";
import { puppet } from "./puppet.js";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

suite("a connection", () => {
  test("runs through its callbacks: closed by the client it is done, logged, deleted", async () => {
    const peers: unknown[] = [];
    const { host, ran } = await puppet({
      downstream_connection_close: (_call, _id, peer) => void peers.push("client", peer),
      upstream_connection_close: (_call, _id, peer) => void peers.push("upstream", peer),
    });
    ran.length = 0;
    const s = host.tcpStream();
    s.newConnection();
    s.downstreamData("ping");
    s.upstreamData("pong", true);
    s.close();
    s.close();
    assert.deepEqual(ran, [
      "context_create",
      "new_connection",
      "downstream_data",
      "upstream_data",
      "upstream_connection_close",
      "downstream_connection_close",
      "done",
      "log",
      "delete",
    ]);
    assert.deepEqual(peers, ["upstream", PeerType.Unknown, "client", PeerType.Remote]);
  });

  test("is changed as it passes, both ways", async () => {
    const { host } = await puppet({
      downstream_data: (call) => void call.setBody(2, "<", 0, 0),
      upstream_data: (call) => void call.setBody(3, "all of it"),
    });
    const s = host.tcpStream();
    s.newConnection();
    assert.equal(text(s.downstreamData("ping").data), "<ping");
    assert.equal(text(s.upstreamData("pong").data), "all of it");
  });

  test("waits for the plugin, which sees all that waits each time", async () => {
    const seen: unknown[] = [];
    let answer = 1;
    const { host } = await puppet({
      downstream_data: (call, _id, size, end) => {
        seen.push(size, end, call.body(2), call.body(3));
        return answer;
      },
      upstream_data: (_call, _id, size) => (size < 4 ? 1 : 0),
    });
    const s = host.tcpStream();
    s.newConnection();
    assert.deepEqual([s.downstreamData("ab").paused, text(s.downstreamData("cd").data)], [true, ""]);
    answer = 0;
    const r = s.downstreamData("", true);
    assert.deepEqual([r.paused, r.end, text(r.data)], [false, true, "abcd"]);
    assert.deepEqual(seen, [2, 0, "ab", "", 4, 0, "abcd", "", 4, 1, "abcd", ""]);
    assert.equal(text(s.upstreamData("ab").data), "");
    assert.equal(text(s.upstreamData("cd").data), "abcd");
  });

  test("goes on when a tick says so, downstream alone", async () => {
    const statuses: number[] = [];
    const { host } = await puppet({
      configure: (call) => {
        call.make("proxy_set_tick_period_milliseconds", 10);
        return 1;
      },
      new_connection: () => 1,
      downstream_data: () => 1,
      tick: (call) => {
        call.make("proxy_set_effective_context", 2);
        statuses.push(call.make("proxy_continue_stream", 3), call.make("proxy_continue_stream", 2));
      },
    });
    const s = host.tcpStream();
    assert.equal(s.newConnection().action, 1);
    s.downstreamData("ab");
    host.tick(10);
    assert.deepEqual(statuses, [12, 0]);
    assert.equal(text(s.downstreamState.data), "ab");
    assert.equal(text(s.downstreamData("").data), "ab");
  });

  test("is closed by the plugin: the peer is this side", async () => {
    const peers: unknown[] = [];
    const { host } = await puppet({
      downstream_data: (call) => void call.make("proxy_close_stream", 2),
      downstream_connection_close: (_call, _id, peer) => void peers.push(peer),
    });
    const s = host.tcpStream();
    s.newConnection();
    assert.equal(s.downstreamData("x").closed, true);
    assert.deepEqual(peers, [PeerType.Local]);
  });

  test("is closed when the plugin is dead, or passes untouched where it may", async () => {
    for (const failurePolicy of ["FAIL_CLOSED", "FAIL_OPEN"] as const) {
      const { host } = await puppet({ downstream_data: (call) => call.trap }, { failurePolicy });
      const s = host.tcpStream();
      s.newConnection();
      const r = s.downstreamData("x");
      assert.match(r.trap!.message, /unreachable/);
      assert.deepEqual([r.closed, r.data.length], [true, 0]);
      const later = host.tcpStream();
      later.newConnection();
      const passed = later.downstreamData("x");
      assert.deepEqual(
        [text(passed.data), passed.closed],
        failurePolicy === "FAIL_OPEN" ? ["x", undefined] : ["", true],
      );
    }
  });
});
