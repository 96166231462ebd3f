import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { hostOf } from "./module.js";
import { PlayedConnection, PlayedStream, REQUEST, answerHttpCall, grpc } from "./play.js";
import type { Call, ScriptedHost } from "./scripted-host.js";

const OK = 0;
const INTERNAL_FAILURE = 10;

let host: ScriptedHost;
let root: number;

/** A stream whose callbacks do what its script says. */
function stream(script: string): PlayedStream & { headers(end?: boolean): number } {
  const played = new PlayedStream(host, root);
  return Object.assign(played, {
    headers: (end = true) => played.requestHeaders([...REQUEST, ["x-script", script]], end),
  });
}

/** What the fixture logged since the last look. */
function trace(): string[] {
  const lines = host.logged(2);
  host.logs = host.logs.filter(({ level }) => level !== 2);
  assert.deepEqual(host.logs, [], "errors in the log");
  return lines;
}

/** The hostcalls that act on a context, since `forget`. */
const acting = (): Call[] =>
  host.calls.filter(({ name }) => name !== "proxy_log" && name !== "proxy_set_effective_context");

/** Every hostcall was for the context that its callback is of, and for none that had ended. */
function assertOwn(contexts: number[]): void {
  for (const call of acting()) {
    assert.ok(contexts.includes(call.effective), `${call.name} for context ${call.effective}`);
    assert.ok(!call.ended, `${call.name} for context ${call.effective}, which had ended`);
  }
}

function end(id: number): void {
  host.call("proxy_on_log", id);
  host.call("proxy_on_done", id);
  host.delete(id);
}

/** Nothing is left behind when all streams have ended. */
function assertGivenBack(): void {
  host.ask("collect");
  assert.equal(host.ask("contextsAlive"), 1);
  assert.equal(host.ask("answersPending"), 0);
}

beforeEach(async () => {
  host = await hostOf("scripted");
  root = host.start();
});

suite("a local reply that runs the response callbacks", () => {
  const response = "responseHeaders: response-header; responseBody: set-response";

  const play: Record<string, (played: PlayedStream) => number | void> = {
    requestBody: (played) => played.requestBody("body"),
    requestTrailers: (played) => played.requestTrailers([["t", "1"]]),
    responseHeaders: (played) => played.responseHeaders(),
    responseBody: (played) => played.responseBody("body"),
    responseTrailers: (played) => played.responseTrailers([["t", "1"]]),
    log: (played) => host.call("proxy_on_log", played.id),
    answer: () => {
      const [token] = host.waiting.keys();
      answerHttpCall(host, root, token!, { headers: [[":status", "200"]] });
    },
  };

  /** What the host does within the hostcall. */
  function replyWithin(played: PlayedStream): void {
    host.once("proxy_send_local_response", () => {
      played.responseHeaders([[":status", "403"]], false);
      played.responseBody("no");
      return OK;
    });
  }

  test("does so within onRequestHeaders, which then goes on", () => {
    const played = stream(`requestHeaders: property reply request-header pause; ${response}`);
    host.properties.set("request.path", Buffer.from("/"));
    host.forget();
    replyWithin(played);
    played.headers();
    const { id } = played;
    assert.deepEqual(trace(), [
      `> requestHeaders ${id}`,
      "path /",
      `> responseHeaders ${id}`,
      `< responseHeaders ${id}`,
      `> responseBody ${id}`,
      `< responseBody ${id}`,
      "replied true",
      `< requestHeaders ${id}`,
    ]);
    assert.deepEqual(played.fields(2).at(-1), ["x-seen", String(id)]);
    assert.deepEqual(played.fields(0).at(-1), ["x-seen", String(id)]);
    assert.equal(played.body(1), `a new response of ${id}`);
    assertOwn([id]);
    played.close();
    assertGivenBack();
  });

  // From onLog on nothing is answered.
  for (const callback of Object.keys(play).filter((name) => name !== "log")) {
    test(`does so within ${callback}`, () => {
      // The response's own callbacks reply when they are the outer ones, and not within.
      const others = response
        .split("; ")
        .filter((part) => !part.startsWith(callback))
        .join("; ");
      const call = callback === "answer" ? "requestHeaders: call pause;" : "";
      const played = stream(`${call} ${callback}: request-header reply request-header; ${others}`);
      played.headers(false);
      trace();
      host.forget();
      replyWithin(played);
      play[callback]!(played);
      const lines = trace().filter((line) => !line.startsWith("heard"));
      const { id } = played;
      assert.equal(lines[0], `> ${callback} ${id}`);
      assert.equal(lines.at(-1), `< ${callback} ${id}`);
      assert.equal(lines.at(-2), "replied true");
      assert.ok(lines.includes(`< responseHeaders ${id}`) && lines.includes(`< responseBody ${id}`));
      const depths = acting().map(({ depth }) => depth);
      assert.equal(Math.max(...depths), 2);
      assert.equal(depths.at(-1), 1);
      assert.equal(played.fields(0).filter(([name]) => name === "x-seen").length >= 2, true);
      assertOwn(callback === "answer" ? [id, root] : [id]);
      played.close();
      assertGivenBack();
    });
  }

  test("may end the stream, which then replies no more", () => {
    const played = stream("requestHeaders: reply reply request-header resume reset property call; log: call");
    host.forget();
    host.on("proxy_send_local_response", () => {
      end(played.id);
      return OK;
    });
    played.headers();
    assert.deepEqual(trace().slice(-5), [
      "replied true",
      "replied false",
      "path null",
      `refused call/${played.id}/3 1`,
      `< requestHeaders ${played.id}`,
    ]);
    assert.equal(host.callsOf("proxy_send_local_response").length, 1);
    assertOwn([played.id]);
    for (const token of [...host.waiting.keys()]) answerHttpCall(host, root, token);
    assertGivenBack();
  });
});

