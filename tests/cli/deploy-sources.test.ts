import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { endsClusters, manifest, one, played, web } from "../kubernetes/hello.js";
import type { PlayedCluster } from "../kubernetes/scripted.js";

// The cluster is played by a script: a real kubectl and API server are in tests/kubernetes.

endsClusters();

const run = async (here: PlayedCluster, ...words: string[]) => {
  const ended = await here.apw(...words);
  assert.equal(ended.exitCode, 0, ended.stdout + ended.stderr);
  return ended.stdout;
};

suite("what is deployed", () => {
  test("is a bundled plugin by its name, as it is best deployed, for the pods that are named", async () => {
    const here = await played();
    const words = ["custom-headers", "-n", "shop", "--image", "oci://127.0.0.1:1/custom-headers:1"];
    const config = '{"header_name":"x-a","header_value":"1"}';
    await run(
      here,
      "deploy",
      "--no-images",
      ...words,
      "--sha256",
      one,
      "--selector",
      "app=web",
      "--config",
      config,
    );
    const { "shop/custom-headers": plugin } = await here.plugins();
    const { url, sha256, pluginName, pluginConfig, selector } = plugin!.spec;
    assert.deepEqual(
      { url, sha256, pluginName, pluginConfig, selector },
      {
        url: "oci://127.0.0.1:1/custom-headers:1",
        sha256: one,
        pluginName: "custom-headers",
        pluginConfig: { header_name: "x-a", header_value: "1" },
        selector: { matchLabels: { app: "web" } },
      },
    );
  });

  const chain = `namespace: shop
target: { labels: { app: web } }
plugins:
  - { plugin: hello, image: "oci://127.0.0.1:1/hello:1", sha256: "${one}" }
  - plugin: custom-headers
    image: oci://127.0.0.1:1/custom-headers:1
    sha256: "${one}"
    config: { header_name: x-a, header_value: "1" }
`;

  test("is a chain of an apw.yaml, each as a WasmPlugin with a version of its own", async () => {
    const here = await played();
    const file = await here.file("apw.yaml", chain);
    const stdout = await run(here, "deploy", "--no-images", file);
    assert.match(stdout, /done {2}shop\/hello created, version 1; shop\/custom-headers created, version 1/);
    assert.deepEqual(Object.keys(await here.plugins()), ["shop/hello", "shop/custom-headers"]);
    const status = await run(here, "status", "-n", "shop");
    assert.equal(status.match(/2\/2 +ok/g)!.length, 2);
  });

  test("and a chain is taken back as a whole, the last first", async () => {
    const here = await played();
    const words = ["--no-images", "--no-wait", "--test", "false", "--rollback-on-failure"];
    const { exitCode, stdout } = await here.apw("deploy", await here.file("apw.yaml", chain), ...words);
    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /deleted shop\/custom-headers again\ndeleted shop\/hello again/);
    assert.deepEqual(await here.plugins(), {});
  });

  test("takes along what stands beside it, as kubectl apply does; an EnvoyFilter is only applied", async () => {
    const here = await played();
    const filter = `apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: { name: buffers, namespace: shop }
spec:
  workloadSelector: { labels: { app: web } }
  configPatches:
    - applyTo: LISTENER
      match: { context: SIDECAR_INBOUND }
      patch: { operation: MERGE, value: { per_connection_buffer_limit_bytes: 65536 } }
`;
    const stdout = await run(
      here,
      "deploy",
      "--no-images",
      await here.file("both.yaml", `${filter}---\n${manifest()}`),
    );
    const applied = parseAllDocuments(await readFile(`${here.folder}/applied.yaml`, "utf8"))
      .map((document) => document.toJS() as { kind: string; metadata: object } | null)
      .filter((object) => object !== null);
    assert.deepEqual(
      applied.map(({ kind, metadata }) => [kind, metadata]),
      [["EnvoyFilter", { name: "buffers", namespace: "shop" }]],
    );
    assert.match(stdout, /note {2}EnvoyFilters are applied; versions are kept, and proxies asked/);
    assert.deepEqual(Object.keys(await here.plugins()), ["shop/hello"]);
    const alone = await here.file("filter.yaml", filter);
    assert.match(await run(here, "deploy", "--no-images", alone, "-n", "shop"), /note {2}EnvoyFilters/);
  });
});

suite("whom a WasmPlugin with targetRefs is for", () => {
  const ofService = manifest().replace(
    "selector: { matchLabels: { app: web } }",
    'targetRefs: [{ kind: Service, group: "", name: web }]',
  );
  const waypoint = (name: string, namespace = "shop", proxy: "follows" | "old" = "follows") =>
    web(`${name}-1`, {
      namespace,
      proxy,
      labels: {
        "gateway.networking.k8s.io/gateway-name": name,
        "gateway.istio.io/managed": "istio.io-mesh-controller",
      },
    });
  const asked = async (here: PlayedCluster) => [
    ...new Set((await here.calls()).flatMap((call) => /^exec (\S+)/.exec(call)?.slice(1) ?? [])),
  ];
  const label = (labels: object) => ({ metadata: { labels } });

  test("is the waypoint that the Service names, and no other", async () => {
    const here = await played({
      pods: [waypoint("fast"), waypoint("slow", "shop", "old")],
      objects: { "services shop/web": label({ "istio.io/use-waypoint": "fast" }) },
    });
    await run(here, "deploy", "--no-images", await here.file("hello.yaml", ofService));
    assert.deepEqual(await asked(here), ["fast-1"]);
  });

  test("or that its namespace names, in whatever namespace that is", async () => {
    const use = { "istio.io/use-waypoint": "fast", "istio.io/use-waypoint-namespace": "waypoints" };
    const here = await played({
      pods: [waypoint("slow", "shop", "old")],
      objects: { "services shop/web": label({}), "namespaces shop": label(use) },
    });
    const { exitCode, stdout } = await here.apw(
      "deploy",
      await here.file("hello.yaml", ofService),
      "--no-images",
    );
    assert.equal(exitCode, 1);
    assert.match(stdout, /there are no pods of waypoint fast, which Service web uses/);
    assert.ok((await here.calls()).some((call) => /^get pods .*gateway-name=fast.*-n waypoints/.test(call)));
  });

  test("is nobody where the Service uses none, and all waypoints of the namespace where nothing says", async () => {
    const here = await played({
      pods: [waypoint("fast"), waypoint("slow")],
      objects: { "services shop/web": label({ "istio.io/use-waypoint": "none" }) },
    });
    const file = await here.file("hello.yaml", ofService);
    const nobody = await here.apw("deploy", file, "--no-images");
    assert.match(nobody.stdout, /there are no pods of the waypoint of Service web, which uses none/);
    await here.play({ pods: [waypoint("fast"), waypoint("slow")] });
    await run(here, "status", "-n", "shop");
    assert.deepEqual((await asked(here)).sort(), ["fast-1", "slow-1"]);
  });
});
