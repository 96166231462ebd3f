import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { FilterState, LogLevel, MetricType, SharedState } from "../../host/index.js";
import { writeMessage } from "../../host/foreign/protobuf.js";
import { type Act, type Call, puppet } from "./puppet.js";

const get: [string, string][] = [
  [":method", "GET"],
  [":path", "/a?b=c#d"],
  [":authority", "example"],
  [":scheme", "http"],
  ["x-two", "a"],
  ["x-two", "b"],
];

/** What a test does in the module's place in request headers. */
async function inRequest<T>(act: (call: Call) => T, options: Parameters<typeof puppet>[1] = {}): Promise<T> {
  let result: { value: T } | undefined;
  const { host } = await puppet({ request_headers: (call) => void (result = { value: act(call) }) }, options);
  host.stream().requestHeaders(get, true);
  return result!.value;
}

suite("shared data", () => {
  test("is compared and swapped, and shared by vm_id among the hosts of one process", async () => {
    const shared = new SharedState();
    const acts: Record<string, Act> = {
      request_headers: (call) => {
        const [address, size, cas] = call.outs;
        const name = call.header(0, "x-step");
        if (name === "write") {
          assert.equal(call.make("proxy_get_shared_data", "k", address, size, cas), 1);
          assert.equal(call.make("proxy_set_shared_data", "k", "one", 0xffffffff), 0);
          assert.equal(call.make("proxy_set_shared_data", "k", "two", 0xffffffff), 8);
        }
        const status = call.make("proxy_get_shared_data", "k", address, size, cas);
        call.setHeader(0, "x-status", String(status));
        if (status === 0) assert.equal(call.make("proxy_set_shared_data", "k", "three", call.u32(cas)), 0);
      },
    };
    const statusOf = async (vmId: string, step: string) => {
      const { host } = await puppet(acts, { shared, vmId });
      const r = host.stream().requestHeaders([...get, ["x-step", step]], true);
      return new Map(r.headers).get("x-status");
    };
    assert.equal(await statusOf("a", "write"), "0");
    assert.equal(await statusOf("a", "read"), "0");
    assert.equal(await statusOf("b", "read"), "1");
    assert.equal(Buffer.from(shared.entries("a").get("k")!).toString(), "three");
  });
});

suite("a queue", () => {
  test("tells the VM that registered it last, later, once for each entry", async () => {
    const shared = new SharedState();
    const heard: string[] = [];
    const worker = (name: string) =>
      puppet(
        {
          configure: (call) => {
            assert.equal(call.make("proxy_register_shared_queue", "q", call.outs[0]), 0);
            return 1;
          },
          request_headers: (call) => {
            assert.equal(call.make("proxy_resolve_shared_queue", "", "none", call.outs[0]), 1);
            assert.equal(call.make("proxy_resolve_shared_queue", "", "q", call.outs[0]), 0);
            const queue = call.u32(call.outs[0]);
            assert.equal(call.make("proxy_enqueue_shared_queue", queue, "entry"), 0);
            assert.equal(call.make("proxy_enqueue_shared_queue", queue + 1, "entry"), 1);
            assert.deepEqual(heard, []);
          },
          queue_ready: (call, root, queue) => {
            heard.push(`${name} ${root} ${String(call.text("proxy_dequeue_shared_queue", queue))}`);
            assert.equal(call.bytes("proxy_dequeue_shared_queue", queue), 7);
            assert.equal(call.bytes("proxy_dequeue_shared_queue", 99), 1);
          },
        },
        { shared },
      );
    const first = await worker("first");
    const second = await worker("second");
    first.host.stream().requestHeaders(get, true);
    await second.host.settled();
    assert.deepEqual(heard, ["second 1 entry"]);
  });
});

