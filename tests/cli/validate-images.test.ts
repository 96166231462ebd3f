import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import { annotationNames } from "../../cli/oci/metadata.js";
import { hexOf } from "../../cli/oci/image.js";
import { parseReference } from "../../cli/oci/reference.js";
import { Repository } from "../../cli/oci/registry.js";
import { silent } from "../../cli/oci/progress.js";
import { PluginSchemas } from "../../cli/validate/plugin-config.js";
import { manifestsIn } from "../../cli/validate/read.js";
import { validateImages } from "../../cli/validate/validate.js";
import { allKinds, tinyImage, tinyModule } from "./image/images.js";
import { ScriptedRegistry } from "./image/scripted-registry.js";

let registry: ScriptedRegistry;
before(async () => {
  registry = await ScriptedRegistry.start();
});
after(() => registry.stop());

const moduleDigest = createHash("sha256").update(tinyModule).digest("hex");

async function push(image: Awaited<ReturnType<typeof tinyImage>>, name: string): Promise<string> {
  const repository = await Repository.open(parseReference(`oci://${registry.host}/${name}:1`), "pull,push");
  await repository.push(image, silent);
  return `oci://${registry.host}/${name}:1`;
}

async function findings(spec: Record<string, unknown>) {
  const text = JSON.stringify({
    apiVersion: "extensions.istio.io/v1alpha1",
    kind: "WasmPlugin",
    metadata: { name: "a" },
    spec,
  });
  const found = await validateImages(manifestsIn(text, "x.json"), new PluginSchemas());
  return found.map(({ level, rule, message, proposal, fix }) => ({ level, rule, message, proposal, fix }));
}

suite("the image that a WasmPlugin names", () => {
  test("with the right digest is not complained of, in each layout", async () => {
    for (const layout of ["docker", "oci", "artifact"] as const) {
      const image = await tinyImage(layout);
      const url = await push(image, `good-${layout}`);
      assert.deepEqual(await findings({ url, sha256: hexOf(image.digest) }), [], layout);
      assert.deepEqual(await findings({ url }), [], layout);
    }
  });

  test("is told apart from its module when spec.sha256 is the module's", async () => {
    const image = await tinyImage("docker");
    const url = await push(image, "module-digest");
    const [found, ...more] = await findings({ url, sha256: moduleDigest });
    assert.deepEqual(more, []);
    assert.match(found!.message, /digest of the module, and Istio compares that of the image's manifest/);
    assert.deepEqual(found!.fix, [{ set: ["spec", "sha256"], to: hexOf(image.digest) }]);
  });

  test("with another digest is found, and left to the user", async () => {
    const image = await tinyImage("docker");
    const url = await push(image, "other-digest");
    const [found] = await findings({ url, sha256: "0".repeat(64) });
    assert.deepEqual([found!.level, found!.rule, found!.fix], ["error", "image/digest", undefined]);
    assert.ok(found!.proposal!.includes(hexOf(image.digest)));
  });

  test("that Istio does not take is found, with why", async () => {
    for (const [name, image, refusal] of await allKinds()) {
      const url = await push(image, `kind-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`);
      const found = (await findings({ url })).filter(({ rule }) => rule === "image/layout");
      assert.equal(found.length, refusal === null ? 0 : 1, name);
      if (refusal !== null) assert.match(found[0]!.message, refusal, name);
    }
  });

  test("that is not there is found; one that cannot be asked for is only noticed", async () => {
    const [absent] = await findings({ url: `oci://${registry.host}/nobody:absent` });
    assert.deepEqual([absent!.level, absent!.rule], ["error", "image/absent"]);
    const [unasked] = await findings({ url: "oci://127.0.0.1:1/nobody:1" });
    assert.deepEqual([unasked!.level, unasked!.rule], ["notice", "image/unasked"]);
  });

  test("says what it is: its names, its kind of filter, the schema of its configuration", async () => {
    const schema = {
      type: "object",
      properties: { greeting: { type: "string" } },
      additionalProperties: false,
    };
    const annotations = {
      [annotationNames.rootIds]: "mine,other",
      [annotationNames.filter]: "network",
      [annotationNames.configSchema]: JSON.stringify(schema),
    };
    const url = await push(await tinyImage("oci", { annotations }), "annotated");
    const wrong = await findings({ url, pluginName: "yours", pluginConfig: { greting: "hi" } });
    assert.deepEqual(
      wrong.map(({ rule }) => rule),
      ["image/plugin-name", "image/type", "plugin-config/unknown-field"].sort(),
    );
    assert.deepEqual(
      await findings({ url, pluginName: "other", type: "NETWORK", pluginConfig: { greeting: "hi" } }),
      [],
    );
  });
});

test("a module behind http is compared by its own digest", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/none.wasm") response.writeHead(404).end();
    else response.end(request.url === "/page.wasm" ? "<html>" : tinyModule);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const at = (path: string) => `http://127.0.0.1:${port}/${path}`;
  try {
    assert.deepEqual(await findings({ url: at("a.wasm"), sha256: moduleDigest }), []);
    const rules = async (spec: Record<string, unknown>) => (await findings(spec)).map(({ rule }) => rule);
    assert.deepEqual(await rules({ url: at("a.wasm"), sha256: "0".repeat(64) }), ["image/digest"]);
    assert.deepEqual(await rules({ url: at("page.wasm") }), ["image/layout"]);
    assert.deepEqual(await rules({ url: at("none.wasm") }), ["image/absent"]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  assert.deepEqual(
    (await findings({ url: at("a.wasm") })).map(({ level, rule }) => [level, rule]),
    [["notice", "image/unasked"]],
  );
});
