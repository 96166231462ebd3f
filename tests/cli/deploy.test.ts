import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { deployed, endsClusters, image, manifest, played, two, web } from "../kubernetes/hello.js";
import type { PlayedPod } from "../kubernetes/scripted.js";

// The cluster is played by a script: a real kubectl and API server are in tests/kubernetes.

endsClusters();

suite("deploy", () => {
  test("creates it, and waits until every proxy has it", async () => {
    const here = await deployed();
    const { "shop/hello": plugin } = await here.plugins();
    assert.equal(plugin!.spec.url, image("1"));
    const calls = await here.calls();
    for (const pod of ["web-1", "web-2"])
      assert.ok(
        calls.some((call) => call.startsWith(`exec ${pod} -c istio-proxy`) && call.includes("ecds_filters")),
      );
    const { exitCode, stdout } = await here.apw("status", "-n", "shop", "--json");
    assert.equal(exitCode, 0);
    const { plugins } = JSON.parse(stdout) as {
      plugins: { taken: number; proxies: number; state: string }[];
    };
    assert.deepEqual([plugins[0]!.taken, plugins[0]!.proxies, plugins[0]!.state], [2, 2, "ok"]);
  });

  test("leaves alone what is so already", async () => {
    const here = await deployed();
    const { stdout } = await here.apw("deploy", await here.file("hello.yaml", manifest()));
    assert.match(stdout, /shop\/hello: unchanged, version 1/);
  });

  test("stops at what apw validate calls an error, and asks no cluster", async () => {
    const here = await played();
    const file = await here.file("bad.yaml", manifest().replace("phase: STATS", "phase: AUTH"));
    const { exitCode, stdout } = await here.apw("deploy", file);
    assert.equal(exitCode, 1);
    assert.match(stdout, /spec\.phase/);
    assert.deepEqual(await here.plugins(), {});
    assert.deepEqual(await here.calls(), [""]);
  });

  const failures: [string, PlayedPod, RegExp][] = [
    [
      "a proxy that keeps the old filter",
      web("web-2", { proxy: "old", had: { sha256: two } }),
      /web-2: waiting: it has the digest 222222222222/,
    ],
    [
      "a proxy that has no filter",
      web("web-2", { proxy: "old" }),
      /web-2: waiting: its proxy has no such filter/,
    ],
    [
      "a module that could not be had",
      web("web-2", { proxy: "denies" }),
      /web-2: denies-all: .*refuses all requests/,
    ],
    [
      "a filter that Envoy refused",
      web("web-2", { proxy: "refuses" }),
      /web-2: rejected: Unable to create Wasm/,
    ],
    ["a proxy that does not answer", web("web-2", { proxy: "silent" }), /web-2: unreachable: .*timed out/],
    [
      "a refusal that only the log tells, as Istio leaves the counters out",
      web("web-2", {
        log: "2999-01-01T00:00:00Z\twarning\tenvoy config x\tgRPC config for type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig rejected: no\n",
      }),
      /web-2: rejected: .*TypedExtensionConfig rejected: no/,
    ],
  ];
  for (const [what, pod, told] of failures)
    test(`tells ${what}, and takes it back when asked to`, async () => {
      const here = await played({ pods: [web("web-1"), pod] });
      const file = await here.file("hello.yaml", manifest());
      const { exitCode, stdout } = await here.apw(
        "deploy",
        file,
        "--timeout",
        "300ms",
        "--rollback-on-failure",
      );
      assert.equal(exitCode, 1, stdout);
      assert.match(stdout, told);
      assert.match(stdout, /deleted shop\/hello again/);
      assert.deepEqual(await here.plugins(), {});
    });

  test("takes no refusal for one that came before, nor what a plugin logs of its requests", async () => {
    const log = [
      "2026-01-01T00:00:00Z\twarning\tenvoy config x\tgRPC config for type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig rejected: no\n",
      "2999-01-01T00:00:00Z\terror\tenvoy wasm x\twasm log shop.other other: no such user\tthread=1\n",
    ].join("");
    await deployed({ pods: [web("web-1", { log })] });
  });

  test("says when it is for no pod, or for pods without a sidecar", async () => {
    const here = await played({ pods: [] });
    const file = await here.file("hello.yaml", manifest());
    const none = await here.apw("deploy", file);
    assert.equal(none.exitCode, 1);
    assert.match(none.stdout, /there are no pods with app=web in namespace shop/);
    await here.play({ pods: [web("web-1", { sidecar: false })] });
    const bare = await here.apw("deploy", file);
    assert.match(
      bare.stdout,
      /1 are selected .* none has a sidecar; label the namespace istio-injection=enabled/,
    );
    assert.equal((await here.apw("deploy", file, "--no-wait")).exitCode, 0);
  });

  test("with --dry-run prints each command, and changes nothing", async () => {
    const here = await played();
    const { exitCode, stdout } = await here.apw(
      "deploy",
      await here.file("hello.yaml", manifest()),
      "--dry-run",
    );
    assert.equal(exitCode, 0);
    assert.match(stdout, /would run: \S+kubectl create -f - .*-n shop <<'EOF'\n\{"apiVersion".*\nEOF/);
    assert.match(stdout, /Nothing was changed\.\n$/);
    assert.deepEqual(await here.plugins(), {});
  });
});
