import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { FieldsToSend } from "../../cli/headers.js";
import { Fields } from "../../cli/headers.js";
import { type Reply, Upstream } from "../../cli/upstream.js";
import { Proxy } from "./harness.js";
import { settled } from "./settled.js";

/** One Envoy for the file: the fixture does what a request's path says. */
let upstream: Upstream;
let proxy: Proxy;
/** What the upstream answers the next request with. */
let reply: Reply = {};

const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

before(async () => {
  upstream = await Upstream.start(() => reply);
  proxy = await Proxy.start({
    filters: [{ fixture: "headers" }],
    routes: [{ cluster: "backend" }],
    listener: { http1Trailers: true, maxRequestHeadersKb: 96 },
    clusters: [
      {
        name: "backend",
        address: { port: upstream.port },
        more: {
          typed_extension_protocol_options: {
            [options]: {
              "@type": `type.googleapis.com/${options}`,
              common_http_protocol_options: { max_response_headers_kb: 96 },
              explicit_http_config: { http_protocol_options: { enable_trailers: true } },
            },
          },
        },
      },
    ],
  });
});

after(async () => {
  await proxy?.stop();
  await upstream?.stop();
});

// As bytes: Node encodes headers together with the first text of a body, and then as UTF-8.
const body = Buffer.from("ok");

/** The fields that come out at the other end: at the upstream for `request`, at the client for `response`. */
async function changed(side: "request" | "response", what: string, headers: FieldsToSend): Promise<Fields> {
  reply = side === "response" ? { headers, body } : { body };
  const path = `/${side}/${what}`;
  const response = await proxy.request(side === "request" ? { path, headers } : { path });
  assert.equal(response.status, 200);
  await settled();
  proxy.assertUnharmed();
  return side === "request" ? upstream.last.headers : response.headers;
}

const loggedFrom = (from: number) => proxy.wasmLog(from).map(({ level, text }) => `${level}: ${text}`);

/** UTF-8 as it is written on the wire, a character a byte. */
const utf8 = (text: string) => Buffer.from(text).toString("latin1");

