import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import { layouts } from "../../cli/oci/build.js";
import { asIstioReads } from "../../cli/oci/content.js";
import type { Credential } from "../../cli/oci/credentials.js";
import { archive, writeFolder } from "../../cli/oci/disk.js";
import { digestOf, hexOf, type Image, mediaTypes } from "../../cli/oci/image.js";
import { silent } from "../../cli/oci/progress.js";
import { format, parseReference, type Reference } from "../../cli/oci/reference.js";
import { Repository } from "../../cli/oci/registry.js";
import { allKinds, largeModule, tinyImage, tinyModule } from "../cli/image/images.js";
import { type DebianTools, findDebianTools } from "./debian.js";
import { htpasswd, startDockerRegistry } from "./docker-registry.js";
import { startGate } from "./gate.js";
import { findJudge, type Judge, NotHere } from "./judge.js";
import { startTokenServer } from "./tokens.js";

interface Running {
  address: string;
  stop(): Promise<void>;
}

let judge: Judge | string;
let debian: DebianTools | string;
let folder: string;
const running: Running[] = [];

const hereOrWhyNot = async <T>(find: () => Promise<T>): Promise<T | string> =>
  find().catch((error: unknown) => {
    if (error instanceof NotHere) return error.message;
    throw error;
  });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "istio-images-"));
  judge = await hereOrWhyNot(() => findJudge(console.log));
  debian = await hereOrWhyNot(findDebianTools);
});

after(async () => {
  for (const one of running.reverse()) await one.stop();
  await rm(folder, { recursive: true, force: true });
});

async function started<T extends Running>(starting: Promise<T>): Promise<T> {
  const one = await starting;
  running.push(one);
  return one;
}

/** What a test needs of this machine; the test is left out, with a line that says why, where that is not there. */
function needs<T>(found: T | string, context: TestContext): found is T {
  if (typeof found !== "string") return true;
  context.skip(found);
  return false;
}

const me: Credential = { from: "the test", username: "me", password: "pass:word" };
const nobody = { HOME: "/nowhere", DOCKER_CONFIG: "/nowhere" };

async function open(reference: Reference, credential?: Credential): Promise<Repository> {
  return Repository.open(reference, "pull,push", { environment: nobody, ...(credential && { credential }) });
}

async function push(
  image: Image,
  address: string,
  name: string,
  credential?: Credential,
): Promise<Reference> {
  const reference = parseReference(`oci://${address}/acme/${name}:1`);
  await (await open(reference, credential)).push(image, silent);
  const back = await (await open(reference, credential)).image();
  assert.equal(back.digest, image.digest);
  return reference;
}

const moduleHash = createHash("sha256").update(tinyModule).digest("hex");

/** What Istio does with an image that it takes: without sha256, with the manifest's, and with a wrong one. */
async function istioTakes(program: Judge, url: string, image: Image, pullSecret?: string): Promise<void> {
  const more = pullSecret === undefined ? {} : { pullSecret };
  const plain = await program.fetch(url, { ...more, environment: nobody });
  assert.equal(plain.error, undefined, url);
  assert.equal(plain.sha256, moduleHash);
  const sha256 = hexOf(image.digest);
  assert.equal((await program.fetch(url, { ...more, sha256, environment: nobody })).sha256, moduleHash);
  const modules = await program.fetch(url, { ...more, sha256: moduleHash, environment: nobody });
  assert.match(modules.error ?? "", /does not match/, "the module's own hash is refused");
}

