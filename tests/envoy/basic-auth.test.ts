import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import type { Configuration } from "../../cli/envoy/filters.js";
import { type Proxy, withProxy } from "./harness.js";
import { settled } from "./settled.js";

const filter = (configuration: Configuration) => ({ plugin: "basic-auth", configuration });
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

/** The status that comes back for these lines, sent byte for byte; null when the connection is closed without one. */
function statusOf(proxy: Proxy, requestLine: string, ...fields: string[]): Promise<number | null> {
  const head = [requestLine, "Host: a.com", ...fields, "", ""].join("\r\n");
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(proxy.port, "127.0.0.1", () => socket.write(head, "latin1"));
    socket.setTimeout(15_000, () => socket.destroy(new Error(`no answer to ${requestLine}`)));
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      if (answer.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => {
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
      resolve(status === undefined ? null : Number(status));
    });
  });
}

/** The resource that a service finds when it decodes, drops parameters, merges slashes and resolves dots. */
function resourceOf(target: string): string {
  const path = target.replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/[?#].*$/s, "");
  const encoded = path.replace(/%2f/gi, "/").replace(/%5c|\\/gi, "/");
  const found: string[] = [];
  for (const segment of encoded.split("/")) {
    const name = decodeURIComponent(segment.replace(/;.*$/s, ""));
    if (name === "..") found.pop();
    else if (name !== "" && name !== ".") found.push(name);
  }
  return `/${found.join("/")}`;
}

const before = [
  "/",
  "//",
  "/./",
  "/x/../",
  "/x/..//",
  "/%2e/",
  "/x/%2E%2e/",
  "/x/.%2e/",
  "/%2F",
  "/x%2f..%2F",
  "/;p/",
  "/x/..;p/",
];
const beforeToo = ["\\", "/x/..\\", "/%5c", "http://a.com/", "HTTP://b.org//", "/../", "/%2e%2e/x/../"];
const names = ["admin", "%61dmin", "%61%64%6D%69%6e", "adm%69n"];
const after = ["", "/", "/.", "//", "/y/..", "/y/%2e%2e", ";v=1", "/;v=1", "?q", "?q=/../z", "/?q"];

const spellings = [...before, ...beforeToo].flatMap((start) =>
  names.flatMap((name) => after.map((end) => `${start}${name}${end}`)),
);

test("every spelling of a path that reaches one resource needs the same credentials", async () => {
  const configuration = {
    basic_auth_rules: [
      { exact: "/admin", request_methods: ["GET"], credentials: ["ok:test"] },
      { prefix: "/", request_methods: ["*"], credentials: ["other:1"] },
    ],
  };
  const served: string[] = [];
  const options = {
    filters: [filter(configuration)],
    answer: ({ path }: { path: string }) => {
      served.push(resourceOf(path));
      return { status: 200 };
    },
  };
  await withProxy(options, async (proxy) => {
    for (const spelling of spellings) assert.equal(resourceOf(spelling), "/admin", spelling);
    const judge = async (target: string) => {
      const none = await statusOf(proxy, `GET ${target} HTTP/1.1`);
      const wrong = await statusOf(proxy, `GET ${target} HTTP/1.1`, `Authorization: ${basic("other:1")}`);
      const right = await statusOf(proxy, `GET ${target} HTTP/1.1`, `Authorization: ${basic("ok:test")}`);
      return [none, wrong, right];
    };
    let judged = 0;
    const queue = [...spellings];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
          const verdicts = await judge(target);
          // Envoy itself refuses a few; all the others are the plugin's to judge.
          if (verdicts.every((status) => status === 400 || status === 404)) continue;
          assert.deepEqual(verdicts, [401, 401, 200], target);
          judged += 1;
        }
      }),
    );
    assert.ok(judged >= spellings.length * 0.8, `${judged} of ${spellings.length} reached the plugin`);
    assert.equal(served.length, judged);
    assert.deepEqual([...new Set(served)], ["/admin"]);
  });
});

