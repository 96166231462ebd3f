import assert from "node:assert/strict";
import { afterEach, suite, test } from "node:test";
import { causesIn, type Evidence } from "../../cli/deploy/causes.js";
import { filtersIn, moduleFolder, unlike } from "../../cli/deploy/ecds.js";
import { limits, remember, same, versionsOf } from "../../cli/deploy/history.js";
import { explainKubectl } from "../../cli/deploy/kubectl-trouble.js";
import { trapsIn } from "../../cli/check/trap.js";
import { isOfPlugin } from "../../cli/deploy/log-lines.js";
import type { PodState } from "../../cli/deploy/proxy.js";
import type { Deployed } from "../../cli/deploy/wasm-plugins.js";
import { PlayedCluster } from "../kubernetes/scripted.js";

const digest = "1".repeat(64);
const plugin: Deployed = {
  apiVersion: "extensions.istio.io/v1alpha1",
  kind: "WasmPlugin",
  metadata: { name: "auth", namespace: "shop" },
  spec: {
    url: "oci://r.example.com/own:1",
    pluginName: "own",
    sha256: digest,
    selector: { matchLabels: { app: "web" } },
  },
};
const evidence = (more: Partial<Evidence>): Evidence => ({
  plugin,
  selection: "pods with app=web in namespace shop",
  rootNamespace: "istio-system",
  pods: [{ pod: "shop/a", state: "taken" }],
  versions: new Map(),
  lines: [],
  istiod: [],
  analyses: [],
  stats: new Map(),
  findings: [],
  others: [],
  ...more,
});
const agent = (said: string) => [
  {
    pod: "shop/a",
    line: `2026-01-01T00:00:00Z\terror\twasm\terror in converting the wasm config to local: cannot fetch Wasm module: ${said}. applying deny RBAC filter`,
  },
];
const denied: PodState[] = [{ pod: "shop/a", state: "denies-all" }];

suite("the likely cause comes first", () => {
  const cases: [string, Partial<Evidence>, RegExp][] = [
    ["no pods", { pods: [] }, /^it selects no pod$/],
    ["no sidecar", { pods: [{ pod: "shop/a", state: "no-proxy" }] }, /^its pods have no sidecar$/],
    [
      "a digest of something else",
      { pods: denied, lines: agent("module downloaded from x has checksum a, which does not match: b") },
      /sha256 is not the digest/,
    ],
    [
      "no credentials",
      { pods: denied, lines: agent("could not fetch Wasm OCI image: UNAUTHORIZED: authentication required") },
      /credentials/,
    ],
    [
      "no such image",
      { pods: denied, lines: agent("could not fetch Wasm OCI image: MANIFEST_UNKNOWN") },
      /no such image/,
    ],
    [
      "a layout that Istio refuses",
      { pods: denied, lines: agent("number of layers must be 2 but got 1") },
      /layout/,
    ],
    [
      "no way to the registry",
      { pods: denied, lines: agent("dial tcp: lookup r.example.com: no such host") },
      /do not reach the registry/,
    ],
    ["a stand-in without a word", { pods: denied }, /could not get the module/],
    [
      "a refused filter",
      { pods: [{ pod: "shop/a", state: "rejected", reason: "no" }] },
      /^Envoy refuses the filter$/,
    ],
    [
      "a trap",
      {
        lines: [
          {
            pod: "shop/a",
            line: "\terror\tenvoy wasm x\tFunction: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable",
          },
        ],
      },
      /traps or does not start/,
    ],
    [
      "a refused configuration",
      { lines: [{ pod: "shop/a", line: "\terror\tenvoy wasm x\tWasm VM: plugin configuration failed" }] },
      /refuses its configuration/,
    ],
    [
      "a gateway's mode",
      {
        plugin: {
          ...plugin,
          spec: {
            ...plugin.spec,
            selector: { matchLabels: { istio: "ingressgateway" } },
            match: [{ mode: "SERVER" }],
          },
        },
      },
      /counts as CLIENT/,
    ],
    [
      "an old filter",
      { pods: [{ pod: "shop/a", state: "waiting", reason: "it has another image" }] },
      /have not got it/,
    ],
  ];
  for (const [what, more, cause] of cases)
    test(what, () => assert.match(causesIn(evidence(more))[0]!.what, cause));

  test("and there is none where all is well", () => assert.deepEqual(causesIn(evidence({})), []));
});

