import assert from "node:assert/strict";
import { test } from "node:test";
import { testedEnvoys } from "../../cli/envoy/tested.js";
import type { ExchangeChanges } from "../../cli/run/changes.js";
import { request, type RequestOptions } from "../../cli/request.js";
import { plugin } from "../envoy/harness.js";
import { type Run, withRun } from "./run-harness.js";

const configurations = {
  "basic-auth": {
    basic_auth_rules: [{ prefix: "/admin", request_methods: ["GET"], credentials: ["admin:admin"] }],
  },
  transform: {
    add_request_headers: [["x-added", "ü"]],
    remove_response_headers: ["content-type"],
    timing_headers: false,
    request: { remove: ["x-gone"], body: { replace: [["one", "three"]] } },
  },
  hello: {},
};

const requests: (RequestOptions & { path: string })[] = [
  { path: "/plain", headers: { "x-gone": "1" } },
  { path: "/admin" },
  { path: "/body", method: "POST", body: "one two" },
];

/** What was told of each request, without what differs from one to the next. */
async function told(run: Run): Promise<Partial<ExchangeChanges>[]> {
  const changes: Partial<ExchangeChanges>[] = [];
  for (const asked of requests) {
    const mark = run.events.length;
    await request(run.port, asked);
    const { method, path, status, plugins } = await run.event(
      "diff",
      (event) => event.path === asked.path,
      mark,
    );
    changes.push({ method, path, status, plugins });
  }
  return changes;
}

const changesOf = ({ plugins }: Partial<ExchangeChanges>, name: string) =>
  plugins!.find(({ plugin: found }) => found === name)!;

const byHost = new Map<string, Partial<ExchangeChanges>[]>();

const hosts = {
  envoy: ["--host", "envoy"],
  "the oldest Envoy": ["--host", "envoy", "--envoy-version", testedEnvoys.oldest],
  embedded: ["--host", "embedded"],
};

for (const [host, chosen] of Object.entries(hosts)) {
  test(`run on ${host} shows what each plugin of a chain changed, answered and logged, and what reached the upstream`, async () => {
    const modules = await Promise.all(Object.keys(configurations).map((name) => plugin(name)));
    const words = Object.entries(configurations).flatMap(([name, configuration]) => [
      "--config",
      `${name}=${JSON.stringify(configuration)}`,
    ]);
    await withRun([...modules, ...chosen, ...words], {}, async (run) => {
      const changes = await told(run);
      byHost.set(host, changes);
      const [plain, denied, body] = changes as [ExchangeChanges, ExchangeChanges, ExchangeChanges];
      assert.deepEqual(changesOf(plain, "basic-auth"), { plugin: "basic-auth", request: [], response: [] });
      const transform = changesOf(plain, "transform");
      assert.ok(transform.request.includes("+ x-added: ü"), JSON.stringify(transform));
      assert.ok(transform.request.includes("- x-gone: 1"), JSON.stringify(transform));
      assert.ok(transform.response.includes("- content-type: application/json"), JSON.stringify(transform));
      assert.deepEqual(changesOf(plain, "hello").response, ["+ hello: world"]);

      assert.equal(denied.status, 401);
      assert.equal(changesOf(denied, "basic-auth").answered, 401);
      assert.equal(changesOf(denied, "transform").answered, undefined);

      const [changed] = changesOf(body, "transform").request.filter((change) => change.includes("body"));
      assert.equal(changed, '~ body: "one two" (7 bytes) -> "three two" (9 bytes)');
      const reached = await run.event("upstream", ({ path }) => path === "/body");
      assert.equal(reached.body, "three two");
      assert.ok(reached.headers.some(([name, value]) => name === "x-added" && value === "ü"));
      assert.equal(
        run.events.some((event) => event.event === "upstream" && event.path === "/admin"),
        false,
      );
    });
  });
}

test("all hosts tell the same", () => {
  assert.equal(byHost.size, 3);
  for (const changes of byHost.values()) assert.deepEqual(changes, byHost.get("envoy"));
});

for (const host of ["envoy", "embedded"])
  test(`run on ${host} gives the upstream's 503 and says what it means when nothing listens there`, async () => {
    const configuration = '{"header_name": "x-a", "header_value": "1"}';
    const words = [await plugin("custom-headers"), "--config", configuration, "--concurrency", "2"];
    words.push("--host", host, "--upstream", "127.0.0.1:1", "--no-diff");
    await withRun(words, {}, async (run) => {
      assert.equal((await request(run.port, { path: "/" })).status, 503);
      const { message } = await run.event("warning");
      const configured = run.events.filter((event) => event.event === "log");
      assert.equal(configured.length, 1, "what every worker says at its start is told once");
      assert.match(message, /^the upstream http:\/\/127\.0\.0\.1:1 takes no connections: is it running/);
    });
  });
