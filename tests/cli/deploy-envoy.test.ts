import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { request } from "../../cli/request.js";
import { plugin } from "../envoy/harness.js";
import { istioStatsConfig } from "../envoy/istio-stats.js";
import { one, two } from "../kubernetes/hello.js";
import { OneProxyMesh } from "../kubernetes/one-proxy-mesh.js";
import { PlayedCluster } from "../kubernetes/scripted.js";

// The Envoy is real, and gets what was deployed by ECDS; kubectl is played, `kubectl exec` in the pod asks that Envoy.

const image = (tag: string) => `oci://127.0.0.1:1/custom-headers:${tag}`;
const manifest = `apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: { name: hello, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  url: ${image("1")}
  sha256: "${one}"
  pluginName: custom-headers
  phase: STATS
  match: [{ mode: SERVER }]
  failStrategy: FAIL_CLOSE
  pluginConfig: { headers: [{ name: x-a, value: one }] }
`;
const config = (value: string) => JSON.stringify({ headers: [{ name: "x-a", value }] });

/** By its counters; and by its log alone, as Istio has Envoy keep no counters of ECDS. */
const kinds: [name: string, more: Record<string, unknown>][] = [
  ["an Envoy that counts", {}],
  ["an Envoy as Istio starts it", istioStatsConfig("request_host")],
];

for (const [name, more] of kinds)
  suite(`with ${name}`, { timeout: 150_000 }, () => {
    let cluster: PlayedCluster;
    let mesh: OneProxyMesh;
    before(async () => {
      cluster = await PlayedCluster.start({ pods: [] });
      mesh = await OneProxyMesh.start(cluster, await plugin("custom-headers"), more);
    });
    after(async () => {
      await mesh?.stop();
      await cluster?.stop();
    });

    const answer = async () => (await request(mesh.port)).headers.get("x-a");
    const expecting = (value: string) => [
      ...[
        "--timeout",
        "30s",
        "--test-url",
        `http://127.0.0.1:${mesh.port}/`,
        "--expect-header",
        `x-a: ${value}`,
      ],
    ];
    const apw = (...words: string[]) => cluster.apw(...words, "--no-images");

    test("deploys, and the next request meets it", async () => {
      assert.equal(await answer(), undefined);
      const { exitCode, stdout } = await apw(
        "deploy",
        await cluster.file("hello.yaml", manifest),
        ...expecting("one"),
      );
      assert.equal(exitCode, 0, stdout);
      assert.match(stdout, /1 of 1 proxies have taken it\nok {2}GET/);
      assert.equal(await answer(), "one");
    });

    test("an update is there when it says so", async () => {
      const { exitCode, stdout } = await apw(
        "update",
        "hello",
        "--config",
        config("two"),
        "--timeout",
        "30s",
      );
      assert.equal(exitCode, 0, stdout);
      assert.equal(await answer(), "two");
      const { stdout: table } = await cluster.apw("status");
      assert.match(table, /^shop\/hello +2 .* 1\/1 +ok/m);
    });

    test("tells that Envoy refused a module, with Envoy's reason, names the cause, and rolls back", async () => {
      const words = ["--image", image("broken"), "--sha256", two, "--timeout", "8s"];
      const { exitCode, stdout } = await apw("update", "hello", ...words);
      assert.equal(exitCode, 1, stdout);
      assert.match(stdout, /shop\/web-1: rejected: .*Unable to create Wasm plugin/);
      assert.equal(await answer(), "two", "Envoy keeps the version before");
      const debug = await apw("debug", "hello");
      assert.equal(debug.exitCode, 1);
      assert.match(
        debug.stdout,
        /likely cause {2}the module traps or does not start\n {2}seen: shop\/web-1: .*Wasm VM failed Failed to parse corrupted Wasm module.*\n.*keep the version before/,
      );
      assert.match(debug.stdout, /shop\/web-1 {2}rejected: /);
      assert.match((await cluster.apw("status")).stdout, /^shop\/hello +3 .* 0\/1 +rejected/m);
      const back = await cluster.apw("rollback", "hello", ...expecting("two"));
      assert.equal(back.exitCode, 0, back.stdout);
      const after = await apw("debug", "hello", "--json");
      const { pods } = JSON.parse(after.stdout) as { pods: object[] };
      assert.deepEqual(pods, [{ pod: "shop/web-1", state: "taken" }]);
    });

    test("turns the level of its log up while it is followed, and back", async () => {
      const levelOf = async () =>
        / wasm: (\w+)/.exec(await mesh.proxy.envoy.admin.text("/logging", "POST"))?.[1];
      assert.equal(await levelOf(), "warning");
      const words = ["logs", "hello", "-f", "--level", "debug", "--all"];
      const followed = await cluster.follow("are at debug", ...words);
      assert.equal(await levelOf(), "debug", followed.stderr);
      assert.equal(await followed.interrupt(), 0);
      assert.equal(await levelOf(), "warning");
    });
  });
