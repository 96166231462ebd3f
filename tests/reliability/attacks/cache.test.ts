import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reply, SeenRequest } from "../../../cli/upstream.js";
import { type Proxy, withProxy } from "../../envoy/harness.js";

type Headers = [string, string][];

/** An origin with the habits that poisoning and deception live on. */
function origin({ path, headers, authority, body }: SeenRequest): Reply {
  const kept: Headers = [["cache-control", "max-age=60"]];
  const who = headers.get("cookie") ?? headers.get("authorization") ?? "nobody";
  // Deception: the private page whatever comes behind its name, without a word on caching.
  if (/^\/account/.test(path))
    return { headers: who === "nobody" ? [] : [["x-who", who]], body: `page of ${who}` };
  if (path.startsWith("/session"))
    return { headers: [...kept, ["set-cookie", `id=${headers.get("x-n")}`]], body: "welcome" };
  if (path.startsWith("/vary")) {
    const host = headers.get("x-forwarded-host") ?? authority;
    return {
      headers: [...kept, ["vary", "x-forwarded-host, x-original-url"]],
      body: `links to ${host} ${headers.get("x-original-url") ?? ""}`,
    };
  }
  if (path.startsWith("/error") && headers.has("x-oversized")) return { status: 400, body: "too large" };
  if (path.startsWith("/gone") && headers.has("x-oversized")) return { status: 404, body: "not here" };
  if (path.startsWith("/scheme"))
    return { headers: kept, body: `scheme ${headers.get("x-forwarded-proto")}` };
  return { headers: kept, body: `${authority} ${path} ${body.toString()}` };
}

async function twice(proxy: Proxy, path: string, attacker: Headers, victim: Headers = [], more: object = {}) {
  const first = await proxy.request({ path, headers: attacker, ...more });
  const second = await proxy.request({ path, headers: victim });
  return { first, second, cache: second.headers.get("x-cache") };
}

test("cache gives nobody what was made for another: cookies, credentials, paths that deceive", async (t) => {
  await withProxy({ filters: [{ plugin: "cache", configuration: {} }], answer: origin }, async (proxy) => {
    const tails = [
      "",
      "/x.css",
      "/..%2fx.js",
      ";x.css",
      "%3b.css",
      "%23.png",
      "%3f.ico",
      "//logo.png",
      "/%2e%2e/static/a.js",
      "?x.css",
      "%00.css",
      "%0a.css",
    ];
    let tried = 0;
    for (const tail of tails) {
      for (const credentials of [
        ["cookie", "id=victim"],
        ["authorization", "Bearer victim"],
      ] as Headers) {
        const path = `/account/${credentials[0]}${tail}`;
        const victim = await proxy.request({ path, headers: [credentials] });
        const thief = await proxy.request({ path });
        tried += 1;
        assert.ok(!thief.text.includes("victim"), `${path}: ${thief.text}`);
        if (victim.status === 200) assert.ok(victim.text.includes("victim"));
      }
    }
    for (let n = 0; n < 5; n++) {
      const { headers } = await proxy.request({ path: "/session/1", headers: [["x-n", String(n)]] });
      assert.deepEqual(headers.all("set-cookie"), [`id=${n}`]);
    }
    t.diagnostic(`${tried} pages of others under names of files, 5 sessions: none was given away`);
  });
});

test("cache is not poisoned by headers, methods, bodies, hosts, paths and errors that an attacker chooses", async (t) => {
  await withProxy({ filters: [{ plugin: "cache", configuration: {} }], answer: origin }, async (proxy) => {
    let tried = 0;
    const clean = async (
      path: string,
      attacker: Headers,
      bad: RegExp,
      more: object = {},
      victim: Headers = [],
    ) => {
      const { second } = await twice(proxy, path, attacker, victim, more);
      tried += 1;
      assert.equal(second.status, 200, path);
      assert.doesNotMatch(second.text, bad, path);
    };
    await clean("/vary/1", [["x-forwarded-host", "evil.test"]], /evil/);
    await clean("/vary/2", [["x-original-url", "/evil"]], /evil/);
    await clean("/error/1", [["x-oversized", "a".repeat(8000)]], /too large/);
    await clean("/gone/1", [["x-oversized", "1"]], /not here/);
    await clean("/fat/1", [["content-type", "text/plain"]], /evil/, { method: "GET", body: "evil" });
    await clean("/method/1", [["x-http-method-override", "POST"]], /evil/, { method: "POST", body: "evil" });
    for (const host of ["evil.test", "LOCALHOST", "a.test:80", "a.test."])
      await clean("/host/1", [["host", host]], new RegExp(`^${host} `), {}, [["host", "a.test"]]);
    // Paths that some server takes for one another are different ones here.
    for (const [mine, theirs] of [
      ["/p/a%2fb", "/p/a/b"],
      ["/p/%61", "/p/a"],
      ["/p/x/../c", "/p/c"],
      ["/p//d", "/p/d"],
      ["/p/e?a=1&a=2", "/p/e?a=2&a=1"],
      ["/p/f?a=1;b=2", "/p/f?a=1&b=2"],
      ["/p/g?x=%26y", "/p/g?x=&y"],
      ["/p/h?", "/p/h"],
      ["/P/i", "/p/i"],
      ["/p/j%00", "/p/j"],
      ["/p/k%09", "/p/k"],
    ] as const) {
      const first = await proxy.request({ path: mine });
      const second = await proxy.request({ path: theirs });
      tried += 1;
      assert.ok(second.text.endsWith(` ${theirs} `), `${mine} gave ${second.text} to ${theirs}`);
      if (first.status === 200) assert.ok(first.text.endsWith(` ${mine} `), first.text);
    }
    const secure = await twice(
      proxy,
      "/scheme/1",
      [["x-forwarded-proto", "http"]],
      [["x-forwarded-proto", "https"]],
    );
    if (secure.second.status === 200)
      assert.equal(secure.second.text === secure.first.text, secure.first.text === "scheme https");
    // Ranges and conditions of an attacker are not kept as if they were the thing itself.
    await clean("/range/1", [["range", "bytes=0-1"]], /^..$/);
    await clean(
      "/condition/1",
      [
        ["if-none-match", '"x"'],
        ["if-modified-since", "Sun, 01 Feb 2026 10:20:30 GMT"],
      ],
      /^$/,
    );
    t.diagnostic(`${tried} attempts, nobody else was given anything of them`);
  });
});
