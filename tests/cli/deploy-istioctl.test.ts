import assert from "node:assert/strict";
import { chmod, readFile } from "node:fs/promises";
import { test } from "node:test";
import { type DiscoveredFilter, filtersIn } from "../../cli/deploy/ecds.js";
import { Istioctl } from "../../cli/deploy/istioctl.js";
import { deployed, endsClusters, manifest, played, web } from "../kubernetes/hello.js";
import type { PlayedCluster } from "../kubernetes/scripted.js";

// Neither kubectl nor istioctl is real: what they say is recorded.

endsClusters();

const noExec =
  'Error from server (Forbidden): pods "web-1" is forbidden: User "tester" cannot create resource "pods/exec"';
const withoutExec = {
  forbidden: ["create pods/exec"],
  trouble: [{ on: "^exec ", say: noExec }],
};
const asked = async (here: PlayedCluster) => readFile(`${here.folder}/istioctl.txt`, "utf8");

test("what Istio's own validation refuses is not deployed", async () => {
  const refuses = 'WasmPlugin/shop/hello: cannot parse proto message: unknown field "phaze"';
  const here = await played({ istioctl: { refuses } });
  const file = await here.file("hello.yaml", manifest());
  const { exitCode, stdout } = await here.apw("deploy", file, "--no-images");
  assert.equal(exitCode, 1, stdout);
  assert.equal(stdout.split(refuses).length, 2, "once");
  assert.match(stdout, /error {2}istioctl validate: .*\nnot deployed: --no-istioctl leaves out/);
  assert.deepEqual(await here.plugins(), {});
});

test("proxies are asked by istioctl where exec is forbidden, with the context that was given", async () => {
  const here = await played({ ...withoutExec, istioctl: {} });
  const file = await here.file("hello.yaml", manifest());
  const { exitCode, stdout, stderr } = await here.apw("deploy", file, "--no-images", "--context", "prod");
  assert.equal(exitCode, 0, stdout + stderr);
  assert.match(stdout, /2 of 2 proxies have taken it/);
  assert.match(await asked(here), /^proxy-config ecds web-2\.shop -o json --context=prod$/m);
});

test("and a right is missing where that is forbidden too, or there is no istioctl", async () => {
  const told =
    /^the cluster does not let you create pods\/exec in namespace shop: .*\(--no-wait needs no rights on pods\)\n$/;
  const here = await played({ ...withoutExec, namespace: "shop" });
  const file = await here.file("hello.yaml", manifest());
  const without = await here.apw("deploy", file, "--no-images");
  assert.equal(without.exitCode, 2);
  assert.match(without.stderr, told);
  const forbidden = [...withoutExec.forbidden, "create pods/portforward"];
  await here.play({ ...withoutExec, forbidden, namespace: "shop", pods: [web("web-1")], istioctl: {} });
  const neither = await here.apw("deploy", file, "--no-images");
  assert.match(neither.stderr, told);
  assert.deepEqual(await here.plugins(), {});
});

test("debug has what istioctl analyze says of the plugin and its namespace, and of nothing else", async () => {
  const analysis = (origin: string, code: string, level: string, message: string) => ({
    code,
    level,
    message,
    origin,
  });
  const here = await deployed();
  await here.play({
    pods: [web("web-1")],
    istioctl: {
      analyses: [
        analysis(
          "WasmPlugin shop/hello",
          "IST0106",
          "Error",
          "Schema validation error: url contains unsupported scheme: ftp",
        ),
        analysis("Namespace shop", "IST0102", "Info", "The namespace is not enabled for Istio injection."),
        analysis("VirtualService shop/web", "IST0101", "Error", "Referenced host not found"),
      ],
    },
  });
  const { exitCode, stdout } = await here.apw("debug", "hello", "-n", "shop", "--no-images", "--json");
  assert.equal(exitCode, 1);
  const { causes } = JSON.parse(stdout) as { causes: { what: string; because: string }[] };
  assert.deepEqual(
    causes.filter(({ because }) => because.startsWith("istioctl")).map(({ what }) => what),
    [
      "WasmPlugin shop/hello: Schema validation error: url contains unsupported scheme: ftp",
      "Namespace shop: The namespace is not enabled for Istio injection.",
    ],
  );
});

test("reads the filters that istioctl 1.31 writes, environment and all", async () => {
  const here = await played({ istioctl: {} });
  const recorded = `{ "ecdsFilters": [ { "versionInfo": "4", "ecdsFilter": {
    "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig", "name": "shop.hello",
    "typedConfig": { "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm", "config": {
      "name": "shop.hello", "rootId": "custom-headers",
      "vmConfig": { "runtime": "envoy.wasm.runtime.v8", "code": { "local": { "filename": "/x.wasm" } },
        "environmentVariables": { "keyValues": { "someName": "aB" } } },
      "configuration": { "@type": "type.googleapis.com/google.protobuf.StringValue", "value": "{\\"aB\\":1}" } } } },
    "lastUpdated": "2026-11-21T20:18:36.760Z" } ] }`;
  await here.file("recorded", recorded);
  const program = await here.file("other", `#!/bin/sh\ncat '${here.folder}/recorded'\n`);
  await chmod(program, 0o755);
  const istioctl = await Istioctl.find({ istioctl: program });
  const dump = await istioctl!.filters({ metadata: { name: "web-1", namespace: "shop" } });
  assert.deepEqual(filtersIn(dump), [
    {
      resource: "shop.hello",
      updated: "2026-11-21T20:18:36.760Z",
      wasm: {
        name: "shop.hello",
        rootId: "custom-headers",
        code: "/x.wasm",
        configuration: '{"aB":1}',
        environment: { someName: "aB" },
      },
    } satisfies DiscoveredFilter,
  ]);
});
