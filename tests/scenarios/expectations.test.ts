import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Difference } from "../../cli/scenarios/difference.js";
import { EmbeddedStage } from "../../cli/scenarios/embedded.js";
import { EnvoyTheatre } from "../../cli/scenarios/envoy.js";
import { differencesOf } from "../../cli/scenarios/play.js";
import type { Role } from "../../cli/scenarios/role.js";
import type { Scenario, Step } from "../../cli/scenarios/scenario.js";
import { callerModules as modules } from "./caller.js";

const call = (cluster: string, who = "ann") => ({
  path: "/http",
  headers: { "x-cluster": cluster, "x-method": "POST", "x-who": who, "x-body": '{"a":1}' },
});
const grpc = { path: "/grpc", headers: { "x-cluster": "limits", "x-who": "ann" } };
const whole = { request: { path: "/" } };

/** One step after the other; each has in it what is not so, and is followed by where that is. */
const steps: [Step, ...string[]][] = [
  [{ request: call("auth"), clusters: { auth: { calls: 2 } } }, "clusters.auth.calls"],
  [{ request: call("auth"), clusters: { auth: { calls: 0 } } }, "clusters.auth.calls"],
  [{ request: call("auth"), clusters: { auth: [] } }, "clusters.auth.calls"],
  [{ request: call("auth"), clusters: { auth: [{ path: "/other" }] } }, "clusters.auth[0].path"],
  [{ request: call("auth"), clusters: { auth: { method: "GET" } } }, "clusters.auth.method"],
  [{ request: call("auth"), clusters: { auth: { authority: "b" } } }, "clusters.auth.authority"],
  [{ request: call("auth"), clusters: { auth: { absent: ["x-who"] } } }, "clusters.auth.absent.x-who"],
  [
    { request: call("auth"), clusters: { auth: { headers: { "x-who": "bob" } } } },
    "clusters.auth.headers.x-who",
  ],
  [{ request: call("auth"), clusters: { auth: { body: "a" } } }, "clusters.auth.body"],
  [{ request: call("auth"), clusters: { auth: { json: { a: 2 } } } }, "clusters.auth.json"],
  [{ request: call("auth"), clusters: { auth: { json: { a: 1, b: 1 } } } }, "clusters.auth.json"],
  [{ request: call("auth"), client: { json: { b: [2, 1] } } }, "client.json"],
  [{ request: call("gone"), clusters: { gone: {} } }, "clusters.gone.calls"],
  [
    { request: grpc, clusters: { limits: { message: [{ field: 1, text: "domain" }] } } },
    "clusters.limits.message",
  ],
  [{ request: grpc, clusters: { limits: { message: "" } } }, "clusters.limits.message"],
  [{ request: { json: [1] }, upstream: { json: [2] } }, "upstream.json"],
  [{ request: { body: "a" }, upstream: { json: [2] } }, "upstream.json"],
  [{ ...whole, upstream: [{}, {}] }, "upstream.calls"],
  [{ ...whole, client: { incomplete: true } }, "client.incomplete"],
  [{ request: { path: "/late", leaves_after_ms: 50 }, client: { status: 200 } }, "client"],
  [{ request: { path: "/cut" } }, "client"],
  [{ request: { path: "/cut" }, client: { incomplete: true, status: 200 } }, "client.status"],
  [
    { change: { clusters: { auth: "unreachable" } }, request: call("auth"), clusters: { auth: {} } },
    "clusters.auth.calls",
  ],
  [
    { change: { upstream: "unreachable" }, ...whole, client: { status: 200 }, upstream: {} },
    "client.status",
    "upstream.calls",
  ],
];

const scenario: Scenario = {
  name: "wrong in all its steps",
  clusters: {
    auth: [{ reply: { json: { b: [1, 2] } } }],
    limits: { grpc: [{ reply: { message: [] } }] },
    gone: "unreachable",
  },
  upstream: [{ when: { path: "/late" }, reply: { delay_ms: 500 } }, { reply: { body: "ok" } }],
  steps: steps.map(([step]) => step),
  metrics: { present: { "caller.requests": { count: 1 }, "caller.sizes": 0, "caller.active": 1 } },
};
const expected = [
  ...steps.flatMap(([, ...places], index) => places.map((place) => `steps[${index}].${place}`)),
  "metrics.present.caller.requests",
  "metrics.present.caller.sizes",
  "metrics.present.caller.active",
];

const withoutTrap: Scenario = { name: "needs a trap", traps: true, steps: [whole] };
const withTrap: Scenario = { name: "allows no trap", steps: [{ request: { path: "/trap" } }] };
const histogram: Scenario = {
  name: "counts a histogram wrongly",
  host: { allow_on_headers_stop_iteration: true },
  steps: [{ request: { path: "/size", body: "a" } }],
  metrics: { present: { "caller.sizes": { count: 2 } } },
};

const onEmbedded = async (role: Role): Promise<Difference[]> =>
  differencesOf(role.scenario, await EmbeddedStage.open(role, modules));

async function onEnvoy(role: Role): Promise<Difference[]> {
  const theatre = await EnvoyTheatre.open([role], modules);
  try {
    return await differencesOf(role.scenario, await theatre.stage(role));
  } finally {
    await theatre.close();
  }
}

for (const [host, differences] of [
  ["the embedded host", onEmbedded],
  ["Envoy", onEnvoy],
] as const) {
  const placesOf = async (scenario: Scenario) =>
    (await differences({ scenario, plugin: "caller" })).map(({ where }) => where);

  suite(`on ${host}`, () => {
    test("every expectation can fail, in the place where it stands", async () => {
      assert.deepEqual(await placesOf(scenario), expected);
    });

    test("a trap must come where it is expected, and only there", async () => {
      assert.deepEqual(await placesOf(withoutTrap), ["traps"]);
      const found = await placesOf(withTrap);
      assert.ok(found.length > 0 && found.every((where) => where === "the host"), found.join());
    });

    test("a histogram is counted", async () => {
      assert.deepEqual(await placesOf(histogram), ["metrics.present.caller.sizes"]);
    });
  });
}
