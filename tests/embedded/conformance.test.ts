import assert from "node:assert/strict";
import * as crypto from "node:crypto";
import { readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { inflateSync } from "node:zlib";
import { FilterState, type HostOptions, ProxyWasmHost } from "../../host/index.js";
import { conformanceModule } from "../conformance/harness.js";

/** A host with one of the conformance module's plugins: what it does here, it does in Envoy. */
async function hostOf(rootId: string, options: HostOptions = {}): Promise<ProxyWasmHost> {
  const wasm = await readFile((await conformanceModule()).file);
  const host = await ProxyWasmHost.load(wasm, { rootId, pluginName: rootId, ...options });
  assert.equal(host.configured, true, host.logs.map(({ message }) => message).join("\n"));
  return host;
}

const orders = (what: string, more: Record<string, string> = {}): [string, string][] =>
  Object.entries({ "x-do": what, ...more });
const fields = (list: [string, string][] | undefined) => new Map(list);
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
const messages = (host: ProxyWasmHost) => host.logs.map(({ message }) => message);

suite("the conformance plugin does as in Envoy:", () => {
  test("headers", async () => {
    const host = await hostOf("messages");
    const headers = orders("headers", { "x-secret": "s3cret", "x-drop-me": "1", "x-kept": "1" });
    const {
      upstream,
      status,
      headers: got,
    } = await host.fetch({ headers }, { headers: [["x-upstream", "said"]] });
    const twice = upstream!.headers.filter(([name]) => name === "x-twice").map(([, value]) => value);
    assert.deepEqual(twice, ["a", "b"]);
    const seen = fields(upstream!.headers);
    assert.deepEqual(
      [seen.get("x-set"), seen.has("x-secret"), seen.has("x-drop-me"), seen.get("x-told")],
      ["new", false, false, "s3cret"],
    );
    assert.deepEqual(
      [status, fields(got).get("x-only"), fields(got).has("x-upstream")],
      [201, "said", false],
    );
  });

  test("bodies and trailers", async () => {
    const host = await hostOf("messages");
    const body = await host.fetch(
      { headers: orders("body"), body: ["hello", " there", ""] },
      { body: ["1234", "5678", ""] },
    );
    assert.equal(text(body.upstream?.body), "before<11,11:HELLO>behind");
    assert.equal(body.text, "5678<12345678,8>");
    const trailers = await host.fetch(
      {
        headers: orders("trailers"),
        body: "b",
        trailers: [
          ["x-trailer", "of the request"],
          ["x-other", "1"],
        ],
      },
      { body: "ok", trailers: [["x-trailer", "of the response"]] },
    );
    const seen = fields(trailers.upstream?.trailers);
    assert.deepEqual(
      [seen.get("x-seen"), seen.get("x-count"), seen.get("x-other"), seen.has("x-trailer")],
      ["of the request", "3", "1", false],
    );
    assert.equal(fields(trailers.trailers).get("x-seen"), "of the response");
    const added = await host.fetch({ headers: orders("trailers"), body: "b" });
    assert.equal(fields(added.upstream?.trailers).get("x-added"), "in the body");
  });

  test("waiting, resetting, answering, logging", async () => {
    const host = await hostOf("messages", { logLevel: 0 });
    const waiting = host.fetch({ headers: orders("wait") }, { body: "ok" });
    host.tick(100);
    assert.equal((await waiting).text, "ok");
    const reset = await host.fetch({ headers: orders("reset") });
    assert.deepEqual([reset.reset, reset.upstream], [true, undefined]);
    const reply = await host.fetch({ headers: orders("reply") });
    assert.deepEqual([reply.status, reply.text, fields(reply.headers).get("x-why")], [418, "short", "asked"]);
    host.logs.length = 0;
    const { upstream } = await host.fetch({ headers: orders("levels") });
    assert.equal(fields(upstream?.headers).get("x-debug-is-on"), "true");
    assert.deepEqual(
      host.logs
        .filter(({ message }) => message.startsWith("at "))
        .map(({ level, message }) => `${level} ${message}`),
      ["0 at trace", "1 at debug", "2 at info", "3 at warn", "4 at error", "2 at console.log"],
    );
  });

  test("HTTP/2 metadata", async () => {
    const host = await hostOf("messages");
    const s = host.stream();
    s.requestHeaders([[":path", "/"]]);
    s.requestMetadata([
      ["x-one", "1"],
      ["x-two", "2"],
    ]);
    assert.ok(messages(host).includes("request metadata 2"));
  });

  test("a plugin's life", async () => {
    const host = await hostOf("messages", {
      vmConfig: "of the VM",
      pluginConfig: `{"who":"the test"}`,
      mainThread: true,
    });
    for (const line of ["vm starts with <of the VM>", "configured for the test"])
      assert.equal(messages(host).filter((other) => other === line).length, 3);
    host.logs.length = 0;
    await host.fetch({ headers: orders("live") });
    assert.deepEqual(messages(host), ["logged live 200", "done live", "deleted live"]);
    host.destroy();
    assert.ok(messages(host).includes("root deleted"));
  });

  test("callouts", async () => {
    const host = await hostOf("callouts", {
      httpCalls: ({ cluster, headers, trailers }) => {
        const { ":path": path = "", ":method": method = "" } = Object.fromEntries(headers);
        if (cluster === "refused") return "refused";
        if (cluster === "empty") return "no hosts";
        if (cluster !== "service") return undefined;
        const own = { headers: [["x-service", method]] as [string, string][] };
        if (path === "/own-503") return { ...own, status: 503, body: "no healthy upstream" };
        if (path === "/reset") return "reset";
        if (path === "/reset-in-body") return "reset in the body";
        if (path === "/slow") return "timeout";
        if (path === "/trailers") return { ...own, body: "ok", trailers: [["x-trailer", "sent"]] };
        assert.equal(trailers.length, 0);
        return { ...own, body: path };
      },
    });
    const call = async (cluster: string, path: string, more: Record<string, string> = {}) => {
      const headers = orders("call", { "x-cluster": cluster, "x-path": path, "x-method": "GET", ...more });
      return (await host.fetch({ path: `/caller${path}`, headers })).text.replace(/ fields=.*/, "");
    };
    assert.equal(await call("service", "/ok"), "outcome=0 status=200 ok=true header=GET trailer=-");
    assert.equal(await call("service", "/own-503"), "outcome=0 status=503 ok=false header=GET trailer=-");
    assert.match(await call("service", "/reset"), /^outcome=3 status=0 ok=false/);
    assert.match(await call("service", "/reset-in-body"), /^outcome=3 status=0 ok=false/);
    assert.match(await call("service", "/slow"), /^outcome=2 status=0 ok=false/);
    assert.match(await call("refused", "/"), /^outcome=1 status=0 ok=false/);
    assert.equal(await call("no-such-cluster", "/"), "not made: 3");
    assert.equal(await call("empty", "/"), "not made: 4");
    assert.match(await call("service", "/trailers", { "x-trailers": "yes" }), /trailer=sent$/);
    const chain = await host.fetch({ headers: orders("chain") });
    assert.equal(fields(chain.upstream?.headers).get("x-chain"), ">/chain/start>/chain/2>/chain/1");
    const inBody = await host.fetch({ headers: orders("in-body"), body: ["a ", "body"] }, { body: "ok" });
    assert.deepEqual([inBody.text, text(inBody.upstream?.body)], ["ok", "a body"]);
    const inResponse = await host.fetch({ headers: orders("in-response") });
    assert.equal(fields(inResponse.headers).get("x-asked"), "/in-response");
  });

  test("gRPC", async () => {
    const host = await hostOf("grpc", {
      grpcCalls: ({ cluster, message, stream }) => {
        if (cluster === "refused") return "refused";
        if (cluster !== "echo" && cluster !== "users") return undefined;
        if (stream === undefined) {
          const asked = text(message);
          if (asked.includes("wait")) return new Promise(() => {});
          return asked.includes("fail") ? { status: 5, statusMessage: "no such thing: 50% ü" } : { message };
        }
        stream.onMessage = (bytes) => {
          if (!text(bytes).includes("server-close")) return;
          stream.close(8, "that will do", [["x-last", "with the status"]]);
        };
        return "open";
      },
    });
    const ask = async (what: string, more: Record<string, string> = {}) =>
      (await host.fetch({ headers: orders(what, { "x-cluster": "echo", "x-method": "Unary", ...more }) }))
        .text;
    assert.match(await ask("unary", { "x-message": "hello" }), /^message=hello/);
    assert.equal(await ask("unary", { "x-message": "fail" }), "status=5 message=no such thing: 50% ü");
    assert.match(await ask("unary", { "x-message": "x", "x-cluster": "refused" }), /^status=14 message=/);
    assert.equal(await ask("unary", { "x-message": "x", "x-cluster": "no-such" }), "not made: 3");
    assert.equal(await ask("unary", { "x-cluster": "email" }), "not made: 4");
    assert.match(await ask("unary", { "x-message": "hello", "x-cluster": "users" }), /^message=hello/);
    const cancelled = ask("cancel-call", { "x-message": "wait" });
    host.tick(100);
    assert.equal(await cancelled, "cancelled");
    assert.match(
      await ask("end-flag", { "x-cluster": "refused" }),
      /said= .* status=14 message=.* open=false$/,
    );
    assert.match(await ask("server-close"), / status=8 message=that will do open=false$/);
  });

  test("shared data, queues, metrics, timers, properties", async () => {
    const host = await hostOf("state", { vmId: "shared", logLevel: 2 });
    const ask = async (what: string, more: Record<string, string> = {}) => {
      const { text: told } = await host.fetch({ headers: orders(what, more) });
      await host.settled();
      return told;
    };
    assert.equal(await ask("get", { "x-key": "a" }), "(null)");
    await ask("set", { "x-key": "a", "x-value": "of a" });
    assert.equal(await ask("get", { "x-key": "a" }), "of a");
    assert.equal(await ask("race", { "x-key": "c" }), "true false true again");
    assert.equal(await ask("enqueue", { "x-vm": "shared", "x-entry": "by id" }), "enqueued");
    assert.equal(await ask("enqueue", { "x-vm": "nobody" }), "no such queue");
    assert.ok(messages(host).some((line) => line.startsWith("job <by id>")));
    assert.equal(await ask("queue"), "<one><><three>");
    assert.equal(await ask("metrics"), "3 42");
    assert.equal(await ask("metrics"), "6 42");
    const metric = (of: ProxyWasmHost, name: string) => of.metrics.find((one) => one.name === name)?.value;
    assert.equal(metric(host, "conformance.counter"), 6n);
    assert.equal(
      await ask("count", { "x-times": "250" }).then(() => ask("count", { "x-times": "0" })),
      "250",
    );
    const timed = await hostOf("state", { pluginConfig: `{"timers":true}`, mainThread: true });
    for (let step = 0; step < 50; step++) timed.tick(10);
    assert.deepEqual(
      ["once", "limited", "never"].map((name) => metric(timed, `conformance.${name}`)),
      [2n, 6n, 0n],
    );
    const tell = await host.fetch({
      path: "/a%20path?and=query",
      headers: [...orders("tell"), ["x-many", "one"], ["x-many", "two"]],
    });
    const seen = fields(tell.upstream?.headers);
    assert.deepEqual(
      ["path", "url-path", "query", "header", "root-id", "vm-id", "mtls", "absent", "whole-group"].map(
        (name) => seen.get(`x-${name}`),
      ),
      [
        "/a%20path?and=query",
        "/a%20path",
        "and=query",
        "one,two",
        "state",
        "shared",
        "false",
        "(null)",
        "(null)",
      ],
    );
    assert.ok(messages(host).includes("code 200"));
  });

  test("foreign functions", async () => {
    const host = await hostOf("foreign");
    assert.ok(messages(host).includes("declared true false"));
    const { publicKey, privateKey } = crypto.generateKeyPairSync("ec", { namedCurve: "P-384" });
    const key = publicKey.export({ type: "spki", format: "der" });
    const signature = crypto.sign("sha256", Buffer.from("text"), privateKey).toString("hex");
    const verify = async (body: Uint8Array | string, form: string, about: string) => {
      const headers = orders("verify", {
        "x-hash": "sha256",
        "x-key": form,
        "x-signature": signature,
        "x-text": about,
      });
      return (await host.fetch({ headers, body })).text;
    };
    assert.deepEqual(
      [
        await verify(key, "der", "text"),
        await verify(key, "der", "other"),
        await verify("not a key", "der", "text"),
      ],
      ["0", "1", "1"],
    );
    assert.equal(await verify("-", "none", "text"), "2");
    const body = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const signed = await host.fetch({
      headers: orders("sign", { "x-hash": "sha384", "x-key": "pem", "x-text": "text" }),
      body,
    });
    assert.ok(crypto.verify("sha384", Buffer.from("text"), publicKey, signed.body));
    const small = await host.fetch({ headers: orders("compress"), body: "text that repeats ".repeat(500) });
    assert.equal(inflateSync(small.body).toString(), "text that repeats ".repeat(500));
    assert.equal((await host.fetch({ headers: orders("uncompress"), body: "not compressed" })).status, 400);
    assert.equal((await host.fetch({ headers: orders("unknown") })).text, "false false");
    const connection = new FilterState();
    const keep = async (value: string) => {
      const filterState = new FilterState(connection);
      return (await host.fetch({ headers: orders("keep", { "x-value": value }), filterState })).text;
    };
    assert.deepEqual([await keep("first"), await keep("second")], ["(null) true", "first false"]);
    assert.match(
      (await host.fetch({ headers: orders("resolve", { "x-name": "localhost" }) })).text,
      /^1 \[::1\]:0/,
    );
  });

  test("other streams' contexts", async () => {
    const host = await hostOf("contexts");
    const parked = ["a", "b"].map((name) => host.fetch({ headers: orders("park", { "x-name": name }) }));
    const releaser = await host.fetch({ headers: orders("release", { "x-name": "releaser" }) });
    assert.equal(fields(releaser.upstream?.headers).get("x-own"), "releaser");
    for (const [index, { upstream }] of (await Promise.all(parked)).entries()) {
      assert.equal(fields(upstream?.headers).get("x-released"), `${"ab"[index]} releaser`);
    }
  });

  test("connections", async () => {
    const host = await hostOf("connections", {
      httpCalls: ({ headers }) => ({
        body: headers.some(([, value]) => value === "/allowed") ? "yes" : "no",
      }),
    });
    const s = host.tcpStream();
    s.newConnection();
    assert.equal(text(s.downstreamData("shout hello").data), "HELLO/11");
    assert.equal(text(s.upstreamData("first:HELLO/11").data), "(14)first:HELLO/11");
    assert.equal(text(s.downstreamData("collect a").data), "");
    assert.equal(text(s.downstreamData(" b.").data), "collect a b.");
    assert.equal(text(s.downstreamData("", true).data), "[end]");
    host.logs.length = 0;
    s.close();
    const lines = messages(host).map((line) => line.replace(/^connection \d+: /, ""));
    assert.deepEqual(lines, ["downstream closed by 2", "done", "logged", "deleted"]);
    for (const [what, data] of [
      ["allowed", "ask allowed"],
      ["denied", ""],
    ]) {
      const asking = host.tcpStream();
      asking.newConnection();
      assert.equal(asking.downstreamData(`ask ${what}`).paused, true);
      await host.settled();
      assert.equal(text(asking.downstreamState.data), data);
      assert.equal(asking.downstreamState.closed, what === "denied" ? true : undefined);
    }
  });

  for (const callback of ["request headers", "request body", "request trailers", "response headers"]) {
    test(`an answer from ${callback}`, async () => {
      const host = await hostOf("reentrancy");
      const { status, text: told } = await host.fetch(
        { headers: [["x-reply-in", callback]], body: "a body", trailers: [["x-t", "1"]] },
        { body: "from the upstream", trailers: [["x-t", "1"]] },
      );
      assert.deepEqual([status, told], [403, `from ${callback}`]);
      assert.equal((await host.fetch({}, { body: "well" })).text, "well");
    });
  }

  for (const [then, size, status] of [
    ["nothing", 200_000, 200],
    ["append", 200_004, 200],
    ["reply", 0, 418],
    ["reset", 0, 0],
  ] as const) {
    test(`${then} after a request's body outgrew the buffer`, async () => {
      const host = await hostOf("reentrancy", { bufferLimitBytes: 65_536 });
      const headers = orders("grow-request", { "x-then": then });
      const exchange = await host.fetch({ headers, body: "a body" });
      assert.deepEqual([exchange.status, exchange.upstream?.body.length ?? 0], [status, size]);
    });
    test(`${then} after a response's body outgrew the buffer`, async () => {
      const host = await hostOf("reentrancy", { bufferLimitBytes: 65_536 });
      const headers = orders("grow-response", { "x-then": then, "x-tag": "tag" });
      const exchange = await host.fetch({ headers }, { body: ["from", " the upstream", ""] });
      assert.equal(exchange.reset, true);
      const said = messages(host).map((line) => line.replace(" tag", ""));
      assert.deepEqual(said.slice(-1 - Number(then === "reply")).slice(0, 1), ["grown"]);
      assert.equal(exchange.trap, undefined);
    });
  }
});
