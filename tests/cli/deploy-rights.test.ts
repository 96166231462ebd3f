import assert from "node:assert/strict";
import { test } from "node:test";
import { historyAnnotation } from "../../cli/deploy/history.js";
import { deployed, endsClusters, manifest, played, two, updated, web } from "../kubernetes/hello.js";
import { keys, onTerminal } from "./pty.js";
import { apwArguments } from "./apw.js";

// The cluster is played by a script: a real kubectl and API server are in tests/kubernetes.

endsClusters();

test("says which rights are missing, all at once, before anything is changed", async () => {
  const forbidden = [
    "create wasmplugins.extensions.istio.io",
    "update wasmplugins.extensions.istio.io",
    "create pods/exec",
  ];
  const here = await played({ forbidden, namespace: "shop" });
  const file = await here.file("hello.yaml", manifest());
  const { exitCode, stdout, stderr } = await here.apw("deploy", file, "--no-images");
  assert.deepEqual([exitCode, stdout], [2, ""]);
  assert.match(
    stderr,
    /^the cluster does not let you create pods\/exec, create wasmplugins\.\S+, update wasmplugins\.\S+ in namespace shop: .*\n$/,
  );
  assert.ok((await here.calls()).every((call) => /^(get|auth|config) /.test(call)));
});

test("passes on what the cluster forbids though it said yes, with the way out", async () => {
  const say =
    'Error from server (Forbidden): error when creating "STDIN": wasmplugins.extensions.istio.io is forbidden: User "tester" cannot create resource "wasmplugins"';
  const here = await played({ trouble: [{ on: "^create ", say }] });
  const { exitCode, stderr } = await here.apw(
    "deploy",
    await here.file("hello.yaml", manifest()),
    "--no-images",
  );
  assert.equal(exitCode, 2);
  assert.match(stderr, /^the cluster forbids it: .*User "tester" cannot create.* Role that allows it\n$/);
});

test("a plugin is written, and that said, where kubectl's note cannot be", async () => {
  const say = 'Error from server (Forbidden): wasmplugins "hello" is forbidden: cannot patch resource';
  const here = await deployed();
  await here.play({ pods: [web("web-1")], trouble: [{ on: "^apply set-last-applied", say }] });
  const { exitCode, stdout } = await updated(here, "2", two);
  assert.equal(exitCode, 0, stdout);
  assert.match(stdout, /shop\/hello: kubectl's note of what was applied is missing \(.*cannot patch/);
  // None is better than one of the state before, or one with the versions in it.
  const { annotations } = (await here.plugins())["shop/hello"]!.metadata;
  assert.deepEqual(Object.keys(annotations), [historyAnnotation]);
});

const owners: [tool: string, metadata: object][] = [
  ["Argo CD", { managedFields: [{ manager: "argocd-controller", operation: "Apply" }] }],
  ["Argo CD", { annotations: { "argocd.argoproj.io/tracking-id": "shop:x" } }],
  ["Flux", { labels: { "kustomize.toolkit.fluxcd.io/name": "shop" } }],
  ["Helm", { labels: { "app.kubernetes.io/managed-by": "Helm" } }],
];
test("warns of tools that will put back what they know, whatever is changed", async () => {
  const here = await deployed();
  const { "shop/hello": plain } = await here.plugins();
  const { annotations } = plain!.metadata;
  for (const [tool, metadata] of owners) {
    const kept = { ...plain, metadata: { ...plain!.metadata, ...metadata } };
    kept.metadata.annotations = { ...annotations, ...kept.metadata.annotations };
    await here.file("objects.json", JSON.stringify({ "shop/hello": kept }));
    const { exitCode, stdout } = await updated(here, "2", two, "--no-wait");
    assert.equal(exitCode, 0, stdout);
    assert.ok(
      stdout.includes(`warning  shop/hello is also kept by ${tool}, which will put back`),
      `${tool}: ${stdout}`,
    );
  }
  const back = await here.apw("rollback", "hello", "-n", "shop", "--no-wait");
  assert.match(back.stdout, /also kept by Helm/);
  const gone = await here.apw("undeploy", "hello", "-n", "shop", "--yes");
  assert.match(gone.stdout, /also kept by Helm, which will bring it back/);
});

test("asks on a terminal whether a change that failed is taken back, and whether something is deleted", async () => {
  const here = await deployed();
  const type = (send: string, wait: string, ...words: string[]) =>
    onTerminal([process.execPath, ...apwArguments, ...words, ...here.words], [{ wait, send }], {
      cwd: here.folder,
      environment: here.environment,
    });
  const plugins = () => here.plugins();
  const image = ["--image", "oci://127.0.0.1:1/hello:2", "--sha256", two, "--no-images", "--no-wait"];
  const update = ["update", "hello", "-n", "shop", ...image, "--test", "false"];

  const kept = await type("n", "Take the change back\\?", ...update);
  assert.equal(kept.exitCode, 1);
  assert.match(kept.text, /It stays as it is\. `apw debug hello -n shop`/);
  assert.equal((await plugins())["shop/hello"]!.spec["sha256"], two);

  const image3 = update.map((word) => (word === two ? "3".repeat(64) : word));
  const back = await type("y", "Take the change back\\?", ...image3);
  assert.equal(back.exitCode, 1);
  assert.match(back.text, /shop\/hello is as before/);
  assert.equal((await plugins())["shop/hello"]!.spec["sha256"], two);

  const asked = await type(keys.enter, "Delete shop\\/hello\\?", "undeploy", "hello", "-n", "shop");
  assert.match(asked.text, /Nothing was deleted\./);
  const cancelled = await type(keys.ctrlC, "Delete shop\\/hello\\?", "undeploy", "hello", "-n", "shop");
  assert.match(cancelled.text, /Nothing was deleted\./);
  assert.ok((await plugins())["shop/hello"]);
  const deleted = await type("y", "Delete shop\\/hello\\?", "undeploy", "hello", "-n", "shop");
  assert.match(deleted.text, /deleted shop\/hello/);
  assert.deepEqual(await plugins(), {});
});