suite("what a proxy has", () => {
  const config = (
    more: object = {},
    file = `/var/lib/istio/data/${moduleFolder(plugin.spec.url)}/${digest}.wasm`,
  ) => ({
    configs: [
      {
        ecds_filter: {
          name: "any name",
          typed_config: {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            config: { root_id: "own", vm_config: { code: { local: { filename: file } } }, ...more },
          },
        },
      },
    ],
  });
  const difference = (dump: object, spec = plugin.spec) => unlike(filtersIn(dump)[0]!.wasm!, { spec });

  test("is told by module, plugin name and configuration, and never by the resource's name", () => {
    assert.equal(difference(config()), null);
    assert.match(difference(config({ root_id: "other" }))!, /plugin name other/);
    assert.match(difference(config({}, `/data/${"0".repeat(64)}/${digest}.wasm`))!, /another image/);
    assert.match(
      difference(config({}, `/data/${moduleFolder(plugin.spec.url)}/${"2".repeat(64)}.wasm`))!,
      /digest 2222/,
    );
    const spec = { ...plugin.spec, pluginConfig: { b: 1, a: [true] } };
    assert.match(difference(config(), spec)!, /another configuration/);
    assert.equal(difference(config({ configuration: { value: '{"a":[true],"b":1}' } }), spec), null);
    const env = [
      { name: "REGION", value: "eu" },
      { name: "POD_NAME", valueFrom: "HOST" as const },
    ];
    const inRegion = (value: string) => ({
      vm_config: {
        code: { local: { filename: `/data/${moduleFolder(plugin.spec.url)}/${digest}.wasm` } },
        environment_variables: { key_values: { REGION: value, OTHER: "x" } },
      },
    });
    const regional = { ...plugin.spec, vmConfig: { env } };
    assert.equal(difference(config(inRegion("eu")), regional), null);
    assert.match(difference(config(inRegion("us")), regional)!, /environment has another REGION/);
  });

  test("is none where the dump has nothing that can be read", () => {
    for (const dump of [null, {}, { configs: "x" }, { configs: [null, 1, { ecds_filter: [] }] }])
      assert.ok(filtersIn(dump).every(({ wasm, standIn }) => wasm === undefined && standIn === undefined));
  });
});

suite("versions", () => {
  test("are bounded in number and bytes, and count on", () => {
    let object: Deployed = plugin;
    for (let round = 0; round < 30; round++) {
      const spec = { ...plugin.spec, pluginConfig: { round, text: "x".repeat(20_000) } };
      const text = remember(versionsOf(object), { at: "t", by: "b", what: "w", spec });
      assert.ok(Buffer.byteLength(text) <= limits.bytes);
      object = {
        ...plugin,
        spec,
        metadata: { ...plugin.metadata, annotations: { "as-proxy-wasm.versions": text } },
      };
    }
    const all = versionsOf(object);
    assert.equal(all.length, 4);
    assert.equal(all[0]!.number, 31, "the state before the first, and thirty");
  });

  test("survive an annotation that somebody broke", () => {
    for (const text of ["", "{", "[]", '{"versions":[1,null,{"number":"x"}]}'])
      assert.equal(
        versionsOf({
          ...plugin,
          metadata: { ...plugin.metadata, annotations: { "as-proxy-wasm.versions": text } },
        }).length,
        1,
      );
  });

  test("compare specs by what they say", () => {
    assert.ok(same({ a: 1, b: null, c: [1, { d: 2 }] }, { c: [1, { d: 2 }], a: 1 }));
    assert.ok(!same({ a: [1, 2] }, { a: [2, 1] }));
  });
});