describe("crane's registry", () => {
  test("takes images of each layout, and Istio takes them out of it", async (context) => {
    if (!needs(judge, context)) return;
    const { address } = await started(judge.serveRegistry());
    for (const layout of layouts) {
      const image = await tinyImage(layout);
      const reference = await push(image, address, layout);
      await istioTakes(judge, format(reference), image);
      const { tag: _tag, ...untagged } = reference;
      const byDigest = await judge.fetch(format({ ...untagged, digest: image.digest }));
      assert.equal(byDigest.sha256, moduleHash);
    }
  });

  test("has images of other kinds refused by Istio exactly where apw says so", async (context) => {
    if (!needs(judge, context)) return;
    const { address } = await started(judge.serveRegistry());
    for (const [index, [name, image]] of (await allKinds()).entries()) {
      const reference = await push(image, address, `kind-${index}`);
      const verdict = await asIstioReads(image);
      const fetched = await judge.fetch(format(reference));
      assert.equal(fetched.accepted, verdict.accepted, `${name}: ${fetched.error}`);
      if (verdict.accepted) assert.equal(fetched.sha256, moduleHash, name);
    }
  });

  test("has an index out of which Istio takes what apw takes, under that image's digest", async (context) => {
    if (!needs(judge, context)) return;
    const { address } = await started(judge.serveRegistry());
    const [amd, arm] = [await tinyImage("oci"), await tinyImage("oci", { annotations: { other: "1" } })];
    const manifests: object[] = [];
    for (const [architecture, image] of [
      ["arm64", arm],
      ["amd64", amd],
    ] as const) {
      await push(image, address, "index");
      const { mediaType, digest, bytes } = image;
      manifests.push({ mediaType, digest, size: bytes.length, platform: { os: "linux", architecture } });
    }
    const { mediaType, digest, bytes } = amd;
    const withoutPlatform = [manifests[0]!, { mediaType, digest, size: bytes.length }];
    for (const [tag, within] of Object.entries({ both: manifests, bare: withoutPlatform })) {
      const body = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: within });
      const url = `http://${address}/v2/acme/index/manifests/${tag}`;
      const put = await fetch(url, { method: "PUT", body, headers: { "content-type": mediaTypes.ociIndex } });
      assert.equal(put.status, 201);
      const reference = parseReference(`oci://${address}/acme/index:${tag}`);
      const picked = await (await open(reference)).image();
      assert.equal(picked.digest, amd.digest);
      await istioTakes(judge, format(reference), picked);
      const indexes = await judge.fetch(format(reference), { sha256: hexOf(digestOf(Buffer.from(body))) });
      assert.match(indexes.error ?? "", /does not match/);
    }
  });

  test("is pushed to through a door that wants a password or a token, and Istio comes with a pull secret", async (context) => {
    if (!needs(judge, context)) return;
    const { address } = await started(judge.serveRegistry());
    const login = Buffer.from("me:pass:word").toString("base64");
    const gate = await started(
      startGate(address, `Basic ${login}`, 'Basic realm="https://registry.example.com"'),
    );
    const image = await tinyImage("docker");
    await assert.rejects(push(image, gate.address, "closed"), /wants a login/);
    const reference = await push(image, gate.address, "closed", me);
    const secret = join(folder, "gate-secret.json");
    await writeFile(secret, JSON.stringify({ auths: { [gate.address]: { auth: login } } }));
    await istioTakes(judge, format(reference), image, secret);
    assert.equal((await judge.fetch(format(reference), { environment: nobody })).accepted, false);
    const tokens = await started(
      startGate(address, "Bearer ready", 'Bearer realm="http://127.0.0.1:9/token"'),
    );
    await push(image, tokens.address, "tokens", { from: "the test", registryToken: "ready" });
  });
});

