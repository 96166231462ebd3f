import assert from "node:assert/strict";
import { test } from "node:test";
import { BadScenario, readScenarios } from "../../cli/scenarios/read.js";

const right = `# a comment
name: one
config: { a: 1 }
upstream:
  - when: { path: /ok }
    reply: { status: 200, headers: { x: [a, { bytes: "\\xff" }] }, body: [a, { base64: AA== }] }
steps:
  - request: { path: /ok, headers: { x-a: "1" } }
    client: { status: 200, headers: { x-a: ["1", { matches: ^b }] } }
  - at_once: [{ request: {}, times: 2 }]
  - wait_ms: 5
log: { present: [a, { matches: b }] }
---
name: two
refused: true
log: { present: [a] }
`;

test("a file holds scenarios as YAML documents, and each knows its line", () => {
  const found = readScenarios(right, "a.yaml");
  assert.deepEqual(
    found.map(({ file, line, scenario }) => [file, line, scenario.name]),
    [
      ["a.yaml", 2, "one"],
      ["a.yaml", 14, "two"],
    ],
  );
  assert.deepEqual(found[0]!.scenario.upstream, [
    {
      when: { path: "/ok" },
      reply: { status: 200, headers: { x: ["a", { bytes: "\xff" }] }, body: ["a", { base64: "AA==" }] },
    },
  ]);
});

const step = (text: string) => `name: a\nsteps:\n  - ${text}\n`;
const request = (text: string) => step(`request: ${text}`);

