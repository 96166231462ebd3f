import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { EmbeddedStage } from "../../cli/scenarios/embedded.js";
import { EnvoyTheatre } from "../../cli/scenarios/envoy.js";
import { differencesOf, play } from "../../cli/scenarios/play.js";
import type { Role } from "../../cli/scenarios/role.js";
import type { Scenario, Step } from "../../cli/scenarios/scenario.js";
import type { Stage } from "../../cli/scenarios/stage.js";

/** One true scenario, and what is true of it; every other one here has one thing in it that is not. */
const config = { header_name: "x-a", header_value: "1", response_codes: [200], version: "7" };
const upstream: Scenario["upstream"] = [
  { when: { path: "/missing" }, reply: { status: 404 } },
  { when: { path: "/slow" }, reply: { delay_ms: 50, body: "slow" } },
  {
    when: { path: { matches: "^/ok" } },
    reply: { headers: { "x-b": ["1", "2"] }, body: "hello", trailers: { "x-end": "1" } },
  },
];
const request = {
  path: "/ok?a",
  authority: "a.com",
  headers: { "x-c": "3" },
  body: "in",
  trailers: { "x-last": "4" },
};
const right: Scenario = {
  name: "right",
  config,
  upstream,
  steps: [
    {
      request,
      client: {
        status: 200,
        headers: { "x-a": "1", "x-b": ["1", { matches: "^[0-9]$" }] },
        absent: ["x-c"],
        body: "hello",
        trailers: { "x-end": "1" },
      },
      upstream: {
        calls: 1,
        method: "POST",
        path: "/ok?a",
        authority: "a.com",
        headers: { "x-c": "3" },
        absent: ["x-a"],
        body: { base64: "aW4=" },
        trailers: { "x-last": "4" },
      },
      log: { absent: ["x-a"] },
    },
    { wait_ms: 1 },
    { request: { path: "/missing" }, client: { status: 404, absent: ["x-a"] } },
    { at_once: [{ request: { path: "/slow" }, times: 3, client: { body: "slow" } }], upstream: { calls: 3 } },
  ],
  log: { present: ["info: header_name: x-a", { matches: "^info: .*value: 1$" }], absent: ["warn:"] },
};
const step = (more: Step): Scenario => ({ ...right, steps: [{ request, ...more }], log: {} });

/** Where the one mistake is that each of them must be told of. */
const wrong: [string, Scenario][] = [
  ["steps[0].client.status", step({ client: { status: 201 } })],
  ["steps[0].client.headers.x-a", step({ client: { headers: { "x-a": "2" } } })],
  ["steps[0].client.headers.x-a", step({ client: { headers: { "x-a": "" } } })],
  ["steps[0].client.headers.x-a", step({ client: { headers: { "x-a": ["1", "1"] } } })],
  ["steps[0].client.headers.x-a", step({ client: { headers: { "x-a": { bytes: "\xff" } } } })],
  ["steps[0].client.headers.x-b", step({ client: { headers: { "x-b": "1" } } })],
  ["steps[0].client.headers.x-b", step({ client: { headers: { "x-b": ["2", "1"] } } })],
  ["steps[0].client.headers.x-b", step({ client: { headers: { "x-b": ["1", { matches: "^[a-z]$" }] } } })],
  ["steps[0].client.headers.x-none", step({ client: { headers: { "x-none": "1" } } })],
  ["steps[0].client.absent.X-A", step({ client: { absent: ["X-A"] } })],
  ["steps[0].client.body", step({ client: { body: "hell" } })],
  ["steps[0].client.body", step({ client: { body: { matches: "^HELLO$" } } })],
  ["steps[0].client.body", step({ client: { body: { base64: "AAAA" } } })],
  ["steps[0].client.trailers.x-end", step({ client: { trailers: { "x-end": "2" } } })],
  ["steps[0].upstream.calls", step({ upstream: { calls: 0 } })],
  ["steps[0].upstream.calls", step({ upstream: { calls: 2 } })],
  ["steps[0].upstream.method", step({ upstream: { method: "PUT" } })],
  ["steps[0].upstream.path", step({ upstream: { path: "/ok" } })],
  ["steps[0].upstream.authority", step({ upstream: { authority: "b.com" } })],
  ["steps[0].upstream.headers.x-c", step({ upstream: { headers: { "x-c": "4" } } })],
  ["steps[0].upstream.absent.x-c", step({ upstream: { absent: ["x-c"] } })],
  ["steps[0].upstream.body", step({ upstream: { body: "out" } })],
  ["steps[0].upstream.trailers.x-last", step({ upstream: { trailers: { "x-last": "5" } } })],
  ["steps[0].log.present", step({ log: { present: ["x-a"] } })],
  ["log.present", { ...right, log: { present: ["x-z"] } }],
  ["log.present", { ...right, log: { present: ["warn: header_name"] } }],
  ["log.absent", { ...right, log: { absent: ["header_name"] } }],
  ["log.absent", { ...right, log: { absent: [{ matches: "^info" }] } }],
  ["refused", { name: "", config, refused: true, log: { present: ["x-a"] } }],
  ["refused", { ...right, config: { ...config, header_name: "" }, log: {} }],
  [
    "log.present",
    { name: "", config: { header_name: "" }, refused: true, log: { present: ["no such line"] } },
  ],
  [
    "steps[0].at_once[1].client.status",
    {
      ...right,
      steps: [
        {
          at_once: [
            { request, client: { status: 200 } },
            { request, client: { status: 500 } },
          ],
        },
      ],
    },
  ],
  ["steps[0].client.status", { ...right, steps: [{ request: { path: "/none" }, client: { status: 200 } }] }],
  [
    "steps[1].log.absent",
    {
      ...right,
      config: { ...config, shadow: true },
      steps: [{ request }, { request, log: { absent: ["shadow"] } }],
    },
  ],
];