for (const side of ["request", "response"] as const) {
  test(`a ${side} header keeps bytes that are not UTF-8 through the bytes API, and reads as U+FFFD`, async () => {
    const value = "caf\xe9 \xff\xfe \xc3\xa9 \xed\xa0\x80 \xf0\x9f\x98\x80";
    const seen = await changed(side, "bytes", [["x-bytes", value]]);
    assert.deepEqual(seen.all("x-bytes"), [value]);
    assert.deepEqual(seen.all("x-copy"), [value, value]);
    assert.equal(seen.get("x-size"), String(value.length));
    assert.equal(seen.get("x-cursor-bytes"), value);
    const text = utf8("caf\ufffd \ufffd\ufffd é \ufffd\ufffd\ufffd 😀");
    assert.equal(seen.get("x-text"), text);
    assert.equal(seen.get("x-cursor-text"), text);
  });

  test(`an empty ${side} header is there, and empty`, async () => {
    const seen = await changed(side, "empty", [["x-empty", ""]]);
    assert.equal(seen.get("x-empty"), "");
    assert.equal(seen.get("x-get"), "<>");
    assert.equal(seen.get("x-bytes"), "0");
    assert.equal(seen.get("x-has"), "true");
    assert.equal(seen.get("x-equals"), "true");
    assert.equal(seen.get("x-number"), "-1");
    assert.equal(seen.get("x-absent"), "(null)");
    assert.deepEqual(seen.all("x-set-empty"), [""]);
    assert.deepEqual(seen.all("x-add-empty"), [""]);
  });

  test(`repeated ${side} headers keep their order: get is the first, getAll all`, async () => {
    const seen = await changed(side, "repeated", [
      ["x-repeat", "b"],
      ["x-other", "1"],
      ["X-Repeat", "a, c"],
      ["x-repeat", ""],
    ]);
    assert.equal(seen.get("x-first"), "b");
    assert.equal(seen.get("x-all"), "b|a, c|");
    assert.equal(seen.get("x-none"), "0");
    assert.deepEqual(seen.all("x-repeat"), ["b", "a, c", "", "last"]);
  });

  test(`${side} headers are found, set and removed in any case, and go on in lower case`, async () => {
    const seen = await changed(side, "capitals", [
      ["X-Sent-in-CAPITALS", "Value Kept"],
      ["x-GONE", "1"],
      ["X-gone", "2"],
    ]);
    assert.equal(seen.get("x-get"), "Value Kept");
    assert.equal(seen.get("x-has"), "true");
    assert.deepEqual(seen.all("x-set-in-capitals"), ["1", "2"]);
    assert.equal(seen.has("x-gone"), false);
    const names = [...seen].map(([name]) => name).filter((name) => name.startsWith("x-"));
    assert.deepEqual(
      names,
      names.map((name) => name.toLowerCase()),
    );
  });

  test(`60 KB of ${side} headers are read and copied whole`, async () => {
    const headers = Array.from({ length: 6 }, (_, index): [string, string] => [
      `x-large-${index}`,
      String(index).repeat(10 * 1024),
    ]);
    const seen = await changed(side, "large", headers);
    assert.equal(seen.get("x-length"), String(10 * 1024));
    assert.equal(seen.get("x-copy-of-large-0"), "0".repeat(10 * 1024));
    assert.ok(Number(seen.get("x-sum")) > 60 * 1024, String(seen.get("x-sum")));
    for (const [name, value] of headers) assert.equal(seen.get(name), value);
  });

  test(`set, add, remove, strip, equals and number do to a ${side} header what they say`, async () => {
    const seen = await changed(side, "calls", [
      ["x-present", "old"],
      ["x-present", "older"],
      ["x-kept", "first"],
      ["x-gone", "1"],
      ["x-gone", "2"],
      ["x-stripped", "1"],
      ["x-digits", "0123456789"],
    ]);
    assert.deepEqual(seen.all("x-present"), ["new"]);
    assert.deepEqual(seen.all("x-fresh"), ["1"]);
    assert.deepEqual(seen.all("x-kept"), ["first", "second"]);
    for (const name of ["x-gone", "x-stripped", "x-was-never-there"]) assert.equal(seen.has(name), false);
    assert.equal(seen.get("x-equals"), "true");
    assert.equal(seen.get("x-differs"), "false");
    assert.equal(seen.get("x-number"), "123456789");
    assert.equal(seen.get("x-no-number"), "-1");
  });

  test(`literals used as names and values of ${side} headers are never taken for each other`, async () => {
    for (let round = 0; round < 3; round++) {
      const seen = await changed(side, "literals", []);
      const expected = new Map([
        ["x-same", "x-same"],
        ["x-same-again", "x-same"],
        ["x-a", "x-b"],
        ["x-b", "x-a"],
        [
          "x-c",
          utf8("a literal that is so long that it spans several slots of thirty-two bytes each, héllo"),
        ],
        ["x-d", "d"],
        ["d", "x-d"],
        ["x-e", ""],
        ...[..."fghijklmn"].map((letter): [string, string] => [`x-${letter}`, `${letter}0`]),
      ]);
      for (const [name, value] of expected) assert.deepEqual(seen.all(name), [value], name);
    }
  });

  test(`a cursor goes through ${side} headers as they were when it was made`, async () => {
    const seen = await changed(side, "cursor", [
      ["x-c-1", "one"],
      ["x-c-2", ""],
      ["x-c-1", "again"],
    ]);
    assert.equal(seen.get("x-count"), "true");
    assert.equal(seen.get("x-left"), "0false");
    assert.equal(seen.get("x-names"), "x-c-1=one;x-c-2=;x-c-1=again;");
  });

  test(`CR, LF and NUL do not get into a ${side} header: it is not set, and the log says so`, async () => {
    const from = proxy.envoy.log.mark;
    const seen = await changed(side, "injection", [["x-kept", "1"]]);
    assert.equal(seen.has("x-evil"), false);
    assert.equal(seen.has("x-injected"), false);
    assert.equal(seen.get("x-kept"), "1");
    assert.equal(seen.get("x-tab"), "a\tb");
    const lines = loggedFrom(from);
    assert.equal(lines.length, 10, lines.join("\n"));
    for (const line of lines) assert.match(line, /^error: .*header field.* was not set$/);
  });

  test(`replaceAll puts these ${side} headers in the place of all`, async () => {
    const seen = await changed(side, "replace/all", [
      ["x-gone-1", "1"],
      ["x-kept", "a"],
      ["x-kept", "\xff"],
      ["x-gone-2", "1"],
    ]);
    assert.deepEqual(
      [...seen].filter(([name]) => /^x-(gone|kept|new)/.test(name)),
      [
        ["x-kept", "a"],
        ["x-kept", utf8("\ufffd")],
        ["x-new", "1"],
        ["x-new", ""],
      ],
    );
  });

  for (const [what, said] of [
    ["many", "more than 1024 header fields"],
    ["large", "header fields of more than 1 MiB"],
    ["odd", "a header field that is not a pair of name and value"],
  ] as const) {
    test(`replaceAll of ${side} headers refuses ${said}, says so, and changes nothing`, async () => {
      const from = proxy.envoy.log.mark;
      const seen = await changed(side, `replace/${what}`, [["x-kept", "1"]]);
      assert.equal(seen.get("x-kept"), "1");
      assert.equal(seen.has("x-new"), false);
      assert.deepEqual(loggedFrom(from), [
        `error: ${said} were not set: the host would take them for none at all`,
      ]);
    });
  }

  test(`replaceAll takes as many as 1,024 ${side} headers`, async () => {
    const seen = await changed(side, "replace/most", [["x-kept", "1"]]);
    assert.equal(seen.get("x-kept"), "1");
    const added = seen.all("x-new");
    assert.ok(added.length > 1000, String(added.length));
    assert.equal(added.at(-1), "1023");
  });
}