test("a path is judged alike whatever Envoy makes of it before", async () => {
  const configuration = {
    basic_auth_rules: [{ prefix: "/admin", request_methods: ["*"], credentials: ["ok:test"] }],
  };
  for (const more of [
    { normalize_path: true, merge_slashes: true },
    { normalize_path: true, path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD" },
  ]) {
    await withProxy({ filters: [filter(configuration)], listener: { more } }, async (proxy) => {
      for (const target of ["/admin", "//admin", "/x/../admin", "/x%2f..%2fadmin", "/%61dmin", "/admin;x"])
        assert.equal(await statusOf(proxy, `GET ${target} HTTP/1.1`), 401, target);
      assert.equal(await statusOf(proxy, "GET /x/../y HTTP/1.1"), 200);
    });
  }
});

test("odd targets, methods and upgrades do not get round a rule for everything", async () => {
  const configuration = {
    basic_auth_rules: [{ prefix: "/", request_methods: ["*"], credentials: ["ok:test"] }],
  };
  const listener = {
    more: { upgrade_configs: [{ upgrade_type: "websocket" }, { upgrade_type: "CONNECT" }] },
  };
  await withProxy({ filters: [filter(configuration)], listener }, async (proxy) => {
    const refused = [400, 401, 404, 426, null];
    for (const line of [
      "OPTIONS * HTTP/1.1",
      "OPTIONS / HTTP/1.1",
      "CONNECT a.com:80 HTTP/1.1",
      "TRACE / HTTP/1.1",
      "PROPFIND / HTTP/1.1",
      "get / HTTP/1.1",
      "GET http://a.com HTTP/1.1",
      "GET http://a.com/x HTTP/1.1",
      "GET /#x HTTP/1.1",
      "GET /\x00 HTTP/1.1",
      "GET x HTTP/1.1",
      "GET / HTTP/1.0",
    ]) {
      const status = await statusOf(proxy, line);
      assert.ok(refused.includes(status), `${line}: ${status}`);
    }
    const upgrade = ["Connection: upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    assert.equal(await statusOf(proxy, "GET /ws HTTP/1.1", "Sec-WebSocket-Key: x", ...upgrade), 401);
    assert.equal(proxy.upstream.requests.length, 0);
  });
});

test("no form of a credential is in any line of the module at trace, at start nor for a request", async () => {
  const secrets = ["s3cret-plain", "s3cret-encoded", "s3cret-hashed", "s3cret-wrong", "s3cret-token"];
  const hash = "sha256:8a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819";
  const encoded = Buffer.from("user:s3cret-encoded").toString("base64");
  const configuration = {
    log_level: "trace",
    audit_logging: true,
    shadow: false,
    forward_user_header: "x-user",
    remove_authorization: true,
    no_such_key: "user:s3cret-plain",
    basic_auth_rules: [
      {
        prefix: "/",
        request_methods: ["*"],
        credentials: ["user:s3cret-plain", encoded, hash],
        password: "s3cret-plain",
      },
    ],
  };
  const options = { filters: [filter(configuration)], componentLogLevels: { wasm: "trace" as const } };
  await withProxy(options, async (proxy) => {
    const values = [
      ...secrets.map((secret) => basic(`user:${secret}`)),
      ...secrets.map((secret) => `Basic user:${secret}`),
      ...secrets.map((secret) => `Bearer ${secret}`),
    ];
    for (const value of values) await proxy.request({ path: "/", headers: [["authorization", value]] });
    assert.equal((await proxy.request({ path: "/" })).status, 401);
    await settled();
    const lines = proxy.wasmLog().map(({ text }) => text);
    // Of the five only what the configuration has got through; the rest, and the request without any, left a line.
    assert.equal(lines.filter((line) => line.includes('"decision":"deny"')).length, values.length - 2 + 1);
    const forms = secrets.flatMap((secret) => [
      secret,
      Buffer.from(`user:${secret}`).toString("base64").replace(/=+$/, ""),
      Buffer.from(secret).toString("hex"),
    ]);
    for (const line of lines)
      for (const form of [...forms, hash.slice(7, 40)]) assert.ok(!line.includes(form), line);
  });
});

test("clients get the same answer for every reason", async () => {
  const configuration = {
    basic_auth_rules: [{ prefix: "/", request_methods: ["*"], credentials: ["ok:test"] }],
  };
  await withProxy({ filters: [filter(configuration)] }, async (proxy) => {
    const answers = [];
    for (const value of [null, "Basic x", basic("ok:wrong"), basic("nobody:test")]) {
      const { status, headers, text } = await proxy.request({
        path: "/",
        headers: value === null ? [] : [["authorization", value]],
      });
      answers.push([status, text, [...headers].filter(([name]) => name !== "date")]);
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal(answers[0]?.[0], 401);
  });
});