test("kubectl's words become a sentence with the way out", () => {
  const told: [string, RegExp][] = [
    ['error: context "prod" does not exist', /^kubectl knows no context prod: /],
    [
      "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
      /knows no cluster: set KUBECONFIG/,
    ],
    [
      "The connection to the server 10.0.0.1:6443 was refused - did you specify",
      /^nothing listens on 10\.0\.0\.1:6443/,
    ],
    [
      "Unable to connect to the server: dial tcp: lookup x: no such host",
      /does not reach the API server \(dial tcp/,
    ],
    ['error: the server doesn\'t have a resource type "wasmplugins"', /Istio is not installed/],
    [
      'Error from server (Forbidden): pods is forbidden: User "x" cannot list resource "pods"',
      /^the cluster forbids it: .*Role/,
    ],
    ["error: You must be logged in to the server (Unauthorized)", /log in again/],
    ['Error from server (NotFound): namespaces "x" not found', /^there is no namespace x$/],
    ["Error from server (Conflict): the object has been modified", /somebody else changed it/],
    [
      'Error from server: admission webhook "validation.istio.io" denied the request: bad',
      /^the cluster refuses it: .*bad/,
    ],
    ["something new", /^`kubectl x` failed: something new$/],
  ];
  for (const [stderr, sentence] of told) assert.match(explainKubectl(stderr, "kubectl x").message, sentence);
});

test("a plugin's lines are told from those of others", () => {
  const of = (line: string) => isOfPlugin(line, plugin);
  assert.ok(of("2026\tinfo\tenvoy wasm external/x.cc:1\twasm log shop.auth own: hi\tthread=1"));
  assert.ok(
    of("2026\tinfo\tenvoy wasm external/x.cc:1\twasm log shop.auth~istio-translated-wasmplugin own: hi"),
  );
  assert.ok(!of("2026\tinfo\tenvoy wasm external/x.cc:1\twasm log shop.auth2 own: hi"));
  assert.ok(!of("2026\tinfo\tenvoy main external/x.cc:1\tready"));
  assert.ok(of("2026\terror\twasm\tcannot fetch Wasm module shop.auth: no"));
});

suite("logs", () => {
  let cluster: PlayedCluster | null = null;
  afterEach(async () => {
    await cluster?.stop();
    cluster = null;
  });

  test("shows the plugin's lines as they come, turns the level up, and back at the end", async () => {
    const labels = { app: "web" };
    const here = (cluster = await PlayedCluster.start({
      pods: [{ name: "a", namespace: "shop", labels, proxy: "follows", level: "info" }],
    }));
    await here.file("objects.json", JSON.stringify({ "shop/auth": plugin }));
    const mine = "2026\tdebug\tenvoy wasm x\twasm log shop.auth own: hello";
    await here.file("a.log", `2026\tinfo\tenvoy main x\tnothing\n${mine}\n`);
    const words = ["logs", "auth", "-n", "shop", "--follow", "--level", "debug"];
    const followed = await here.follow("hello", ...words);
    assert.equal((await here.script()).pods[0]!.level, "debug");
    await followed.interrupt();
    assert.equal(followed.stdout, `a  ${mine}\n`);
    assert.equal((await here.script()).pods[0]!.level, "info");
  });

  test("shows the traps with their traces, but for those that another plugin spoke of", async () => {
    const labels = { app: "web" };
    const here = (cluster = await PlayedCluster.start({
      pods: [{ name: "a", namespace: "shop", labels, proxy: "follows" }],
    }));
    await here.file("objects.json", JSON.stringify({ "shop/auth": plugin }));
    const line = (level: string, words: string) => `2026\t${level}\tenvoy wasm x.cc:38\t${words}`;
    const trap = (reason: string) => [
      line("error", `Function: proxy_on_request_headers failed: Uncaught RuntimeError: ${reason}`),
      "Proxy-Wasm plugin in-VM backtrace:",
      "  0:  0x1531 - assembly/index/one",
      "  1:  0x3353 - assembly/index/two\tthread=20",
    ];
    const own = [line("critical", "wasm log shop.auth own: abort: Index out of range in ~lib/array.ts:1:2")];
    const others = [
      line("critical", "wasm log shop.auth2 own: abort: no in a.ts:1:2"),
      ...trap("unreachable"),
    ];
    const spoken = [...own, ...trap("unreachable")];
    const silent = trap("divide by zero");
    const log = [...others, line("info", "nothing"), ...spoken, line("info", "nothing"), ...silent, "ready"];
    await here.file("a.log", `${log.join("\n")}\n`);
    const { stdout } = await here.apw("logs", "auth", "-n", "shop");
    assert.equal(stdout, `${["shop/a", ...spoken, ...silent].join("\n")}\n`);
    assert.deepEqual(
      trapsIn(stdout).map(({ reason, frames }) => [reason, frames.length]),
      [
        ["RuntimeError: unreachable", 2],
        ["RuntimeError: divide by zero", 2],
      ],
    );
  });

  test("debug names the likely cause, with what to do", async () => {
    const labels = { app: "web" };
    const [{ line }] = agent("could not fetch Wasm OCI image: MANIFEST_UNKNOWN") as unknown as [
      { line: string },
    ];
    const here = (cluster = await PlayedCluster.start({
      pods: [{ name: "a", namespace: "shop", labels, proxy: "denies", log: `${line}\n` }],
    }));
    await here.file("objects.json", JSON.stringify({ "shop/auth": plugin }));
    const { exitCode, stdout } = await here.apw("debug", "auth", "-n", "shop", "--no-images");
    assert.equal(exitCode, 1, stdout);
    assert.match(
      stdout,
      /likely cause {2}the registry has no such image\n {2}seen: shop\/a: .*\n {2}to do: .*403 RBAC: access denied/,
    );
  });
});
