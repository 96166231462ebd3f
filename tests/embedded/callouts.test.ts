import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { GrpcCall, GrpcServerStream, HttpCall, HttpOutcome } from "../../host/index.js";
import { readMessage, writeMessage } from "../../host/foreign/protobuf.js";
import { type Call, puppet } from "./puppet.js";

suite("an HTTP call", () => {
  test("is answered on the root, with numbers in steps of four, what the service said, and its time", async () => {
    const seen: unknown[] = [];
    const calls: HttpCall[] = [];
    const { host } = await puppet(
      {
        request_headers: (call) => {
          seen.push(call.httpCall("service", "/a"), call.u32(call.outs[0]));
          seen.push(call.httpCall("service", "/b"), call.u32(call.outs[0]));
          return 1;
        },
        http_call_response: (call, root, token, headers, size, trailers) => {
          seen.push(root, token, headers, size, trailers, call.header(6, ":status"), call.body(4));
          seen.push(call.header(7, "x-t"), call.header(6, "x-none"));
          call.make("proxy_set_effective_context", 2);
          seen.push(call.body(4), call.make("proxy_continue_stream", 0));
        },
      },
      {
        httpCalls: (call) => {
          calls.push(call);
          const b = call.headers.some(([, value]) => value === "/b");
          return b ? { status: 404, body: "b" } : { body: "answer", trailers: [["x-t", "1"]] };
        },
      },
    );
    const s = host.stream();
    assert.equal(s.requestHeaders([[":path", "/"]], true).paused, true);
    await s.settled();
    assert.equal(s.requestState.headersSent, true);
    assert.deepEqual(seen, [
      ...[0, 4, 0, 8],
      ...[1, 4, 2, 6, 1, "200", "answer", "1", 1, "answer", 0],
      ...[1, 8, 2, 1, 0, "404", "b", 2, 1, "b", 0],
    ]);
    assert.deepEqual([calls[0]!.cluster, calls[0]!.timeoutMs, calls.length], ["service", 1000, 2]);
  });

  const failures: [HttpOutcome, number, RegExp, number][] = [
    ["timeout", 3, /^504 upstream request timeout$/, 0],
    ["refused", 3, /^503 upstream connect error .* remote connection failure$/, 0],
    ["reset", 3, /^503 upstream connect error .* connection termination$/, 0],
    ["reset in the body", 0, /^2 reset$/, 11],
  ];
  for (const [outcome, headers, expected, code] of failures) {
    test(`that fails by ${JSON.stringify(outcome)} looks as in Envoy`, async () => {
      let seen = "";
      const { host } = await puppet(
        {
          request_headers: (call) => void call.httpCall("service"),
          http_call_response: (call, _root, _token, count) => {
            assert.equal(count, headers);
            const [status, address, size] = call.outs;
            call.make("proxy_get_status", status, address, size);
            assert.equal(call.u32(status), code);
            const text = headers === 0 ? "reset" : call.body(4);
            seen = `${call.header(6, ":status")} ${text}`;
            assert.equal(call.header(6, "x-envoy-upstream-service-time"), headers === 0 ? 2 : 1);
          },
        },
        { httpCalls: () => outcome },
      );
      host.stream().requestHeaders([[":path", "/"]], true);
      await host.settled();
      assert.match(seen, expected);
    });
  }

  test("to an unknown cluster, without its fields or with a wrong timeout is a bad argument", async () => {
    const statuses: number[] = [];
    const { host } = await puppet({
      configure: (call) => {
        statuses.push(call.httpCall("nowhere"));
        statuses.push(call.make("proxy_http_call", "service", "", "", "", 0, call.outs[0]));
        statuses.push(call.httpCall("service", "/", -1));
        statuses.push(call.make("proxy_http_call", "service", "", "", "", 0, 0xfffffff));
        return 1;
      },
    });
    assert.equal(host.configured, true);
    assert.deepEqual(statuses.slice(-4), [2, 2, 2, 6]);
  });

  test("times out on the host's clock, and an answer that comes later is not told", async () => {
    let late: (outcome: HttpOutcome) => void = () => {};
    const { host, ran } = await puppet(
      { request_headers: (call) => void call.httpCall("service", "/", 500) },
      { httpCalls: () => new Promise<HttpOutcome>((resolve) => (late = resolve)) },
    );
    host.stream().requestHeaders([[":path", "/"]], true);
    host.tick(499);
    assert.notEqual(ran.at(-1), "http_call_response");
    host.tick(1);
    assert.equal(ran.at(-1), "http_call_response");
    late({});
    await host.settled();
    assert.equal(ran.filter((name) => name === "http_call_response").length, 1);
  });

  test("is not answered when the root has ended, but when only the stream has", async () => {
    for (const end of ["stream", "root"]) {
      const { host, ran } = await puppet(
        { request_headers: (call) => void call.httpCall("service") },
        { httpCalls: () => ({}) },
      );
      const s = host.stream();
      s.requestHeaders([[":path", "/"]], true);
      s.close();
      if (end === "root") host.destroy();
      await host.settled();
      assert.equal(ran.includes("http_call_response"), end === "stream");
    }
  });
});

