import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, suite, test } from "node:test";
import { historyAnnotation } from "../../cli/deploy/history.js";
import { PlayedCluster, type PlayedPod, type Script } from "../kubernetes/scripted.js";

// The cluster is played by a script: a real kubectl and API server are in tests/kubernetes.

const [one, two] = ["1".repeat(64), "2".repeat(64)];
const image = (tag: string) => `oci://127.0.0.1:1/hello:${tag}`;
const web = (name: string, more: Partial<PlayedPod> = {}): PlayedPod => ({
  name,
  namespace: "shop",
  labels: { app: "web" },
  proxy: "follows",
  ...more,
});
const manifest = (more = "", sha256 = one) => `apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: { name: hello, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  url: ${image("1")}
  sha256: "${sha256}"
  pluginName: hello
  phase: STATS
  match: [{ mode: SERVER }]
  failStrategy: FAIL_OPEN
${more}`;

let cluster: PlayedCluster | null = null;
afterEach(async () => {
  await cluster?.stop();
  cluster = null;
});

async function played(script: Partial<Script> = {}): Promise<PlayedCluster> {
  cluster = await PlayedCluster.start({ pods: [web("web-1"), web("web-2")], ...script });
  return cluster;
}

async function deployed(script: Partial<Script> = {}): Promise<PlayedCluster> {
  const here = await played(script);
  const { exitCode, stdout, stderr } = await here.apw("deploy", await here.file("hello.yaml", manifest()));
  assert.equal(exitCode, 0, stdout + stderr);
  return here;
}

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
        log: "2026-01-01T00:00:00Z\twarning\tenvoy config x\tgRPC config for type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig rejected: no\n",
      }),
      /web-2: rejected: .*TypedExtensionConfig rejected: no/,
    ],
  ];
  for (const [what, pod, told] of failures)
    test(`tells ${what}, and takes it back when asked to`, async () => {
      const here = await played({ pods: [web("web-1"), pod] });
      const file = await here.file("hello.yaml", manifest());
      const { exitCode, stdout } = await here.apw("deploy", file, "--timeout", "1s", "--rollback-on-failure");
      assert.equal(exitCode, 1, stdout);
      assert.match(stdout, told);
      assert.match(stdout, /deleted shop\/hello again/);
      assert.deepEqual(await here.plugins(), {});
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

suite("the test request", () => {
  let server: Server;
  let url: string;
  before(async () => {
    server = createServer((request, response) =>
      request.url === "/denied"
        ? response.writeHead(403).end("RBAC: access denied")
        : response.writeHead(200, { hello: "world" }).end(),
    ).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  test("passes where status and header are as expected", async () => {
    const here = await played();
    const file = await here.file("hello.yaml", manifest());
    const words = [
      "--test-url",
      url,
      "--expect-status",
      "200",
      "--expect-header",
      "hello: world",
      "--test",
      "true",
    ];
    const { exitCode, stdout } = await here.apw("deploy", file, ...words, "--json");
    assert.equal(exitCode, 0, stdout);
    const result = JSON.parse(stdout) as { ok: boolean; tests: unknown[] };
    assert.deepEqual([result.ok, result.tests.length], [true, 2]);
  });

  test("brings the version before back where it fails", async () => {
    const here = await deployed();
    const words = [
      "--test-url",
      `${url}/denied`,
      "--expect-status",
      "200",
      "--rollback-on-failure",
      "--no-images",
    ];
    const { exitCode, stdout } = await here.apw(
      "update",
      "hello",
      "-n",
      "shop",
      "--image",
      image("2"),
      "--sha256",
      two,
      ...words,
    );
    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /status 403 where 200 is expected \(RBAC: access denied, as Istio says/);
    assert.equal((await here.plugins())["shop/hello"]!.spec.url, image("1"));
    assert.match(stdout, /shop\/hello is as before, as version 3/);
  });
});

suite("update, versions and rollback", () => {
  const updated = (here: PlayedCluster, tag: string, sha256: string) =>
    here.apw("update", "hello", "-n", "shop", "--image", image(tag), "--sha256", sha256, "--no-images");

  test("keep each version, also one that came without apw, and bring it back", async () => {
    const here = await deployed({ user: "carol" });
    assert.equal((await updated(here, "2", two)).exitCode, 0);
    await here.meddle("shop/hello", ({ spec, metadata }) => {
      spec.url = image("3");
      metadata["managedFields"] = [{ manager: "kubectl-client-side-apply", time: "2026-01-02T03:04:05Z" }];
    });
    const { stdout } = await here.apw("versions", "hello", "-n", "shop", "--json");
    const { versions, current } = JSON.parse(stdout) as {
      current: number;
      versions: { number: number; by: string; what: string; spec: { url: string } }[];
    };
    assert.equal(current, 3);
    assert.deepEqual(
      versions.map(({ number, by, what, spec }) => [number, by, what, spec.url]),
      [
        [3, "kubectl-client-side-apply", "changed without apw", image("3")],
        [2, "carol", "update", image("2")],
        [1, "carol", "deploy", image("1")],
      ],
    );
    const back = await here.apw("rollback", "hello", "-n", "shop");
    assert.equal(back.exitCode, 0, back.stdout);
    assert.equal((await here.plugins())["shop/hello"]!.spec.url, image("2"));
    const first = await here.apw("rollback", "hello", "-n", "shop", "--to", "1");
    assert.equal(first.exitCode, 0, first.stdout);
    const { spec, metadata } = (await here.plugins())["shop/hello"]!;
    assert.deepEqual([spec.url, spec["sha256"]], [image("1"), one]);
    const kept = JSON.parse(metadata.annotations[historyAnnotation]!) as { versions: { what: string }[] };
    assert.deepEqual(
      kept.versions.map(({ what }) => what),
      ["rollback to 1", "rollback to 2", "changed without apw", "update", "deploy"],
    );
    const table = await here.apw("versions", "hello", "-n", "shop");
    assert.match(table.stdout, /\* 5 .*rollback to 1 +carol +url, sha256/);
  });

  test("leave kubectl's own note of what was applied without the versions, so that kubectl apply keeps them", async () => {
    const here = await deployed();
    const { annotations } = (await here.plugins())["shop/hello"]!.metadata;
    const applied = JSON.parse(annotations["kubectl.kubernetes.io/last-applied-configuration"]!) as {
      metadata: object;
      spec: { url: string };
    };
    assert.deepEqual(applied.metadata, { name: "hello", namespace: "shop" });
    assert.equal(applied.spec.url, image("1"));
  });

  test("end with a sentence where there is nothing to go back to, or no such version or plugin", async () => {
    const here = await deployed();
    const told = async (...words: string[]) => {
      const { exitCode, stderr } = await here.apw(...words, "-n", "shop");
      assert.equal(exitCode, 2);
      return stderr;
    };
    assert.match(await told("rollback", "hello"), /^shop\/hello has no version before this one: .*\n$/);
    assert.match(
      await told("rollback", "hello", "--to", "7"),
      /^shop\/hello has no version 7: there are 1 .*\n$/,
    );
    assert.match(await told("versions", "helo"), /has no WasmPlugin helo: did you mean hello\?\n$/);
    assert.match(await told("update", "hello"), /^say what is new: --image, --sha256 or --config\n$/);
    assert.match(
      await told("update", "hello", "--image", image("2")),
      /nothing listens|127\.0\.0\.1:1|port 1 is one/,
    );
  });

  test("undeploy deletes what it was told to, and keeps what it was", async () => {
    const here = await deployed();
    const asked = await here.apw("undeploy", "hello", "-n", "shop");
    assert.deepEqual(
      [asked.exitCode, asked.stderr],
      [2, "--yes is needed where nobody can be asked: this deletes shop/hello\n"],
    );
    const { exitCode, stdout } = await here.apw("undeploy", "hello", "-n", "shop", "--yes");
    assert.equal(exitCode, 0);
    assert.deepEqual(await here.plugins(), {});
    const file = await here.file("again.yaml", stdout.slice(stdout.indexOf("apiVersion")));
    assert.equal((await here.apw("deploy", file)).exitCode, 0);
    assert.equal((await here.plugins())["shop/hello"]!.spec.url, image("1"));
  });
});