suite("a body that is replaced", () => {
  for (const [side, action] of [
    ["request", "set-request"],
    ["response", "set-response"],
  ] as const) {
    test(`may end its own stream within the hostcall: the ${side}'s`, () => {
      const played = stream(
        `${side}Body: ${action} ${side}-header property ${action} reply call grpc grpc-stream dns reset pause`,
      );
      played.headers(false);
      host.forget();
      let ended = 0;
      host.on("proxy_set_buffer_bytes", () => {
        end(played.id);
        ended = acting().length;
        return OK;
      });
      const answer = side === "request" ? played.requestBody("body") : played.responseBody("body");
      assert.equal(answer, 1);
      assert.deepEqual(acting().slice(ended), []);
      assertOwn([played.id]);
      const lines = trace();
      assert.ok(lines.includes("path null") && lines.includes("replied false"));
      assert.equal(lines.at(-1), `< ${side}Body ${played.id}`);
      assertGivenBack();
    });
  }

  test("may let others begin after its own stream has ended, and those act on themselves", () => {
    const played = stream("requestBody: set-request request-header");
    const next = stream("requestHeaders: request-header property reply; responseHeaders: response-header");
    played.headers(false);
    host.forget();
    host.on("proxy_set_buffer_bytes", () => {
      end(played.id);
      next.headers();
      next.responseHeaders();
      return OK;
    });
    host.properties.set("request.path", Buffer.from("/next"));
    played.requestBody("body");
    const lines = trace();
    assert.ok(lines.includes("path /next") && lines.includes("replied true"), lines.join("\n"));
    assert.deepEqual(next.fields(0).at(-1), ["x-seen", String(next.id)]);
    assert.deepEqual(next.fields(2).at(-1), ["x-seen", String(next.id)]);
    assertOwn([played.id, next.id]);
    next.close();
    assertGivenBack();
  });

  test("may end its connection", () => {
    const connection = new PlayedConnection(host, root);
    connection.connect();
    host.forget();
    host.on("proxy_set_buffer_bytes", () => {
      connection.close();
      return OK;
    });
    connection.downstreamData("script downstreamData: set-downstream set-downstream close resume");
    assert.equal(host.callsOf("proxy_set_buffer_bytes").length, 1);
    assert.equal(host.callsOf("proxy_close_stream").length, 0);
    assertOwn([connection.id]);
    assertGivenBack();
  });
});