test("headers that do not exist yet read as absent, whatever asks for them", async () => {
  reply = { body };
  await proxy.request("/absent");
  assert.equal(upstream.last.headers.get("x-nothing-there"), "true");
  proxy.assertUnharmed();
});

const trailers: FieldsToSend = [
  ["X-Trailer", "seen \xff"],
  ["x-gone", "1"],
];

function assertChanged(received: Fields): void {
  assert.equal(received.get("x-trailer"), "seen \xff");
  assert.equal(received.get("x-seen"), utf8("seen \ufffd"));
  // Node joins what it gets twice as a trailer in some versions.
  assert.equal(received.all("x-added").join(", "), "1, 2");
  assert.equal(received.has("x-gone"), false);
}

test("trailers are read and changed over HTTP/1.1", async () => {
  reply = { body: ["a", "b"], trailers };
  const response = await proxy.request({ path: "/trailers/change", body: "body", trailers });
  assert.equal(response.text, "ab");
  assertChanged(upstream.last.trailers);
  assertChanged(response.trailers);
  proxy.assertUnharmed();
});

test("trailers are read and changed over HTTP/2", async () => {
  reply = { body: ["a", "b"], trailers };
  const response = await proxy.requestHttp2({ path: "/trailers/change", body: "body", trailers });
  assert.equal(response.text, "ab");
  assertChanged(upstream.last.trailers);
  assertChanged(response.trailers);
  proxy.assertUnharmed();
});

test("trailers come into being at the end of a body that has none", async () => {
  reply = { body: ["a", "b"] };
  const response = await proxy.requestHttp2("/trailers/new");
  assert.equal(response.text, "ab");
  assert.equal(response.trailers.get("x-made"), "from nothing");
  proxy.assertUnharmed();
});
