import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { Proxy } from "../../envoy/harness.js";
import { basic, chain, Services, tokens } from "../chain.js";
import { tally } from "../quiet.js";

const right = basic("ann:right");
const wrong = basic("ann:wrong");

suite("headers made to be read in two ways", () => {
  let proxy: Proxy;
  let services: Services;
  before(async () => {
    services = await Services.start();
    proxy = await Proxy.start({ filters: await chain(), clusters: services.clusters });
  });
  after(async () => {
    proxy.assertUnharmed();
    await proxy.stop();
    await services.stop();
  });

  const statusOf = async (path: string, headers: [string, string][]) =>
    (await proxy.request({ path, headers })).status;

  test("credentials and tokens that are there twice let nobody in, in any order and spelling", async (t) => {
    const passed = proxy.upstream.requests.length;
    const statuses: number[] = [];
    const pairs: [string, string][][] = [
      [
        ["authorization", right],
        ["authorization", wrong],
      ],
      [
        ["authorization", wrong],
        ["authorization", right],
      ],
      [
        ["authorization", right],
        ["Authorization", right],
      ],
      [["authorization", `${right}, ${wrong}`]],
      [["authorization", `${right},${right}`]],
      [["authorization", ` ${wrong} ${right}`]],
      [
        ["authorization", right.replace("Basic ", "Basic\t")],
        ["authorization", ""],
      ],
      [["proxy-authorization", right]],
      [["x-authorization", right]],
    ];
    for (const headers of pairs) statuses.push(await statusOf("/private/1", headers));
    for (const status of statuses) assert.equal(status, 401);
    for (const headers of [
      [
        ["x-token", tokens.good],
        ["x-token", tokens.forged],
      ],
      [
        ["x-token", tokens.forged],
        ["x-token", tokens.good],
      ],
      [["x-token", `${tokens.good},${tokens.forged}`]],
      [["x-token", `${tokens.forged} ${tokens.good}`]],
    ] as [string, string][][]) {
      const status = await statusOf("/open/1", headers);
      statuses.push(status);
      assert.ok(status === 400 || status === 401, String(status));
    }
    assert.equal(proxy.upstream.requests.length, passed);
    t.diagnostic(`${statuses.length} doubled ones: ${tally(statuses)}`);
  });

  test("what the proxy vouches for cannot be forged, in any case or with underscores, nor be taken away by connection", async (t) => {
    const names = [
      "x-user",
      "X-User",
      "x_user",
      "X_USER",
      "x-sub",
      "x_sub",
      "X-SUB",
      "x-identity",
      "x_identity",
    ];
    let tried = 0;
    for (const path of ["/open/1", "/auth/1", "/both/1", "/policy/1", "/private/1", "/echo/1"]) {
      for (const more of [[], ...names.map((name) => ["connection", `keep-alive, ${name}`])]) {
        const headers: [string, string][] = [
          ...names.map((name): [string, string] => [name, "forged"]),
          ["x-verdict", "allow"],
          ["x-token", tokens.good],
          ["authorization", right],
          ...(more.length > 0 ? [more as [string, string]] : []),
        ];
        const { status } = await proxy.request({ path, headers });
        tried += 1;
        assert.equal(status, 200, `${path} ${more.join(": ")}`);
        const seen = proxy.upstream.last.headers;
        assert.ok(
          ![...seen].some(([, value]) => value.includes("forged")),
          `${path}: ${JSON.stringify([...seen])}`,
        );
        assert.equal(seen.get("x-sub"), "ann");
        if (path === "/private/1") assert.equal(seen.get("x-user"), "ann");
        if (path === "/auth/1") assert.equal(seen.get("x-identity"), "known");
        // An upstream that obeys it would drop what the proxy has set.
        assert.ok(!/x-|x_|authorization/i.test(seen.get("connection") ?? ""), seen.get("connection"));
      }
    }
    t.diagnostic(`${tried} requests, none brought a forged header, none lost one that the proxy set`);
  });

  test("what connection names is gone for all: it neither decides nor reaches the upstream undecided", async () => {
    const named = (name: string): [string, string] => ["connection", name];
    // Credentials that are taken away are none, and a protected path stays closed.
    assert.equal(await statusOf("/private/1", [named("authorization"), ["authorization", right]]), 401);
    for (const name of [":path", "host", ":method"])
      assert.equal(await statusOf("/private/1", [named(name)]), 400, name);
    assert.equal(await statusOf("/auth/1", [named("x-verdict"), ["x-verdict", "deny"]]), 200);
    assert.equal(proxy.upstream.last.headers.get("x-verdict"), undefined);
    assert.equal(await statusOf("/open/1", [named("x-token"), ["x-token", tokens.expired]]), 200);
    for (const name of ["x-token", "x-sub"]) assert.equal(proxy.upstream.last.headers.get(name), undefined);
  });

  test("no message hides a second one: what the upstream sees are the requests that were decided on", async (t) => {
    const hidden = "GET /private/hidden HTTP/1.1\r\nhost: a\r\n\r\n";
    const post = (more: string, body: string) => `POST /open/seen HTTP/1.1\r\nhost: a\r\n${more}\r\n${body}`;
    const length = `content-length: ${hidden.length}\r\n`;
    const chunked = "transfer-encoding: chunked\r\n";
    const attempts = [
      post(length + chunked, `0\r\n\r\n${hidden}`),
      post(chunked + length, `0\r\n\r\n${hidden}`),
      post(`content-length: 0\r\n${length}`, hidden),
      post(`${length}content-length: 0\r\n`, hidden),
      post("content-length: 0, 5\r\n", hidden),
      post("content-length: +0\r\n", hidden),
      post("content-length: 0x0\r\n", hidden),
      post(`transfer-encoding: chunked, identity\r\n${length}`, `0\r\n\r\n${hidden}`),
      post(`transfer-encoding: xchunked\r\n${length}`, hidden),
      post(`transfer-encoding : chunked\r\n${length}`, `0\r\n\r\n${hidden}`),
      post(`transfer-encoding:\tchunked\r\n${length}`, `0\r\n\r\n${hidden}`),
      post(`transfer-encoding: chunked\r\n transfer-encoding: identity\r\n${length}`, `0\r\n\r\n${hidden}`),
      post(`x: y\r\n\tchunked\r\n${length}`, hidden),
      post(`x: y\n${chunked}${length}`, `0\r\n\r\n${hidden}`),
      post(`x: a\rcontent-length: 0\r\n${length}`, hidden),
      post("x: a\0b\r\n", hidden),
      post(chunked, `0;x=\r\n\r\n${hidden}`),
      post(chunked, `0\r\nx-user: forged\r\n\r\n${hidden}`),
      post(chunked, `ffffffffffffffff0\r\n${hidden}`),
      post(chunked, `-1\r\n${hidden}`),
    ];
    const before = proxy.upstream.requests.length;
    const outcomes: string[] = [];
    for (const attempt of attempts) {
      const answer = (await proxy.exchange(attempt, 250)).toString("latin1");
      const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
      outcomes.push(statuses.join(" and ") || "closed");
      // Whatever is taken for a second request is judged like any other: it has no credentials.
      assert.ok(
        statuses.length < 2 || statuses[1] === "401",
        `${JSON.stringify(attempt)}: ${statuses.join()}`,
      );
    }
    for (const seen of proxy.upstream.requests.slice(before)) {
      assert.equal(seen.path, "/open/seen");
      assert.ok(!(seen.headers.has("content-length") && seen.headers.has("transfer-encoding")));
      assert.ok(![...seen.headers, ...seen.trailers].some(([, value]) => value.includes("forged")));
    }
    t.diagnostic(`${attempts.length} attempts: ${tally(outcomes)}`);
  });
});
