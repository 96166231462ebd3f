import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { root as repository } from "../../cli/root.js";
import { hostcalls as registered } from "../../host/abi.js";
import { behaviours } from "./behaviours.js";
import { hostcalls, parameterCount } from "./hostcalls.js";
import { fixture } from "./module.js";
import { PlayedConnection, PlayedStream } from "./play.js";
import { Place, ScriptedHost, type Value } from "./scripted-host.js";

/** Every status that cpp-host has, one more, and one that nobody has. */
const STATUSES = [...Array(14).keys(), 99];

interface Expected {
  hostcall: string;
  /** What comes back when the hostcall fails. */
  neutral: string | ((status: number) => string);
  /** What comes back when all is well. */
  ok: string;
  /** What the host gives then; by itself where this says nothing. */
  values?: Value[];
  /** The statuses that are a normal answer, of which the log says nothing. */
  quiet?: number[] | "all";
}

const NO_METRIC = "0";
const grpcFailure = (status: number): string => `null ${status === 4 || status === 2 ? 3 : 4}`;
const pairs = Buffer.from("\x01\0\0\0\x01\0\0\0\x01\0\0\0a\x001\0", "latin1");
const number8 = Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]);
const result = (text: string): Buffer => Buffer.from(text, "latin1");

/** What each probe of the fixture is to show, by its name. */
const EXPECTED: Record<string, Expected> = {
  log: { hostcall: "proxy_log", neutral: "done", ok: "done", quiet: "all" },
  "log.has": { hostcall: "proxy_get_log_level", neutral: "true", ok: "false", values: [3] },
  hostTime: {
    hostcall: "proxy_get_current_time_nanoseconds",
    neutral: "0",
    ok: "1700000000000000000",
  },
  setTickPeriod: { hostcall: "proxy_set_tick_period_milliseconds", neutral: "done", ok: "done" },
  "body.text": { hostcall: "proxy_get_buffer_bytes", neutral: '""', ok: '"body"', quiet: [1, 2] },
  "body.bytes": { hostcall: "proxy_get_buffer_bytes", neutral: "[]", ok: "[111,100]", quiet: [1, 2] },
  "body.size": { hostcall: "proxy_get_buffer_status", neutral: "0", ok: "4", quiet: [1, 2] },
  "body.append": { hostcall: "proxy_set_buffer_bytes", neutral: "done", ok: "done" },
  "body.set": { hostcall: "proxy_set_buffer_bytes", neutral: "done", ok: "done" },
  "body.drain": { hostcall: "proxy_set_buffer_bytes", neutral: "done", ok: "done" },
  "headers.byteSize": { hostcall: "proxy_get_header_map_size", neutral: "0", ok: "2", quiet: [1, 2] },
  "headers.entries": { hostcall: "proxy_get_header_map_pairs", neutral: "[]", ok: "[a=1]", quiet: [1, 2] },
  "headers.getAll": { hostcall: "proxy_get_header_map_pairs", neutral: "[]", ok: "[1]", quiet: [1, 2] },
  "headers.cursor": { hostcall: "proxy_get_header_map_pairs", neutral: "0:", ok: "1: a=1", quiet: [1, 2] },
  "headers.replaceAll": { hostcall: "proxy_set_header_map_pairs", neutral: "done", ok: "done" },
  "headers.get": { hostcall: "proxy_get_header_map_value", neutral: "null", ok: '"1"', quiet: [1, 2] },
  "headers.getBytes": { hostcall: "proxy_get_header_map_value", neutral: "null", ok: "[49]", quiet: [1, 2] },
  "headers.number": { hostcall: "proxy_get_header_map_value", neutral: "-1", ok: "1", quiet: [1, 2] },
  "headers.has": { hostcall: "proxy_get_header_map_value", neutral: "false", ok: "true", quiet: [1, 2] },
  "headers.equals": { hostcall: "proxy_get_header_map_value", neutral: "false", ok: "true", quiet: [1, 2] },
  "headers.add": { hostcall: "proxy_add_header_map_value", neutral: "done", ok: "done" },
  "headers.set": { hostcall: "proxy_replace_header_map_value", neutral: "done", ok: "done" },
  "headers.remove": { hostcall: "proxy_remove_header_map_value", neutral: "done", ok: "done", quiet: [1] },
  "request.resume": { hostcall: "proxy_continue_stream", neutral: "done", ok: "done", quiet: [12] },
  "stream.reset": { hostcall: "proxy_close_stream", neutral: "done", ok: "done" },
  "stream.sendLocalReply": {
    hostcall: "proxy_send_local_response",
    neutral: "false false",
    ok: "true true",
  },
  callStatus: { hostcall: "proxy_get_status", neutral: '0 ""', ok: '14 "gone"', values: [14, "gone"] },
  dispatchHttpCall: {
    hostcall: "proxy_http_call",
    neutral: (status) => (status === 2 ? "3" : "4"),
    ok: "0",
    quiet: [2, 10],
  },
  dispatchGrpcCall: { hostcall: "proxy_grpc_call", neutral: grpcFailure, ok: "call 0", quiet: [2, 4, 10] },
  openGrpcStream: { hostcall: "proxy_grpc_stream", neutral: grpcFailure, ok: "stream 0", quiet: [2, 4, 10] },
  "grpcStream.send": { hostcall: "proxy_grpc_send", neutral: "false", ok: "true", quiet: [1] },
  "grpcStream.closeSend": { hostcall: "proxy_grpc_close", neutral: "open", ok: "open", quiet: [1] },
  "grpcStream.cancel": { hostcall: "proxy_grpc_cancel", neutral: "over", ok: "over", quiet: [1] },
  "grpcCall.cancel": { hostcall: "proxy_grpc_cancel", neutral: "done", ok: "done", quiet: [1] },
  resolveDns: { hostcall: "envoy_resolve_dns", neutral: "false", ok: "true", quiet: [2] },
  "sharedData.get": {
    hostcall: "proxy_get_shared_data",
    neutral: "null",
    ok: '"v"',
    values: ["v", 3],
    quiet: [1],
  },
  "sharedData.read": {
    hostcall: "proxy_get_shared_data",
    neutral: "null",
    ok: "[118] 3",
    values: ["v", 3],
    quiet: [1],
  },
  "sharedData.count": {
    hostcall: "proxy_get_shared_data",
    neutral: "0",
    ok: "5",
    values: [number8, 3],
    quiet: [1],
  },
  "sharedData.set": { hostcall: "proxy_set_shared_data", neutral: "done", ok: "done", quiet: [8] },
  "sharedData.setIf": {
    hostcall: "proxy_set_shared_data",
    neutral: "false",
    ok: "true",
    values: [],
    quiet: [8],
  },
  "slots.get": {
    hostcall: "proxy_get_shared_data",
    neutral: "null",
    ok: "null",
    values: ["", 1],
    quiet: [1],
  },
  "slots.set": { hostcall: "proxy_set_shared_data", neutral: "false", ok: "true", quiet: [8] },
  "SharedQueue.register": { hostcall: "proxy_register_shared_queue", neutral: "null", ok: "2" },
  "SharedQueue.resolve": {
    hostcall: "proxy_resolve_shared_queue",
    neutral: "null",
    ok: "9",
    values: [9],
    quiet: [1],
  },
  "queue.enqueue": { hostcall: "proxy_enqueue_shared_queue", neutral: "false", ok: "true", quiet: [1] },
  "queue.dequeue": {
    hostcall: "proxy_dequeue_shared_queue",
    neutral: "null",
    ok: "[120]",
    values: ["x"],
    quiet: [1, 7],
  },
  "new Counter": { hostcall: "proxy_define_metric", neutral: NO_METRIC, ok: "1" },
  "gauge.set": { hostcall: "proxy_record_metric", neutral: "done", ok: "done" },
  "histogram.record": { hostcall: "proxy_record_metric", neutral: "done", ok: "done" },
  "counter.add": { hostcall: "proxy_increment_metric", neutral: "done", ok: "done" },
  "counter.value": { hostcall: "proxy_get_metric", neutral: "0", ok: "9", values: [9n] },
  "properties.text": {
    hostcall: "proxy_get_property",
    neutral: "null",
    ok: '"v"',
    values: ["v"],
    quiet: [1, 2, 3],
  },
  "properties.bytes": {
    hostcall: "proxy_get_property",
    neutral: "null",
    ok: "[118]",
    values: ["v"],
    quiet: [1, 2, 3],
  },
  "properties.integer": {
    hostcall: "proxy_get_property",
    neutral: "-1",
    ok: "5",
    values: [number8],
    quiet: [1, 2, 3],
  },
  "properties.double": {
    hostcall: "proxy_get_property",
    neutral: "NaN",
    ok: "0.0",
    values: [Buffer.alloc(8)],
    quiet: [1, 2, 3],
  },
  "properties.flag": {
    hostcall: "proxy_get_property",
    neutral: "false",
    ok: "true",
    values: [Buffer.of(1)],
    quiet: [1, 2, 3],
  },
  "properties.entries": {
    hostcall: "proxy_get_property",
    neutral: "null",
    ok: "[a=1]",
    values: [pairs],
    quiet: [1, 2, 3],
  },
  "properties.set": { hostcall: "proxy_set_property", neutral: "false", ok: "true", quiet: [1, 2] },
  callForeign: {
    hostcall: "proxy_call_foreign_function",
    neutral: (status) => (status === 1 || status === 12 ? "missing []" : "failed []"),
    ok: "ok [114]",
    values: ["r"],
    quiet: "all",
  },
  compress: {
    hostcall: "proxy_call_foreign_function",
    neutral: "null",
    ok: "[114]",
    values: ["r"],
    quiet: "all",
  },
  uncompress: {
    hostcall: "proxy_call_foreign_function",
    neutral: "null",
    ok: "[]",
    values: [""],
    quiet: "all",
  },
  verifySignature: {
    hostcall: "proxy_call_foreign_function",
    neutral: (status) => (status === 2 ? "bad request" : "unsupported"),
    ok: "valid",
    values: [result("\x08\x01")],
    quiet: "all",
  },
  sign: {
    hostcall: "proxy_call_foreign_function",
    neutral: "null",
    ok: "[115]",
    values: [result("\x08\x01\x12\x01s")],
    quiet: "all",
  },
  Expression: {
    hostcall: "proxy_call_foreign_function",
    neutral: "null",
    ok: "false",
    values: ["1234"],
    quiet: "all",
  },
  "other.headers.get": { hostcall: "proxy_set_effective_context", neutral: "null", ok: '"1"', quiet: [2] },
  "other.makeEffective": {
    hostcall: "proxy_set_effective_context",
    neutral: "false",
    ok: "true",
    quiet: [2],
  },
  "root.done": { hostcall: "proxy_done", neutral: "done", ok: "done", quiet: [1] },
};

