import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { compilePlugin } from "../../cli/compile.js";
import { pluginModules, testModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { type HostOptions, LogLevel, ProxyWasmHost } from "../../host/index.js";

const compiled = async (folder: string, target: string) =>
  readFile((await compilePlugin(join(root, folder), target)).file);

const plugin = async (name: string, options: HostOptions = {}) =>
  ProxyWasmHost.load(await compiled(`plugins/${name}`, pluginModules), { rootId: name, ...options });

const fixture = async (name: string, configuration?: object, options: HostOptions = {}) =>
  ProxyWasmHost.load(await compiled(`tests/envoy/fixtures/${name}`, testModules), {
    ...options,
    ...(configuration && { pluginConfig: JSON.stringify(configuration) }),
  });

const messages = (host: ProxyWasmHost) => host.logs.map(({ message }) => message.replace(/ \d+$/, ""));

suite("the very modules that run in Envoy do the same here:", () => {
  test("hello greets", async () => {
    const host = await plugin("hello");
    const { headers, text } = await host.fetch({}, { body: "from the upstream" });
    assert.deepEqual([headers, text], [[["hello", "world"]], "from the upstream"]);
  });

  test("custom-headers adds its header, and refuses a configuration with every problem in the log", async () => {
    const config = { header_name: "x-a", header_value: "1", response_codes: [200] };
    const host = await plugin("custom-headers", { pluginConfig: JSON.stringify(config) });
    const with200 = await host.fetch({}, { status: 200 });
    const with404 = await host.fetch({}, { status: 404 });
    assert.deepEqual([with200.headers, with404.headers], [[["x-a", "1"]], []]);
    const refused = await plugin("custom-headers", { pluginConfig: "{" });
    assert.equal(refused.configured, false);
    assert.ok(refused.logs.length > 0);
  });

  test("lifecycle tells of its callbacks in their order", async () => {
    const host = await fixture("lifecycle", undefined, { vmConfig: "vm text ü" });
    const start = [
      "root constructor",
      "root onCreate true",
      "root onVmStart <vm text ü>",
      "root onConfigure",
    ];
    assert.deepEqual(messages(host), [...start, ...start]);
    host.logs.length = 0;
    await host.fetch(
      { path: "/full", body: "body", trailers: [["x-t", "1"]] },
      { body: "ok", trailers: [["x-t", "1"]] },
    );
    assert.deepEqual(messages(host), [
      "root createHttpContext",
      "stream constructor",
      "stream onCreate",
      "stream onRequestHeaders",
      "stream onRequestBody",
      "stream onRequestTrailers",
      "stream onResponseHeaders",
      "stream onResponseBody",
      "stream onResponseTrailers",
      "stream onLog",
      "logged /full",
      "stream onDone",
      "stream onDelete",
    ]);
  });

  test("bodies are replaced, grown and drained", async () => {
    const host = await fixture("bodies", undefined, { allowOnHeadersStopIteration: true });
    for (const [what, pieces, expected] of [
      ["set", ["abc", "déf", "ghi"], /^\[abcdéfghi\]\d$/],
      ["append", ["abc", "def"], /^abcdef-end$/],
      ["prepend", ["abc", "def"], /^start-abcdef$/],
      ["drain", ["abcd", "ef"], /^def$/],
      ["bytes", ["abc", "def"], /^ffedcbaf$/],
      ["held-set", ["abc", "def"], /^held abcdef$/],
      ["held-set-resume", ["abc", "def"], /^held abcdef$/],
    ] as const) {
      const request = await host.fetch({ path: `/request/${what}`, body: [...pieces, ""] });
      assert.match(Buffer.from(request.upstream!.body).toString(), expected, what);
      const response = await host.fetch({ path: `/response/${what}` }, { body: [...pieces, ""] });
      assert.match(response.text, expected, what);
    }
  });

  test("a body made larger than the limit fails its stream, and nothing else", async () => {
    const host = await fixture("bodies", undefined, {
      allowOnHeadersStopIteration: true,
      bufferLimitBytes: 32 * 1024,
    });
    const large = await host.fetch({ path: "/request/held-large/65536", body: "abc" });
    assert.deepEqual([large.status, large.upstream], [413, undefined]);
    const response = await host.fetch({ path: "/response/held-large/65536" }, { body: ["abc", ""] });
    assert.equal(response.status, 500);
    assert.ok(messages(host).includes("deleted"));
    const cut = await host.fetch({ path: "/response/large/65536" }, { body: ["abc", ""] });
    assert.equal(cut.reset, true);
    assert.equal((await host.fetch({ path: "/request/set", body: "abc" }, { body: "fine" })).text, "fine");
    assert.deepEqual(
      host.logs.filter(({ level }) => level === LogLevel.Critical),
      [],
    );
  });

  test("replies have their status, headers, body and details, and gRPC clients theirs", async () => {
    const host = await fixture("replies");
    const upstream = { headers: [["x-from", "upstream"]] as [string, string][], body: "from the upstream" };
    for (const [path, body] of [
      ["/request-headers", undefined],
      ["/request-body", ["one", "two"]],
      ["/response-headers", undefined],
    ] as const) {
      const r = await host.fetch({ path, ...(body && { body: [...body] }) }, upstream);
      assert.deepEqual(
        [r.status, r.text, r.details],
        [418, "short and stout: ü", "because_of_the_test"],
        path,
      );
      const names = r.headers.map(([name]) => name);
      assert.equal(names.includes("x-from"), false);
      assert.equal(names.includes("x-response-callback"), path !== "/response-headers");
    }
    const grpc = await host.fetch({
      path: "/grpc/service",
      headers: [["content-type", "application/grpc"]],
      body: "",
    });
    assert.equal(new Map(grpc.headers).get("grpc-status"), "7");
    assert.equal((await host.fetch({ path: "/twice" })).status, 401);
    assert.equal((await host.fetch({ path: "/reset" })).reset, true);
    assert.equal((await host.fetch({ path: "/response-body" }, upstream)).reset, true);
    const evil = await host.fetch({ path: "/evil" }, upstream);
    assert.equal(evil.text, "from the upstream");
  });

  test("what waits for a tick goes on with it, each stream for itself", async () => {
    const host = await fixture("pausing", { tick_ms: 300 });
    const waiting = ["/request", "/request-twice", "/response"].map((path) =>
      host.fetch({ path }, { body: "ok" }),
    );
    const body = host.fetch({ path: "/body", body: ["some", " body"] }, { body: "ok" });
    const reply = host.fetch({ path: "/request-reply" }, { body: "ok" });
    const atOnce = await host.fetch({ path: "/at-once" }, { body: "ok" });
    assert.equal(atOnce.text, "ok");
    const over = Promise.all([...waiting, body, reply]);
    let done = false;
    void over.then(() => (done = true));
    // A response waits but one tick later.
    for (let tick = 0; tick < 5 && !done; tick++) {
      host.tick(300);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const answers = await over;
    assert.deepEqual(
      answers.map(({ status, text }) => `${status} ${text}`),
      ["200 ok", "200 ok", "200 ok", "200 ok", "429 not now"],
    );
    assert.equal(Buffer.from((await body).upstream!.body).toString(), "some body");
  });
});