suite("an answer that comes before the call has its number", () => {
  test("reaches the handler of an HTTP call, once", () => {
    const played = stream("requestHeaders: call pause; answer: request-header resume");
    host.forget();
    host.on("proxy_http_call", () => {
      answerHttpCall(host, root, 4, { headers: [[":status", "200"]], body: "at once" });
      return { values: [4] };
    });
    assert.equal(played.headers(), 0);
    host.reset();
    assert.deepEqual(
      trace().map((line) => line.replace(/\d+$/, "")),
      [
        `> requestHeaders `,
        `heard call/${played.id}/2 at once `,
        `> answer `,
        `< answer `,
        `< requestHeaders `,
      ],
    );
    assert.deepEqual(played.fields(0).at(-1), ["x-seen", String(played.id)]);
    answerHttpCall(host, root, 4, { headers: [[":status", "200"]] });
    assert.deepEqual(trace(), []);
    played.close();
    assertGivenBack();
  });

  test("reaches handlers whose answers lead to further calls, three deep", () => {
    const played = stream("requestHeaders: call request-header; answer: call request-header");
    host.forget();
    let token = 0;
    host.on("proxy_http_call", (call) => {
      const mine = (token += 4);
      const text = Buffer.from(call.args["body"] as Uint8Array).toString();
      if (mine <= 12) answerHttpCall(host, root, mine, { headers: [[":status", "200"]], body: `to ${text}` });
      return { values: [mine] };
    });
    played.headers();
    host.reset();
    const heard = trace().filter((line) => line.startsWith("heard"));
    assert.equal(heard.length, 3);
    for (const line of heard) assert.match(line, /^heard (call\/\d+\/\d+) to \1 200$/);
    assert.equal(played.fields(0).filter(([name]) => name === "x-seen").length, 4);
    assert.deepEqual([...new Set(acting().map(({ depth }) => depth))].sort(), [1, 2, 3, 4]);
    assert.equal(host.ask("answersPending"), 1);
    answerHttpCall(host, root, 16);
    assert.equal(host.ask("answersPending"), 1, "the answer's own call");
    played.close();
    for (const waiting of [...host.waiting.keys()]) answerHttpCall(host, root, waiting);
    assertGivenBack();
  });

  test("reaches nobody when the stream ends in the meantime, then or later", () => {
    for (const kind of ["call", "grpc", "grpc-stream", "dns"]) {
      const played = stream(`requestHeaders: ${kind}`);
      const hostcall = {
        call: "proxy_http_call",
        grpc: "proxy_grpc_call",
        "grpc-stream": "proxy_grpc_stream",
        dns: "envoy_resolve_dns",
      }[kind]!;
      host.on(hostcall, () => {
        end(played.id);
        return { values: [400 + (kind === "grpc" ? 1 : kind === "grpc-stream" ? 2 : 0)] };
      });
      played.headers();
      host.reset();
      trace();
      answerHttpCall(host, root, 400, { headers: [[":status", "200"]] });
      grpc.message(host, root, 401, "late");
      grpc.close(host, root, 402, 0);
      host.dnsResolved(root, 400, Buffer.alloc(8));
      assert.deepEqual(trace(), []);
      assertGivenBack();
    }
  });

  test("is one too that says no: a gRPC call that fails within its hostcall, and a stream that closes", () => {
    const played = stream(
      "requestHeaders: grpc grpc-stream; grpcFailure: request-header; grpcClose: request-header",
    );
    host.on("proxy_grpc_call", () => {
      grpc.close(host, root, 5, 14, "no connection");
      return { values: [5] };
    });
    host.on("proxy_grpc_stream", () => {
      grpc.initialMetadata(host, root, 6, [["a", "1"]]);
      grpc.message(host, root, 6, "hello");
      grpc.close(host, root, 6, 0, "bye");
      return { values: [6] };
    });
    played.headers();
    host.reset();
    const lines = trace().map((line) => line.replace(/\/\d+\/\d+/, ""));
    const { id } = played;
    assert.deepEqual(lines, [
      `> requestHeaders ${id}`,
      "failed grpc 14 no connection",
      `> grpcFailure ${id}`,
      `< grpcFailure ${id}`,
      "metadata streaming",
      "heard streaming hello",
      "closed streaming 0 bye",
      `> grpcClose ${id}`,
      `< grpcClose ${id}`,
      "streaming over",
      `< requestHeaders ${id}`,
    ]);
    assert.equal(played.fields(0).filter(([name]) => name === "x-seen").length, 2);
    played.close();
    assertGivenBack();
  });

  test("is not taken for another's: a call that waits is answered while a second one is made", () => {
    const played = stream("requestHeaders: call call");
    const made: number[] = [];
    host.on("proxy_http_call", () => {
      const token = 4 * (made.length + 1);
      if (made.length === 1) answerHttpCall(host, root, 4, { headers: [[":status", "201"]] });
      made.push(token);
      return { values: [token] };
    });
    played.headers();
    host.reset();
    answerHttpCall(host, root, 8, { headers: [[":status", "202"]] });
    const heard = trace().filter((line) => line.startsWith("heard"));
    const id = `call/${played.id}`;
    assert.deepEqual(
      heard.map((line) => line.replace(/\d+ {2}/, "")),
      [`heard ${id}/201`, `heard ${id}/202`],
    );
    played.close();
    assertGivenBack();
  });

  test("comes from Envoy for names that need no question, after the number is written", () => {
    const played = stream("requestHeaders: dns; resolved: request-header");
    const answer = Buffer.concat([Buffer.from([1, 0, 0, 0, 9, 0, 0, 0]), Buffer.from("10.0.0.1:0\0")]);
    host.on("envoy_resolve_dns", () => {
      host.dnsResolved(root, 77, answer);
      return { values: [77] };
    });
    played.headers();
    assert.ok(trace().some((line) => /^resolved dns\/\d+\/\d+ 10\.0\.0\.1:0 9$/.test(line)));
    assert.deepEqual(played.fields(0).at(-1), ["x-seen", String(played.id)]);
    played.close();
    assertGivenBack();
  });

  test("may be followed by a failure of the hostcall itself, of which the caller hears", () => {
    const played = stream("requestHeaders: call grpc");
    host.on("proxy_http_call", () => INTERNAL_FAILURE);
    host.on("proxy_grpc_call", () => INTERNAL_FAILURE);
    played.headers();
    assert.equal(trace().filter((line) => line.startsWith("refused")).length, 2);
    played.close();
    assertGivenBack();
  });
});