suite("metrics", () => {
  test("count, are set, take samples in, and have the numbers and statuses of Envoy", async () => {
    const shared = new SharedState();
    await inRequest(
      (call) => {
        const define = (type: number, name: string) => {
          assert.equal(call.make("proxy_define_metric", type, name, call.outs[0]), 0);
          return call.u32(call.outs[0]);
        };
        const [counter, gauge, histogram] = [define(0, "c"), define(1, "g"), define(2, "h")];
        assert.deepEqual([counter, gauge, histogram, define(0, "c")], [4, 5, 6, 8]);
        assert.equal(call.make("proxy_define_metric", 3, "x", call.outs[0]), 2);
        const increment = (id: number, by: bigint) => call.make("proxy_increment_metric", id, by);
        const record = (id: number, value: bigint) => call.make("proxy_record_metric", id, value);
        assert.deepEqual(
          [increment(4, 2n), increment(8, 3n), increment(4, 0n), increment(4, -1n)],
          [0, 0, 2, 2],
        );
        assert.deepEqual(
          [increment(5, 9n), increment(5, -2n), increment(6, 1n), increment(100, 1n)],
          [0, 0, 2, 1],
        );
        assert.deepEqual([record(4, 10n), record(5, 1n), record(6, 7n), record(102, 1n)], [0, 0, 0, 1]);
        const read = (id: number) => {
          const status = call.make("proxy_get_metric", id, call.outs[0]);
          return status === 0 ? call.u64(call.outs[0]) : status;
        };
        assert.deepEqual([read(4), read(8), read(5), read(6), read(100)], [15n, 15n, 1n, 2, 1]);
      },
      { shared },
    );
    const histogram = shared.metrics.find(({ type }) => type === MetricType.Histogram);
    assert.deepEqual([histogram?.name, histogram?.histogram.samples], ["h", [7n]]);
  });
});

const i64 = (value: bigint): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes.toString();
};

suite("a property", () => {
  test("follows from the request while its headers can be reached", async () => {
    const found = await inRequest((call) =>
      [
        ["request", "path"],
        ["request", "url_path"],
        ["request", "query"],
        ["request", "host"],
        ["request", "method"],
        ["request", "headers", "X-Two"],
        ["request", "headers", "x-none"],
        ["request", "size"],
        ["request", "protocol"],
        ["request", "duration"],
        ["response", "code"],
        ["response", "flags"],
        ["request", "path", "deeper"],
      ].map((path) => call.property(...path)),
    );
    const zero = i64(0n);
    assert.deepEqual(found, [
      ...["/a?b=c#d", "/a", "b=c", "example", "GET", "a,b", 1, zero, "HTTP/1.1", 1, 1, zero, 1],
    ]);
  });

  test("follows from the response, and from the whole stream when it is logged", async () => {
    const seen: unknown[] = [];
    const look = (call: Call) =>
      void seen.push(
        call.property("request", "path"),
        call.property("response", "code"),
        call.property("response", "code_details"),
        call.property("response", "headers", "x-up"),
        call.property("upstream", "request_attempt_count"),
      );
    const { host } = await puppet({ response_headers: look, response_body: look, log: look });
    const s = host.stream();
    s.requestHeaders(get, true);
    s.responseHeaders([
      [":status", "203"],
      ["x-up", "1"],
    ]);
    s.responseBody("x", true);
    s.close();
    const [code, one] = [i64(203n), i64(1n)];
    assert.deepEqual(seen, [
      ...[1, code, "via_upstream", "1", one],
      ...[1, code, "via_upstream", 1, one],
      ...["/a?b=c#d", code, "via_upstream", "1", one],
    ]);
  });

  test("is given with its type, comes before what follows from the stream, and is found by its path alone", async () => {
    const found = await inRequest(
      (call) => [
        call.property("xds", "route_name"),
        call.property("connection", "mtls"),
        call.property("request", "path"),
        call.property("xds", "node", "metadata", "NAME"),
        call.property("xds.route_name"),
        call.property("xds", "node.metadata", "NAME"),
        call.property("plugin_name"),
        call.property("source", "port"),
        call.property("xds", "route_name", ""),
      ],
      {
        pluginName: "mine",
        properties: {
          "xds.route_name": "main",
          "connection.mtls": true,
          "request.path": "/given",
          "xds.node.metadata.NAME": "pod",
          "source.port": 7n,
        },
      },
    );
    assert.deepEqual(found, ["main", "\u0001", "/given", "pod", 1, 1, "mine", i64(7n), "main"]);
  });

  test("of a whole group cannot be serialized, and without a stream there is little", async () => {
    const groups = ["request", "response", "connection", "source", "xds", "filter_state"];
    const found = await inRequest((call) => groups.map((group) => call.property(group)));
    assert.deepEqual(
      found,
      groups.map(() => 3),
    );
    let atRoot: unknown;
    await puppet({
      configure: (call) => {
        const set = call.make("proxy_set_property", "x", "y");
        const paths = [["request"], ["request", "path"], ["xds"], ["xds", "node", "id"], ["plugin_root_id"]];
        atRoot = [set, ...paths.map((path) => call.property(...path)), call.property("")];
        return 1;
      },
    });
    assert.deepEqual(atRoot, [1, 1, 1, 3, "as-proxy-wasm", "", 3]);
  });

  test("that a plugin sets is in the filter state, which plugins of one chain share", async () => {
    const filterState = new FilterState();
    const { host } = await puppet({
      request_headers: (call) => void assert.equal(call.make("proxy_set_property", "mine", "value"), 0),
      response_headers: (call) => {
        assert.deepEqual(
          [call.property("mine"), call.property("filter_state", "wasm.mine")],
          ["value", "value"],
        );
        assert.deepEqual([call.property("mine", "deeper"), call.property("wasm.mine")], [1, 1]);
      },
    });
    const s = host.stream({ filterState });
    s.requestHeaders(get, true);
    s.responseHeaders([[":status", "200"]], true);
    assert.equal(s.requestState.trap, undefined);
    const other = await puppet({
      request_headers: (call) =>
        void call.setHeader(0, "x-found", String(call.property("filter_state", "wasm.mine"))),
    });
    const r = other.host.stream({ filterState }).requestHeaders(get, true);
    assert.equal(new Map(r.headers).get("x-found"), "value");
  });

  test("that is declared read-only is set but once; one for the connection outlives its request", async () => {
    const declare = (name: string, readOnly: boolean, span: number) => {
      const spanField = Uint8Array.of(5 << 3, span);
      return Buffer.concat([
        writeMessage([
          [1, name],
          [2, readOnly],
        ]),
        spanField,
      ]);
    };
    const { host } = await puppet({
      configure: (call) => {
        const foreign = (args: Uint8Array) =>
          call.make("proxy_call_foreign_function", "declare_property", args, call.outs[0], call.outs[1]);
        assert.deepEqual(
          [
            foreign(declare("once", true, 0)),
            foreign(declare("once", false, 0)),
            foreign(declare("long", false, 2)),
          ],
          [0, 2, 0],
        );
        return 1;
      },
      request_headers: (call) => {
        const set = (name: string) => call.make("proxy_set_property", name, "v");
        const before = String(call.property("long"));
        call.setHeader(0, "x-result", [set("once"), set("once"), before, set("long")].join());
      },
    });
    const connection = new FilterState();
    const result = () => {
      const stream = host.stream({ filterState: new FilterState(connection) });
      return new Map(stream.requestHeaders(get, true).headers).get("x-result");
    };
    assert.equal(result(), "0,2,1,0");
    assert.equal(result(), "0,2,v,0");
  });
});