const unary = (call: Call, upstream: string | Uint8Array = "service") =>
  call.make("proxy_grpc_call", upstream, "pkg.Service", "Method", "", "question", 100, call.outs[0]);

/** A host that makes a unary call, and what it hears of it. */
async function asks(
  answer: (call: GrpcCall) => ReturnType<NonNullable<Parameters<typeof puppet>[1]>["grpcCalls"] & {}>,
) {
  const seen: unknown[] = [];
  const { host } = await puppet(
    {
      request_headers: (call) => void seen.push(unary(call), call.u32(call.outs[0])),
      grpc_receive: (call, root, token, size) => void seen.push("receive", root, token, size, call.body(5)),
      grpc_receive_initial_metadata: () => void seen.push("initial"),
      grpc_receive_trailing_metadata: () => void seen.push("trailing"),
      grpc_close: (call, _root, token, status) => {
        const [code, address, size] = call.outs;
        call.make("proxy_get_status", code, address, size);
        seen.push("close", token, status, call.u32(code), call.u32(size) > 0);
      },
    },
    { grpcCalls: answer },
  );
  host.stream().requestHeaders([[":path", "/"]], true);
  await host.settled();
  return seen;
}

suite("a unary gRPC call", () => {
  test("ends with its message alone", async () => {
    const seen = await asks(({ cluster, service, method, message, stream }) => {
      assert.deepEqual(
        [cluster, service, method, Buffer.from(message).toString(), stream],
        ["service", "pkg.Service", "Method", "question", undefined],
      );
      return { message: "answer" };
    });
    assert.deepEqual(seen, [0, 5, "receive", 1, 5, 6, "answer"]);
  });

  test("ends with its status alone, one of the service's or Envoy's", async () => {
    assert.deepEqual(await asks(() => ({ status: 5, statusMessage: "gone" })), [
      0,
      5,
      "close",
      5,
      5,
      5,
      true,
    ]);
    assert.deepEqual(await asks(() => ({})), [0, 5, "close", 5, 13, 13, false]);
    for (const failure of ["timeout", "refused", "reset"] as const) {
      assert.deepEqual(await asks(() => failure), [0, 5, "close", 5, 14, 14, true]);
    }
  });

  test("needs a cluster that there is, by its name or in a service's description", async () => {
    const statuses: number[] = [];
    const clusters: string[] = [];
    const serviceOf = (cluster: string) => writeMessage([[1, writeMessage([[1, cluster]])]]);
    const { host, ran } = await puppet(
      {
        request_headers: (call) => {
          statuses.push(
            unary(call, "nowhere"),
            unary(call, serviceOf("nowhere")),
            unary(call, serviceOf("service")),
          );
        },
      },
      {
        grpcCalls: ({ cluster }) => {
          clusters.push(cluster);
          return cluster === "nowhere" ? undefined : { message: "" };
        },
      },
    );
    host.stream().requestHeaders([[":path", "/"]], true);
    await host.settled();
    assert.deepEqual(statuses, [4, 10, 0]);
    assert.deepEqual(clusters, ["nowhere", "nowhere", "service"]);
    assert.deepEqual(ran.slice(-2), ["grpc_close", "grpc_receive"]);
    assert.equal(readMessage(Uint8Array.of(0xff)), undefined);
  });
});