suite("other callbacks within a hostcall", () => {
  test("a queue's notification and a tick during a request leave the request's hostcalls with the request", () => {
    const kept = stream("requestHeaders: pause");
    kept.headers();
    const played = stream("requestHeaders: property request-header property request-header");
    host.forget();
    const inner = ["proxy_on_queue_ready", "proxy_on_tick"];
    host.on("proxy_get_property", () => {
      host.call(inner.shift() ?? "", root, 3);
      // The root reaches for all streams, so that the effective context is another when it is done.
      host.foreign(root, 0, "mark-all");
      return { values: ["/"] };
    });
    played.headers();
    const lines = trace();
    assert.ok(lines.includes(`> queue ${root}`));
    assert.deepEqual(played.fields(0).filter(([name]) => name === "x-seen").length, 2);
    assert.equal(
      kept
        .fields(0)
        .find(([name]) => name === "x-marked")?.[1]
        .startsWith("stream/0/"),
      true,
    );
    for (const call of acting().filter(({ depth }) => depth === 1))
      assert.equal(call.effective, played.id, call.name);
    assert.ok(acting().some(({ effective, current }) => effective === kept.id && current === root));
    assertOwn([played.id, kept.id, root]);
    kept.close();
    played.close();
    assertGivenBack();
  });

  test("a stream that decides goes on deciding after inner ones have: it may not answer others meanwhile", () => {
    const kept = stream("requestHeaders: pause");
    kept.headers();
    const inner = stream("requestHeaders: request-header");
    const played = stream("requestHeaders: property reply-all");
    host.forget();
    host.once("proxy_get_property", () => {
      inner.headers();
      inner.close();
      return { values: ["/"] };
    });
    played.headers();
    assert.deepEqual(
      host.callsOf("proxy_send_local_response").map(({ effective }) => effective),
      [played.id],
    );
    assert.equal(host.logged(4).length, 1);
    host.foreign(root, 0, "reply-all");
    assert.deepEqual(
      host.callsOf("proxy_send_local_response").map(({ effective }) => effective),
      [played.id, kept.id, played.id],
    );
    kept.close();
    played.close();
    assertGivenBack();
  });

  test("the effective context of an inner callback is not taken for that of the outer one", () => {
    const kept = stream("requestHeaders: pause");
    kept.headers();
    const connection = new PlayedConnection(host, root);
    connection.connect();
    host.forget();
    host.once("proxy_set_buffer_bytes", () => {
      host.foreign(root, 0, "mark-all");
      return OK;
    });
    connection.downstreamData("script downstreamData: set-downstream mark-all set-downstream");
    assert.deepEqual(
      acting()
        .filter(({ name }) => name !== "proxy_get_buffer_bytes" && name !== "proxy_get_buffer_status")
        .map(({ name, effective }) => [name.slice(6), effective]),
      [
        ["set_buffer_bytes", connection.id],
        ["replace_header_map_value", kept.id],
        ["replace_header_map_value", kept.id],
        ["set_buffer_bytes", connection.id],
      ],
    );
    connection.close();
    kept.close();
    assertGivenBack();
  });

  test("a stream that begins and ends within another's hostcall, three deep", () => {
    const script =
      "requestHeaders: garbage request-header property garbage request-header call; log: property";
    const streams = [1, 2, 3].map(() => stream(script));
    host.forget();
    const inner = streams.slice(1);
    host.on("proxy_get_property", (call) => {
      const next = inner.shift();
      if (next !== undefined) {
        next.headers();
        next.responseHeaders();
        next.close();
      }
      return { values: [`/of/${call.effective}`] };
    });
    streams[0]!.headers();
    const lines = trace();
    for (const { id } of streams) {
      const from = lines.indexOf(`> requestHeaders ${id}`);
      const to = lines.indexOf(`< requestHeaders ${id}`);
      assert.ok(from >= 0 && to > from);
      assert.ok(lines.includes(`path /of/${id}`), `path of ${id}`);
    }
    assert.ok(
      lines.indexOf(`> requestHeaders ${streams[2]!.id}`) <
        lines.indexOf(`< requestHeaders ${streams[1]!.id}`),
    );
    for (const call of acting()) assert.equal(call.effective, call.current, call.name);
    assert.equal(Math.max(...acting().map(({ depth }) => depth)), 3);
    assert.equal(streams[0]!.fields(0).filter(([name]) => name === "x-seen").length, 2);
    streams[0]!.close();
    for (const token of [...host.waiting.keys()]) answerHttpCall(host, root, token);
    assertGivenBack();
  });

  test("the end of other streams, that a root is going through", () => {
    const streams = [1, 2, 3, 4].map(() => stream("requestHeaders: pause"));
    for (const played of streams) played.headers();
    host.forget();
    const [first, second, third, fourth] = streams;
    host.once("proxy_replace_header_map_value", () => {
      second!.close();
      host.once("proxy_replace_header_map_value", () => {
        fourth!.close();
        return OK;
      });
      return OK;
    });
    host.foreign(root, 0, "mark-all resume-all");
    const marked = host.callsOf("proxy_replace_header_map_value").map(({ effective }) => effective);
    assert.deepEqual(marked, [first!.id, third!.id]);
    const resumed = host.callsOf("proxy_continue_stream").map(({ effective }) => effective);
    assert.deepEqual(resumed, [first!.id, third!.id]);
    assertOwn([root, ...streams.map(({ id }) => id)]);
    first!.close();
    third!.close();
    assertGivenBack();
  });

  test("the end of the stream that an answer is for, within the handler", () => {
    const played = stream(
      "requestHeaders: call pause; answer: request-header request-header resume reply property",
    );
    played.headers();
    const [token] = host.waiting.keys();
    host.forget();
    host.once("proxy_add_header_map_value", () => {
      end(played.id);
      return OK;
    });
    answerHttpCall(host, root, token!, { headers: [[":status", "200"]] });
    assert.equal(host.callsOf("proxy_add_header_map_value").length, 1);
    assert.equal(host.callsOf("proxy_continue_stream").length, 0);
    assert.equal(host.callsOf("proxy_send_local_response").length, 0);
    assertOwn([played.id, root]);
    const lines = trace();
    assert.ok(lines.includes("path null") && lines.includes("replied false"));
    assertGivenBack();
  });

  test("the answer to one stream within the answer to another", () => {
    const [one, two] = [1, 2].map(() =>
      stream("requestHeaders: call pause; answer: request-header property request-header resume"),
    );
    one!.headers();
    two!.headers();
    const [first, second] = host.waiting.keys();
    host.forget();
    host.once("proxy_get_property", () => {
      answerHttpCall(host, root, second!, { headers: [[":status", "200"]] });
      return { values: ["/"] };
    });
    answerHttpCall(host, root, first!, { headers: [[":status", "200"]] });
    for (const played of [one!, two!]) {
      assert.equal(played.fields(0).filter(([name]) => name === "x-seen").length, 2);
      for (const [, value] of played.fields(0).filter(([name]) => name === "x-seen"))
        assert.equal(value, String(played.id));
    }
    const resumed = host.callsOf("proxy_continue_stream").map(({ effective }) => effective);
    assert.deepEqual(resumed, [two!.id, one!.id]);
    assertOwn([one!.id, two!.id, root]);
    one!.close();
    two!.close();
    assertGivenBack();
  });
});