interface Played {
  host: ScriptedHost;
  root: number;
}

/** A VM with the stream in it that others reach for. */
function start(module: WebAssembly.Module): Played {
  const host = new ScriptedHost(module);
  const root = host.start();
  new PlayedStream(host, root).requestHeaders([["a", "1"]], false);
  return { host, root };
}

/** Written although the hostcall failed: what is not to be looked at. */
const RUBBISH: Record<string, Value> = {
  bytes: new Place(0xfffffff0, 0xffffffff),
  u32: 0xdeadbeef,
  u64: 0xdeadbeefdeadbeefn,
};

/** The result of a foreign function is the module's whatever the status: there rubbish is none. */
function rubbishOf(hostcall: string): Value[] | undefined {
  const { gives, givesAlways } = hostcalls[hostcall]!;
  return givesAlways ? undefined : gives.map((form) => RUBBISH[form]!);
}

suite("a hostcall that answers with any status", () => {
  let module: WebAssembly.Module;
  let names: string[];
  let shared: Played;

  before(async () => {
    module = await fixture("probes");
    shared = start(module);
    names = shared.host.logged(1).map((line) => line.slice(line.indexOf(" ") + 1));
  });

  /** Runs a probe in a new stream that waits; what it logged as its result. */
  function run(name: string, { host, root } = shared): string | undefined {
    const stream = new PlayedStream(host, root);
    stream.requestHeaders([["a", "1"]], false);
    host.contexts.get(stream.id)!.buffers.set(0, Buffer.from("body"));
    host.forget();
    host.foreign(stream.id, names.indexOf(name));
    const { calls, logs } = host;
    stream.close();
    Object.assign(host, { calls, logs });
    return host
      .logged(2)
      .find((line) => line.startsWith("= "))
      ?.slice(2);
  }

  test("is every hostcall that the SDK imports, and the SDK imports every hostcall", () => {
    const folder = join(repository, "assembly", "abi");
    const imported = readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .flatMap((text) => [...text.matchAll(/@external\("env", "(\w+)"\)/g)].map((match) => match[1]!));
    assert.deepEqual(imported.sort(), Object.keys(hostcalls).sort());
    assert.deepEqual(shared.host.unused, []);
    const tried = Object.values(EXPECTED).map(({ hostcall }) => hostcall);
    assert.deepEqual([...new Set(tried)].sort(), Object.keys(hostcalls).sort());
  });

  test("takes as many parameters as Envoy registers", () => {
    for (const [name, { takes, gives }] of Object.entries(hostcalls)) {
      const parameters = registered.get(name)!.split("->")[0]!.match(/i\d\d/g) ?? [];
      assert.equal(parameterCount(Object.values(takes)) + parameterCount(gives), parameters.length, name);
    }
  });

  test("is tried by every probe of the fixture", () => {
    const others = ["sharedData.add"];
    assert.deepEqual(names.filter((name) => !others.includes(name)).sort(), Object.keys(EXPECTED).sort());
  });

  for (const [name, expected] of Object.entries(EXPECTED)) {
    const { hostcall } = expected;
    test(`${name} (${hostcall}) gives its neutral result, and says what the ABI does not allow`, () => {
      for (const status of STATUSES) {
        for (const rubbish of [false, true]) {
          // A metric that was refused stays so: its name is not given to the host again.
          const played = name === "new Counter" ? start(module) : shared;
          const values = status === 0 ? expected.values : rubbish ? rubbishOf(hostcall) : undefined;
          let asked = 0;
          if (status !== 0 || values !== undefined) {
            played.host.on(hostcall, (call, host) => {
              asked += 1;
              if (hostcall === "proxy_log") behaviours[hostcall]!(call, host);
              return { status, ...(values && { values }) };
            });
          }
          const shown = run(name, played);
          played.host.reset();

          const where = `${name}, status ${status}`;
          assert.ok(status === 0 || asked > 0, `${where}: the host was not asked`);
          const neutral = typeof expected.neutral === "string" ? expected.neutral : expected.neutral(status);
          assert.equal(shown, status === 0 ? expected.ok : neutral, where);
          const quiet = status === 0 || expected.quiet === "all" || expected.quiet?.includes(status);
          assert.deepEqual(
            [...new Set(played.host.logged(5))],
            quiet ? [] : [`${hostcall} answered ${status}`],
            where,
          );
        }
      }
    });
  }

  test("sharedData.add tries again when others were faster, and gives up in the end", () => {
    const { host } = shared;
    let failures = 3;
    host.on("proxy_set_shared_data", () => (failures-- > 0 ? 8 : 0));
    host.on("proxy_get_shared_data", { values: [number8, 3] });
    assert.equal(run("sharedData.add"), "10");
    assert.equal(host.callsOf("proxy_set_shared_data").length, 4);
    failures = Infinity;
    assert.equal(run("sharedData.add"), "5");
    assert.deepEqual(host.logged(5), ["proxy_set_shared_data answered 8"]);
    host.reset();
  });

  test("does the same for connections", () => {
    const { host, root } = shared;
    for (const [probe, hostcall, quiet] of [
      [0, "proxy_continue_stream", [12]],
      [1, "proxy_close_stream", []],
      [2, "proxy_close_stream", []],
    ] as const) {
      for (const status of STATUSES) {
        const connection = new PlayedConnection(host, root);
        assert.equal(connection.connect(), 1);
        host.on(hostcall, status);
        host.forget();
        host.foreign(connection.id, probe);
        assert.equal(host.callsOf(hostcall).length, 1);
        assert.deepEqual(host.logged(2), ["= done"]);
        const silent = status === 0 || (quiet as readonly number[]).includes(status);
        assert.deepEqual(host.logged(5), silent ? [] : [`${hostcall} answered ${status}`]);
        host.reset();
        connection.close();
      }
    }
  });
});