const metrics: [string | null, Scenario["metrics"]][] = [
  [null, { present: { "custom-headers.version.7": { at_least: 1 } }, absent: ["x"] }],
  ["metrics.present.custom-headers.version.7", { present: { "custom-headers.version.7": 1 } }],
  ["metrics.present.custom-headers.version.7", { present: { "custom-headers.version.7": { at_most: 1 } } }],
  ["metrics.present.x", { present: { x: 1 } }],
  ["metrics.absent.custom-headers.version.7", { absent: ["custom-headers.version.7"] }],
];

const role = (scenario: Scenario): Role => ({ scenario, plugin: "custom-headers" });
const roles = [
  role(right),
  ...wrong.map(([, scenario]) => role(scenario)),
  ...metrics.map(([, wanted]) => role({ ...right, log: {}, metrics: wanted! })),
];
let theatre: EnvoyTheatre;
before(async () => (theatre = await EnvoyTheatre.open(roles)));
after(() => theatre.close());

const hosts: [string, (role: Role) => Stage | Promise<Stage>][] = [
  ["the embedded host", (role) => EmbeddedStage.open(role)],
  ["Envoy", (role) => theatre.stage(role)],
];

for (const [host, stageOf] of hosts) {
  suite(`on ${host}`, () => {
    test("a scenario that is right passes", async () => {
      await play(right, await stageOf(roles[0]!));
    });

    for (const [index, [where, scenario]] of wrong.entries()) {
      test(`a scenario that is wrong in one thing fails: ${where}, number ${index}`, async () => {
        const differences = await differencesOf(scenario, await stageOf(roles[index + 1]!));
        assert.deepEqual(
          differences.map((difference) => difference.where),
          [where],
        );
      });
    }

    test("metrics are compared with what the plugins defined", async () => {
      const stage = await stageOf(roles[roles.length - metrics.length]!);
      for (const [where, wanted] of metrics) {
        const differences = await differencesOf({ ...right, steps: [], log: {}, metrics: wanted! }, stage);
        assert.deepEqual(
          differences.map((difference) => difference.where),
          where === null ? [] : [where],
        );
      }
    });

    test("a failure says where, what was wanted, what there was, and what was logged", async () => {
      const scenario = { ...right, steps: [{ request, client: { headers: { "x-a": { bytes: "\xff" } } } }] };
      const stage = await stageOf(roles[0]!);
      await assert.rejects(play(scenario, stage), ({ message }: Error) => {
        assert.equal(
          message,
          [
            "",
            "steps[0].client.headers.x-a",
            '  wanted  "\\xff"',
            '  got     "1"',
            "",
            "the plugins logged",
            "  info: header_name: x-a, header_value: 1",
            "  info: custom-headers: version 7",
          ].join("\n"),
        );
        return true;
      });
    });
  });
}
