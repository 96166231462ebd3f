import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { suite, test } from "node:test";
import { historyAnnotation, type Version } from "../../cli/deploy/history.js";
import { chosen } from "../../cli/deploy/rollback.js";
import { deployed, endsClusters, image, one, two, updated } from "../kubernetes/hello.js";

// The cluster is played by a script: a real kubectl and API server are in tests/kubernetes.

endsClusters();

test("the version before is the newest that is not as it is now", () => {
  const version = (number: number, url: string): Version => ({
    number,
    at: "t",
    by: "b",
    what: "w",
    spec: { url },
  });
  const all = [version(5, "a"), version(4, "a"), version(3, "b"), version(2, "c")];
  assert.equal(chosen("x", all, undefined).number, 3);
  assert.equal(chosen("x", all, 2).number, 2);
  assert.throws(() => chosen("x", all, 1), /x has no version 1: there are 5, 4, 3, 2/);
  assert.throws(() => chosen("x", all.slice(0, 2), undefined), /x has no version before this one/);
});

suite("update, versions and rollback", () => {
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
    assert.ok(annotations[historyAnnotation]);
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
    const kept = `${here.folder}/kept.yaml`;
    const dry = await here.apw("undeploy", "hello", "-n", "shop", "--keep", kept, "--dry-run");
    assert.match(dry.stdout, /would run: .* delete wasmplugins\S* hello [^]*Nothing was changed\.\n$/);
    assert.ok(!existsSync(kept) && "shop/hello" in (await here.plugins()));
    const { exitCode, stdout } = await here.apw("undeploy", "hello", "-n", "shop", "--yes");
    assert.equal(exitCode, 0);
    assert.deepEqual(await here.plugins(), {});
    const file = await here.file("again.yaml", stdout.slice(stdout.indexOf("apiVersion")));
    assert.equal((await here.apw("deploy", file)).exitCode, 0);
    assert.equal((await here.plugins())["shop/hello"]!.spec.url, image("1"));
  });
});