suite("effective contexts", () => {
  test("are chosen among those alive, and are the current one again in the next callback", async () => {
    const seen: unknown[] = [];
    const { host } = await puppet({
      request_headers: (call) => {
        seen.push(call.make("proxy_set_effective_context", 99), call.header(0, ":path"));
        seen.push(call.make("proxy_set_effective_context", 1), call.header(0, ":path"));
        seen.push(call.make("proxy_set_effective_context", 0), call.header(0, ":path"));
        call.make("proxy_set_effective_context", 1);
        return 1;
      },
      log: (call) => void seen.push(call.header(0, ":path")),
    });
    const s = host.stream();
    s.requestHeaders(get, true);
    s.close();
    assert.deepEqual(seen, [2, "/a?b=c#d", 0, 2, 0, "/a?b=c#d", "/a?b=c#d"]);
  });
});

suite("the log", () => {
  test("has what is at the level of the host or above, with its level, and is heard as it is written", async () => {
    const heard: string[] = [];
    const level = await inRequest(
      (call) => {
        for (const [at, message] of ["trace", "debug", "info", "warn"].entries()) {
          assert.equal(call.make("proxy_log", at, message), 0);
        }
        assert.equal(call.make("proxy_log", 6, "no"), 2);
        call.make("proxy_get_log_level", call.outs[0]);
        return call.u32(call.outs[0]);
      },
      { logLevel: LogLevel.Debug, onLog: (at, message) => heard.push(`${LogLevel[at]} ${message}`) },
    );
    assert.equal(level, 1);
    assert.deepEqual(heard, ["Debug debug", "Info info", "Warn warn"]);
  });
});