for (const [what, text, message] of [
  ["nothing", "", /^f\.yaml: has no scenario$/],
  ["a list", "- a\n", /^f\.yaml:1: the scenario: expected object, got \["a"\]$/],
  ["what is not YAML", "name: [a\nsteps: b\n", /^f\.yaml:2: /],
  ["a key twice", "name: a\nname: b\n", /^f\.yaml:2: Map keys must be unique/],
  ["no name", "steps: [{ request: {} }]\n", /^f\.yaml:1: the scenario: needs name$/],
  ["no steps", "name: a\n", /^f\.yaml:1: the scenario: needs steps$/],
  ["an empty list of steps", "name: a\nsteps: []\n", /^f\.yaml:2: steps: .*fewer than 1/],
  [
    "an unknown key",
    "name: a\nsteps: [{ request: {} }]\nlogs: {}\n",
    /^f\.yaml:3: logs: is not a known key$/,
  ],
  [
    "a pseudo field among headers",
    request('{ headers: { ":authority": a } }'),
    /^f\.yaml:3: steps\[0\]\.request\.headers\.:authority: is no field that can be sent: method, path, authority and status are keys beside headers$/,
  ],
  [
    "a field that has no name",
    "name: a\nupstream: [{ reply: { trailers: { 'x y/z~': a } } }]\nsteps: [{ request: {} }]\n",
    /^f\.yaml:2: upstream\[0\]\.reply\.trailers\.x y\/z~: is no name of a field$/,
  ],
  [
    "an unknown key far inside",
    "name: a\nsteps:\n  - request: {}\n    client:\n      status: 200\n      header: { a: b }\n",
    /^f\.yaml:6: steps\[0\]\.client\.header: is not a known key$/,
  ],
  [
    "a status that is a text",
    step('{ request: {}, client: { status: "200" } }'),
    /^f\.yaml:3: steps\[0\]\.client\.status: expected integer, got "200"$/,
  ],
  [
    "a header that is a number",
    request("{ headers: { x-a: 1 } }"),
    /steps\[0\]\.request\.headers\.x-a: expected string or object or array, got 1/,
  ],
  [
    "a header that is nothing",
    request("{ headers: { x-a: } }"),
    /x-a: expected string or object or array, got null/,
  ],
  [
    "bytes beyond U+00FF",
    request('{ body: { bytes: "→" } }'),
    /steps\[0\]\.request\.body\.bytes: must match pattern/,
  ],
  [
    "escapes that YAML does not read",
    request("{ body: { bytes: '\\xff' } }"),
    /body\.bytes: write "\\\\xff" in double quotes/,
  ],
  ["text that is not base64", request("{ body: { base64: a } }"), /body\.base64: must match pattern/],
  [
    "two forms of one value",
    request('{ body: { bytes: "a", base64: AAAA } }'),
    /body: must NOT have more than 1/,
  ],
  ["no form of a value", request("{ body: {} }"), /body: must NOT have fewer than 1/],
  [
    "an expression that is none",
    step("{ request: {}, client: { body: { matches: '(' } } }"),
    /client\.body\.matches: expected a regular expression/,
  ],
  [
    "a line without text",
    "name: a\nsteps: [{ request: {} }]\nlog: { present: [''] }\n",
    /log\.present\[0\]: must NOT have fewer than 1/,
  ],
  [
    "config and config_text",
    "name: a\nconfig: {}\nconfig_text: a\nsteps: [{ request: {} }]\n",
    /^f\.yaml:3: config_text: does not go with what is beside it$/,
  ],
  [
    "config and plugins",
    "name: a\nconfig: {}\nplugins: [{ plugin: a }]\nsteps: [{ request: {} }]\n",
    /plugins: does not go/,
  ],
  [
    "a refusal with steps",
    "name: a\nrefused: true\nlog: { present: [a] }\nsteps: [{ request: {} }]\n",
    /steps: does not go/,
  ],
  ["a refusal without a reason", "name: a\nrefused: true\n", /needs log/],
  ["refused: false", "name: a\nrefused: false\n", /refused: must be equal to constant/],
  ["an answer without a request", step("{ wait_ms: 1, client: { status: 200 } }"), /client needs request/],
  ["a step that does two things", step("{ request: {}, wait_ms: 1 }"), /wait_ms: does not go/],
  [
    "a key of a step that is not known",
    step("requests: {}"),
    /^f\.yaml:3: steps\[0\]\.requests: is not a known key$/,
  ],
  [
    "a step that does nothing",
    step("{ log: { absent: [a] } }"),
    /^f\.yaml:3: steps\[0\]: needs one of request, at_once, wait_ms and change$/,
  ],
  [
    "what no call can have",
    step("{ request: {}, upstream: { calls: 0, method: GET } }"),
    /upstream: must NOT have more than 1/,
  ],
  [
    "a level that there is not",
    "name: a\nhost: { log_level: loud }\nsteps: [{ request: {} }]\n",
    /host\.log_level: expected one of trace, /,
  ],
  [
    "an expectation of a cluster that there is not",
    "name: a\nclusters: { auth: unreachable }\nsteps:\n  - request: {}\n    clusters:\n      aut: { calls: 1 }\n",
    /^f\.yaml:6: steps\[0\]\.clusters\.aut: is not a cluster of the scenario; there are auth$/,
  ],
  [
    "a change of a cluster that there is not",
    step("change: { clusters: { auth: unreachable } }"),
    /change\.clusters\.auth: is not a cluster of the scenario; there are none$/,
  ],
  [
    "hosts for a cluster without",
    "name: a\nclusters: { auth: no_hosts }\nsteps: [{ change: { clusters: { auth: unreachable } } }]\n",
    /auth: has no hosts, and gets none$/,
  ],
  [
    "no hosts for a cluster with",
    "name: a\nclusters: { auth: unreachable }\nsteps: [{ change: { clusters: { auth: no_hosts } } }]\n",
    /auth: cannot lose its hosts: unreachable takes them down$/,
  ],
  [
    "another protocol for a cluster",
    "name: a\nclusters: { auth: [{ reply: {} }] }\nsteps: [{ change: { clusters: { auth: { grpc: [{ reply: {} }] } } } }]\n",
    /auth: is a service of HTTP, and cannot become one of gRPC$/,
  ],
  [
    "a message for a service of HTTP",
    "name: a\nclusters: { auth: unreachable }\nsteps: [{ request: {}, clusters: { auth: { message: [] } } }]\n",
    /clusters\.auth\.message: messages are what services of gRPC get$/,
  ],
  [
    "a cluster that is called as the upstream",
    "name: a\nclusters: { upstream: unreachable }\nsteps: [{ request: {} }]\n",
    /clusters\.upstream: is no name of a cluster: the upstream stands beside the clusters$/,
  ],
  [
    "a service that is down in its own way",
    "name: a\nclusters: { auth: down }\nsteps: [{ request: {} }]\n",
    /clusters\.auth: expected one of unreachable, no_hosts, got "down"/,
  ],
  [
    "an answer and several",
    "name: a\nupstream: [{ reply: {}, replies: [{}] }]\nsteps: [{ request: {} }]\n",
    /upstream\[0\]\.reply: does not go/,
  ],
  [
    "no answer",
    "name: a\nupstream: [{ when: { path: / } }]\nsteps: [{ request: {} }]\n",
    /upstream\[0\]: needs reply/,
  ],
  ["a body and JSON", request("{ body: a, json: 1 }"), /request\.body: does not go/],
  ["a time before now", request("{ leaves_after_ms: -1 }"), /leaves_after_ms: must be >= 0, got -1/],
  [
    "a field of no number",
    "name: a\nclusters: { a: { grpc: [{ reply: { message: [{ text: a }] } }] } }\nsteps: [{ request: {} }]\n",
    /message\[0\]: needs field/,
  ],
  [
    "a field of no value",
    "name: a\nclusters: { a: { grpc: [{ reply: { message: [{ field: 1 }] } }] } }\nsteps: [{ request: {} }]\n",
    /message\[0\]: must NOT have fewer than 2/,
  ],
  [
    "a status that gRPC has not",
    "name: a\nclusters: { a: { grpc: [{ reply: { status: 17 } }] } }\nsteps: [{ request: {} }]\n",
    /status: must be <= 16, got 17/,
  ],
  [
    "three workers",
    "name: a\nhost: { workers: 3 }\nsteps: [{ request: {} }]\n",
    /host\.workers: expected one of 1, 2, got 3/,
  ],
  [
    "a policy that there is not",
    "name: a\nhost: { fail_policy: FAIL_OPEN }\nsteps: [{ request: {} }]\n",
    /fail_policy: expected one of closed, open, reload/,
  ],
  [
    "an answer that is whole and not",
    step("{ request: {}, client: { incomplete: false } }"),
    /incomplete: must be equal to constant/,
  ],
  [
    "a histogram with a value",
    "name: a\nsteps: [{ request: {} }]\nmetrics: { present: { a: { count: 1, at_least: 2 } } }\n",
    /at_least: does not go/,
  ],
  [
    "a list with a count",
    step("{ request: {}, upstream: [{ calls: 1 }] }"),
    /upstream\[0\]\.calls: is not a known key/,
  ],
  [
    "one name twice",
    `${request("{}")}---\n${request("{}")}`,
    /^f\.yaml:5: another scenario of this file is named "a"$/,
  ],
] as [string, string, RegExp][]) {
  test(`a file with ${what} is no scenario, and the message says where`, () => {
    assert.throws(
      () => readScenarios(text, "f.yaml"),
      (error: Error) => {
        assert.ok(error instanceof BadScenario);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test("a place in a scenario has a line, however its names are written", () => {
  const text = [
    "name: a",
    "steps:",
    "  - request: {}",
    "    client:",
    "      headers:",
    "        x.a: '1'",
    "        x: '2'",
    "metrics:",
    "  present:",
    "    a: 1",
    "    a.b.count: 2",
  ].join("\n");
  const { lineOf } = readScenarios(text, "f.yaml")[0]!;
  const places: [string, number][] = [
    ["steps[0].client.headers.x.a", 6],
    ["steps[0].client.headers.x", 7],
    ["steps[0].client.status", 4],
    ["steps[0].at_once[1].client", 3],
    ["metrics.present.a.b.count", 11],
    ["metrics.present.a", 10],
    ["the host", 1],
  ];
  for (const [place, line] of places) assert.equal(lineOf(place), line, place);
});

test("all mistakes of a file are told at once", () => {
  const text = "name: 1\nsteps: [{ request: { paths: / } }]\n---\nname: a\nsteps: 5\n";
  assert.throws(
    () => readScenarios(text, "f.yaml"),
    (error: Error) => {
      assert.deepEqual(error.message.split("\n"), [
        "f.yaml:1: name: expected string, got 1",
        "f.yaml:2: steps[0].request.paths: is not a known key",
        "f.yaml:5: steps: expected array, got 5",
      ]);
      return true;
    },
  );
});
