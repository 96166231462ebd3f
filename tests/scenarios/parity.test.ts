import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Fields } from "../../cli/headers.js";
import { EmbeddedStage } from "../../cli/scenarios/embedded.js";
import { EnvoyTheatre } from "../../cli/scenarios/envoy.js";
import type { Role } from "../../cli/scenarios/role.js";
import type { RequestToSend } from "../../cli/scenarios/scenario.js";
import type { Stage } from "../../cli/scenarios/stage.js";

const role: Role = {
  plugin: "hello",
  scenario: {
    name: "all that is around plugins",
    routes: [{ path: "/own", reply: { status: 503, body: "own" } }, { prefix: "/a" }],
    upstream: [
      { when: { path: "/a/204" }, reply: { status: 204 } },
      { when: { path: "/a/304" }, reply: { status: 304 } },
      { when: { path: "/a/reset" }, reply: { reset: "before headers" } },
      { when: { path: "/a/cut" }, reply: { body: ["a", "b"], reset: "in the body" } },
      { when: { path: "/a/trailers" }, reply: { body: ["a", "b"], trailers: { "x-end": "1" } } },
      {
        when: { path: "/a/fields" },
        reply: {
          headers: {
            server: "own",
            date: "today",
            connection: "close",
            "X-Many": ["1", "2", " 3 ", ""],
            "cache-control": ["a", "b"],
            "set-cookie": ["a", "b"],
          },
        },
      },
      { reply: { body: "" } },
    ],
  },
};

const requests: RequestToSend[] = [
  ...["/own", "/none", "/a", "/a/204", "/a/304", "/a/reset", "/a/cut", "/a/trailers", "/a/fields"].map(
    (path) => ({ path }),
  ),
  { path: "/a?b=c", authority: "A.com:80" },
  { path: "/own", method: "HEAD" },
  { path: "/a/trailers", method: "HEAD" },
  { path: "/a", method: "DELETE" },
  { path: "/a", method: "POST" },
  { path: "/a", body: "" },
  { path: "/a", body: "abc" },
  { path: "/a", body: ["a", "bc"] },
  { path: "/a", body: "abc", headers: { "content-length": "3" } },
  { path: "/a", body: "abc", trailers: { "x-last": "1" } },
  { path: "/own", body: "abc", headers: { "content-type": "application/grpc" } },
  {
    path: "/a",
    headers: {
      te: "trailers",
      cookie: ["a=1", "b=2"],
      accept: ["a", "b"],
      "X-Many": ["1", "2", "", " 3 "],
      "x-forwarded-proto": "https",
      "x-request-id": "own",
    },
  },
  ...["OPTIONS", "TRACE", "PUT", "PATCH"].map((method) => ({ path: "/a", method })),
  { path: "/a", headers: { "x-forwarded-for": ["192.0.2.1", "192.0.2.2"] } },
  {
    path: "/a",
    headers: Object.fromEntries(
      [
        "x-envoy-internal",
        "x-envoy-retriable-status-codes",
        "x-envoy-retriable-header-names",
        "x-envoy-retry-on",
        "x-envoy-retry-grpc-on",
        "x-envoy-max-retries",
        "x-envoy-upstream-alt-stat-name",
        "x-envoy-upstream-rq-timeout-ms",
        "x-envoy-upstream-rq-per-try-timeout-ms",
        "x-envoy-upstream-rq-timeout-alt-response",
        "x-envoy-expected-rq-timeout-ms",
        "x-envoy-force-trace",
        "x-envoy-ip-tags",
        "x-envoy-original-url",
        "x-envoy-hedge-on-per-try-timeout",
        "x-envoy-decorator-operation",
        "x-envoy-downstream-service-cluster",
        "x-envoy-original-path",
        "x-envoy-external-address",
      ].map((name) => [name, "1"]),
    ),
  },
  { path: "/a#b" },
  { path: "/a", json: { a: [1] } },
];

let theatre: EnvoyTheatre;
let stages: [embedded: Stage, envoy: Stage];
before(async () => {
  theatre = await EnvoyTheatre.open([role]);
  stages = [await EmbeddedStage.open(role), await theatre.stage(role)];
});
after(() => theatre.close());

/** What the upstream itself would refuse, were it let through. */
const overHttp1Alone: RequestToSend[] = [{ path: "/a", method: "FOO" }];

for (const request of [...requests.flatMap((one) => [one, { ...one, http2: true }]), ...overHttp1Alone]) {
  test(`client and upstream see the same on both hosts: ${JSON.stringify(request)}`, async () => {
    const [embedded, envoy] = stages;
    assert.deepEqual(await exchanged(request, embedded), await exchanged(request, envoy));
  });
}

/** All of an exchange but what no two have in common. */
async function exchanged(request: RequestToSend, stage: Stage): Promise<object> {
  const before = stage.seen("upstream").length;
  const { status, headers, body, trailers, incomplete } = await stage.send(request);
  const isIncomplete = incomplete !== undefined;
  const client = [status, shown(headers), body.toString(), shown(trailers), isIncomplete];
  const upstream = stage
    .seen("upstream")
    .slice(before)
    .map(({ method, path, authority, headers, body, trailers }) => [
      [method, path, withoutPort(authority)],
      shown(headers),
      body.toString(),
      shown(trailers),
    ]);
  return { client, upstream };
}

const withoutPort = (text: string) => text.replace(/^127\.0\.0\.1:\d+$/, "127.0.0.1");

/** By name: the order of several names is that of the client's and the upstream's libraries too. */
function shown(fields: Fields): string[] {
  const lines = [...fields].map(([name, value]) => {
    if (name === "x-envoy-upstream-service-time") return name;
    if (name === "date" && value.endsWith(" GMT")) return name;
    if (name === "x-request-id" && value.length === 36) return name;
    return `${name.toLowerCase()}: ${withoutPort(value)}`;
  });
  const nameOf = (line: string) => line.split(":", 1)[0]!;
  return lines.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
}