suite("a gRPC stream", () => {
  /** A host that opens a stream of number 6; the service's end of it. */
  async function opened(
    then: (call: Call) => void = () => {},
    serve: (stream: GrpcServerStream) => void = () => {},
  ) {
    const seen: unknown[] = [];
    let server: GrpcServerStream | undefined;
    const { host } = await puppet(
      {
        request_headers: (call) => {
          const status = call.make("proxy_grpc_stream", "service", "s", "m", "", call.outs[0]);
          seen.push(status, call.u32(call.outs[0]));
          then(call);
        },
        grpc_receive_initial_metadata: (call, _root, _token, count) =>
          void seen.push("initial", count, call.header(4, "x-a"), call.header(5, "x-a")),
        grpc_receive: (call, _root, token) => void seen.push("receive", token, call.body(5)),
        grpc_receive_trailing_metadata: (call, _root, _token, count) =>
          void seen.push("trailing", count, call.header(5, "grpc-status")),
        grpc_close: (_call, _root, token, status) => void seen.push("close", token, status),
        tick: then,
      },
      {
        grpcCalls: ({ stream }) => {
          server = stream;
          serve(stream!);
          return "open";
        },
      },
    );
    host.stream().requestHeaders([[":path", "/"]], true);
    return { host, seen, server: server! };
  }

  test("has metadata, messages, trailing metadata and a status, in that order", async () => {
    const { host, seen, server } = await opened();
    server.sendMetadata([["x-a", "1"]]);
    server.send("one");
    server.send("two");
    server.close(0, "", [["x-t", "1"]]);
    await host.settled();
    assert.deepEqual(seen, [
      ...[0, 6, "initial", 3, "1", 2, "receive", 6, "one", "receive", 6, "two"],
      ...["trailing", 2, "0", "close", 6, 0],
    ]);
  });

  test("carries the plugin's messages, its end and its cancelling", async () => {
    const heard: unknown[] = [];
    const statuses: number[] = [];
    const { host } = await opened(
      (call) => {
        statuses.push(call.make("proxy_grpc_send", 6, "hello", 0), call.make("proxy_grpc_send", 6, "bye", 1));
        statuses.push(call.make("proxy_grpc_close", 6), call.make("proxy_grpc_cancel", 6));
        statuses.push(call.make("proxy_grpc_cancel", 6), call.make("proxy_grpc_send", 6, "x", 0));
        statuses.push(call.make("proxy_grpc_send", 5, "x", 0), call.make("proxy_grpc_close", 4));
        statuses.push(call.make("proxy_grpc_close", 9));
      },
      (stream) => {
        stream.onMessage = (message, end) => heard.push(Buffer.from(message).toString(), end);
        stream.onCancel = () => heard.push("cancelled");
      },
    );
    await host.settled();
    assert.deepEqual(statuses, [0, 0, 0, 0, 1, 1, 2, 2, 1]);
    assert.deepEqual(heard, ["cancelled"]);
  });

  test("hears the messages of one that is not cancelled", async () => {
    const heard: unknown[] = [];
    const { host } = await opened(
      (call) => {
        call.make("proxy_grpc_send", 6, "hello", 0);
        call.make("proxy_grpc_close", 6);
      },
      (stream) => {
        stream.onMessage = (message, end) => heard.push(Buffer.from(message).toString(), end);
        stream.onEnd = () => {
          heard.push("end");
          stream.close(3, "no");
        };
      },
    );
    await host.settled();
    assert.deepEqual(heard, ["hello", false, "end"]);
  });

  test("to a service that cannot be reached has Envoy's own metadata and status", async () => {
    const seen: unknown[] = [];
    const { host } = await puppet(
      {
        request_headers: (call) => void call.make("proxy_grpc_stream", "service", "s", "m", "", call.outs[0]),
        grpc_receive_initial_metadata: (_call, _root, _token, count) => void seen.push("initial", count),
        grpc_receive_trailing_metadata: (call) => void seen.push("trailing", call.header(5, "grpc-status")),
        grpc_close: (_call, _root, _token, status) => void seen.push("close", status),
      },
      { grpcCalls: () => "refused" },
    );
    host.stream().requestHeaders([[":path", "/"]], true);
    await host.settled();
    assert.deepEqual(seen, ["initial", 0, "trailing", "14", "close", 14]);
  });
});

suite("a name", () => {
  const dns = (answer?: NonNullable<Parameters<typeof puppet>[1]>["dns"]) => {
    const seen: unknown[] = [];
    const made = puppet(
      {
        request_headers: (call) => {
          for (const name of ["localhost", "192.0.2.1", "elsewhere"]) {
            seen.push(call.make("envoy_resolve_dns", name, call.outs[0]));
          }
        },
        envoy_on_resolve_dns: (call, _root, token, size) => {
          const bytes = call.bytes("proxy_get_buffer_bytes", 8, 0, 1000) as Uint8Array;
          seen.push(token, size === 0 ? "" : Buffer.from(bytes.subarray(8)).toString());
        },
      },
      answer && { dns: answer },
    );
    return { made, seen };
  };

  test("that needs no asking is answered within the hostcall", async () => {
    const { made, seen } = dns();
    (await made).host.stream().requestHeaders([[":path", "/"]], true);
    assert.deepEqual(seen, [2, "[::1]:0\0", 0, 3, "192.0.2.1:0\0", 0, 4, "", 0]);
  });

  test("is resolved by whoever is given for that", async () => {
    const { made, seen } = dns((name) =>
      name === "elsewhere" ? { addresses: ["192.0.2.7"], ttl: 9 } : undefined,
    );
    const { host } = await made;
    host.stream().requestHeaders([[":path", "/"]], true);
    await host.settled();
    assert.deepEqual(seen, [0, 0, 0, 2, "", 3, "", 4, "192.0.2.7:0\0"]);
  });
});
