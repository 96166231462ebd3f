import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { historyAnnotation } from "../../cli/deploy/history.js";
import { ApiServer, findKubernetes, variable } from "./api-server.js";
import * as played from "./hello.js";
import { web } from "./hello.js";
import { PlayedCluster } from "./scripted.js";

// kubectl, the API server, etcd and Istio's CRDs are real; pods and their proxies are played, as that server has none.

const program = await findKubernetes(console.log);
if (program === null)
  console.log(`left out: kubectl and an API server are not in the cache; ${variable}=build builds them`);

const digest = (digit: string) => digit.repeat(64);
const image = (tag: string) => played.image(tag, "own");
const manifest = (tag: string, more = "") => played.manifest(more, tag, digest(tag), "own");

suite("against a real API server", { skip: program === null, timeout: 400_000 }, () => {
  let server: ApiServer;
  let cluster: PlayedCluster;
  before(async () => {
    server = await ApiServer.start(program!);
    cluster = await PlayedCluster.start(
      { pods: [web("web-1"), web("web-2")], namespace: "shop" },
      server.kubectl,
    );
  });
  after(async () => {
    await cluster?.stop();
    await server?.stop();
  });

  const live = async () =>
    JSON.parse(await server.ask(["get", "wasmplugin", "hello", "-o", "json"])) as {
      metadata: { annotations: Record<string, string> };
      spec: { url: string; sha256?: string; pluginConfig?: object; priority?: number };
    };
  const done = async (...words: string[]) => {
    const ended = await cluster.apw(...words);
    assert.equal(ended.exitCode, 0, ended.stdout + ended.stderr);
    return ended.stdout;
  };

  test("deploys, updates, outlives a change by kubectl in between, and rolls back", async () => {
    const file = await cluster.file("hello.yaml", manifest("1", "  pluginConfig: { greeting: hi }\n"));
    await done("deploy", file, "--no-images");
    assert.deepEqual((await live()).spec.pluginConfig, { greeting: "hi" });
    await done("update", "hello", "--image", image("2"), "--sha256", digest("2"), "--no-images");
    assert.equal((await live()).spec.url, image("2"));
    // By hand.
    const spec3 = { url: image("3"), sha256: digest("3"), priority: 7, pluginConfig: null };
    await server.ask(["patch", "wasmplugin", "hello", "--type=merge", "-p", JSON.stringify({ spec: spec3 })]);
    const byHand = await live();
    assert.deepEqual([byHand.spec.url, byHand.spec.priority], [image("3"), 7]);
    assert.equal(byHand.spec.pluginConfig, undefined);
    assert.ok(byHand.metadata.annotations[historyAnnotation], "the versions must stay");
    const { versions } = JSON.parse(await done("versions", "hello", "--json")) as {
      versions: { number: number; what: string; by: string }[];
    };
    assert.deepEqual(
      versions.map(({ number, what }) => [number, what]),
      [
        [3, "changed without apw"],
        [2, "update"],
        [1, "deploy"],
      ],
    );
    assert.equal(versions[0]!.by, "kubectl-patch");
    await done("rollback", "hello");
    const { spec } = await live();
    assert.deepEqual(
      [spec.url, spec.priority, spec.pluginConfig],
      [image("2"), undefined, { greeting: "hi" }],
    );
    await done("rollback", "hello", "--to", "1");
    assert.equal((await live()).spec.sha256, digest("1"));
  });

  test("a user's own kubectl apply goes on from there, takes out what the file no longer has, and leaves the versions", async () => {
    const file = await cluster.file("own.yaml", manifest("6", "  priority: 4\n"));
    await done("deploy", file, "--no-images");
    await done("update", "hello", "--image", image("7"), "--sha256", digest("7"), "--no-images");
    await cluster.file("own.yaml", manifest("8"));
    assert.match(await server.ask(["apply", "--validate=false", "-f", file]), /configured/);
    const applied = await live();
    assert.deepEqual([applied.spec.url, applied.spec.priority], [image("8"), undefined]);
    const { versions } = JSON.parse(await done("versions", "hello", "--json")) as {
      versions: { what: string; by: string; spec: { url: string } }[];
    };
    assert.deepEqual(
      versions.slice(0, 3).map(({ what, by, spec }) => [what, by, spec.url]),
      [
        ["changed without apw", "kubectl-client-side-apply", image("8")],
        ["update", "tester", image("7")],
        ["deploy", "tester", image("6")],
      ],
    );
    await done("rollback", "hello");
    assert.deepEqual([(await live()).spec.url, (await live()).spec.priority], [image("7"), 4]);
    // And again after the rollback.
    await server.ask(["apply", "--validate=false", "-f", file]);
    assert.deepEqual([(await live()).spec.url, (await live()).spec.priority], [image("8"), undefined]);
  });

  test("a server-side apply goes on from there too", async () => {
    await done("update", "hello", "--image", image("9"), "--sha256", digest("9"), "--no-images");
    const file = await cluster.file("own.yaml", manifest("8"));
    await server.ask(["apply", "--server-side", "--validate=false", "-f", file]);
    const applied = await live();
    assert.equal(applied.spec.url, image("8"));
    assert.ok(applied.metadata.annotations[historyAnnotation], "the versions must stay");
    await done("deploy", await cluster.file("own.yaml", manifest("1")), "--no-images");
    assert.equal((await live()).spec.sha256, digest("1"));
  });

  test("passes on what the API server refuses, in a sentence", async () => {
    const bad = manifest("4").replace("failStrategy: FAIL_OPEN", "imagePullSecret: ''");
    const ended = await cluster.apw("deploy", await cluster.file("bad.yaml", bad), "--no-images");
    assert.ok([1, 2].includes(ended.exitCode), ended.stdout + ended.stderr);
    assert.equal((await live()).spec.sha256, digest("1"));
  });

  test("a dry run changes nothing, and undeploy deletes", async () => {
    await done("update", "hello", "--image", image("5"), "--sha256", digest("5"), "--no-images", "--dry-run");
    assert.equal((await live()).spec.sha256, digest("1"));
    assert.match(await done("status"), /shop\/hello +\d+ .*STATS +0 +2\/2 +ok/);
    await done("undeploy", "hello", "--yes");
    assert.equal(await server.ask(["get", "wasmplugins", "-o", "name"]), "");
  });

  test("a cluster without Istio is told so", async () => {
    await server.ask(["delete", "crd", "wasmplugins.extensions.istio.io"]);
    const { exitCode, stderr } = await cluster.apw("status");
    assert.equal(exitCode, 2);
    assert.match(stderr, /^the cluster has no WasmPlugins: Istio is not installed there.*\n$/);
  });
});