describe("Debian's docker-registry", () => {
  test("takes images of each layout, small and large, and Istio takes them out of it", async (context) => {
    if (!needs(judge, context) || !needs(debian, context)) return;
    const { address } = await started(startDockerRegistry(debian.registry));
    for (const layout of layouts) {
      const image = await tinyImage(layout);
      await istioTakes(judge, format(await push(image, address, layout)), image);
    }
    const module = largeModule(9 * 1024 * 1024);
    const reference = await push(await tinyImage("artifact", { module }), address, "large");
    const { sha256, bytes } = await judge.fetch(format(reference));
    assert.equal(bytes, module.length);
    assert.equal(sha256, createHash("sha256").update(module).digest("hex"));
  });

  test("is pushed to with a name and a password, and Istio pulls with a pull secret", async (context) => {
    if (!needs(judge, context) || !needs(debian, context)) return;
    const { address } = await started(startDockerRegistry(debian.registry, htpasswd));
    const image = await tinyImage("oci");
    await assert.rejects(push(image, address, "closed"), /wants a login for acme\/closed/);
    const wrong = { ...me, password: "wrong" };
    await assert.rejects(push(image, address, "closed", wrong), /does not take the credentials \(user me/);
    const reference = await push(image, address, "closed", me);
    const secret = join(folder, "secret.json");
    await writeFile(
      secret,
      JSON.stringify({ auths: { [address]: { username: "me", password: "pass:word" } } }),
    );
    await istioTakes(judge, format(reference), image, secret);
    assert.equal((await judge.fetch(format(reference), { environment: nobody })).accepted, false);
  });

  test("is pushed to with tokens that it checks itself", async (context) => {
    if (!needs(debian, context)) return;
    const tokens = await hereOrWhyNot(() => startTokenServer("me:pass:word"));
    if (!needs(tokens, context)) return;
    running.push({ address: "", stop: () => tokens.stop() });
    const { address } = await started(startDockerRegistry(debian.registry, tokens.auth));
    const wrong = { ...me, password: "wrong" };
    await assert.rejects(
      push(await tinyImage("oci"), address, "closed", wrong),
      /does not take the credentials/,
    );
    for (const layout of layouts) await push(await tinyImage(layout), address, layout, me);
    assert.equal(tokens.given(), 6, "one for each push, one for each look");
  });
});

describe("what is written to the disk", () => {
  test("is read by crane, which comes to the same digest", async (context) => {
    if (!needs(judge, context)) return;
    const { address } = await started(judge.serveRegistry());
    for (const layout of layouts) {
      const image = await tinyImage(layout);
      const [tar, layoutFolder] = [join(folder, `crane-${layout}.tar`), join(folder, `crane-${layout}`)];
      await writeFile(tar, await archive(image, "tiny", "1"));
      await writeFolder(image, layoutFolder, "1");
      const read = await judge.crane(layoutFolder, `${address}/acme/${layout}:folder`);
      assert.equal(read.digest, image.digest);
      // `crane validate` wants layers of files, which an artifact has not.
      if (layout !== "artifact") assert.equal(read.error, undefined);
      await istioTakes(judge, `oci://${address}/acme/${layout}:folder`, image);
      if (layout !== "docker") continue;
      assert.deepEqual(await judge.crane(tar, `${address}/acme/docker:tar`), {
        digest: image.digest,
        layers: 2,
      });
      await istioTakes(judge, `oci://${address}/acme/docker:tar`, image);
    }
  });

  test("is read by skopeo, as an OCI archive, a folder and a docker-archive", async (context) => {
    if (!needs(judge, context) || !needs(debian, context)) return;
    const { address } = await started(judge.serveRegistry());
    const { skopeo } = debian;
    for (const layout of layouts) {
      const image = await tinyImage(layout);
      const [tar, layoutFolder] = [join(folder, `skopeo-${layout}.tar`), join(folder, `skopeo-${layout}`)];
      await writeFile(tar, await archive(image, "tiny", "1"));
      await writeFolder(image, layoutFolder, "1");
      // By a tag, skopeo finds images with OCI's media types alone.
      const tag = layout === "docker" ? "" : ":1";
      for (const [index, source] of [`oci-archive:${tar}${tag}`, `oci:${layoutFolder}${tag}`].entries()) {
        const target = `${address}/acme/${layout}:${index}`;
        await skopeo(["copy", "--dest-tls-verify=false", "--preserve-digests", source, `docker://${target}`]);
        await istioTakes(judge, `oci://${target}`, image);
      }
      if (layout === "artifact") continue;
      const target = `${address}/acme/${layout}:docker-archive`;
      await skopeo(["copy", "--dest-tls-verify=false", `docker-archive:${tar}`, `docker://${target}`]);
      assert.equal(
        (await judge.fetch(`oci://${target}`)).sha256,
        moduleHash,
        "skopeo compresses it its own way",
      );
    }
  });
});
