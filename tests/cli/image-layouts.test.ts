import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cp, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inspect } from "../../cli/module.js";
import { layouts } from "../../cli/oci/build.js";
import { anyModule, asIstioReads, layoutOf } from "../../cli/oci/content.js";
import { writeWhole } from "../../cli/oci/destination.js";
import { archive, openArchive, openFolder, writeFolder } from "../../cli/oci/disk.js";
import { digestOf, mediaTypes, openImage } from "../../cli/oci/image.js";
import { compress, decompress, tar, untar } from "../../cli/oci/layer.js";
import { root } from "../../cli/root.js";
import { WrongUse } from "../../cli/terminal.js";
import { apwImage, apwImageHere, scratch } from "./image/apw.js";
import { allKinds, handmade, tarGz, tinyImage, tinyModule } from "./image/images.js";
import { pluginWat } from "../support/wat.js";

/** What this very content comes to: a change here changes the digest of every image that somebody builds again. */
const pinned = {
  docker: "sha256:c87ec5f549ad718f18c646645843d7411e056c646dbe15689eba12344f2961de",
  oci: "sha256:659b87d79d146a61456eb3522a5a165c2ec73ec14780ef131712506f78cd92a7",
  artifact: "sha256:94af5f59509ed0f6395d0baf6c870579dfe50ddc977c4de51155b89ea044432b",
};

describe("an image", () => {
  for (const layout of layouts)
    test(`of layout ${layout} has the digest that it always had`, async () => {
      const image = await tinyImage(layout);
      assert.equal(inspect(tinyModule).exports[0]!.name, "proxy_abi_version_0_2_1");
      assert.equal(image.digest, pinned[layout]);
      assert.equal(digestOf(image.bytes), image.digest);
      assert.equal(layoutOf(image), layout);
    });

  test("holds nothing of where and when it was made", async () => {
    const layer = compress(await tar([{ name: "plugin.wasm", bytes: tinyModule }]));
    assert.deepEqual([...layer.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    const header = Buffer.from(decompress(layer)).subarray(0, 512).toString("latin1");
    assert.match(header, /^plugin\.wasm\0+0000644\x000000000\x000000000\x0000000000065\x0000000000000\0/);
  });

  test("keeps the annotations in order, as labels for Docker and in the manifest for OCI", async () => {
    const annotations = { b: "2", a: "1" };
    for (const layout of layouts) {
      const image = await tinyImage(layout, { annotations });
      const reverse = await tinyImage(layout, { annotations: { a: "1", b: "2" } });
      assert.equal(image.digest, reverse.digest);
      assert.deepEqual(image.manifest.annotations, layout === "docker" ? undefined : { a: "1", b: "2" });
    }
  });
});

test("finds out of every kind of image whether Istio takes it, and takes its module out all the same", async () => {
  for (const [name, image, refusal] of await allKinds()) {
    const verdict = await asIstioReads(image);
    if (verdict.accepted) assert.deepEqual(Buffer.from(verdict.module), Buffer.from(tinyModule), name);
    else assert.match(verdict.reasons.join("; "), refusal ?? /^nothing is wrong$/, name);
    assert.equal(verdict.accepted, refusal === null, name);
    const module = await anyModule(image);
    const hasNone = ["no layers", "not a module"].includes(name);
    assert.equal(module === null, hasNone, name);
    if (module !== null) assert.deepEqual(Buffer.from(module), Buffer.from(tinyModule), name);
  }
});

test("takes no module out of an image with several to choose from", async () => {
  const two = await tarGz(["a.wasm", tinyModule], ["b.wasm", tinyModule]);
  assert.equal(await anyModule(await handmade(mediaTypes.ociManifest, [[mediaTypes.ociLayer, two]])), null);
});

test("writes images to archives and folders, and reads the same out of them", async (context) => {
  const folder = await scratch(context);
  for (const layout of layouts) {
    const image = await tinyImage(layout);
    const [file, target] = [join(folder, `${layout}.tar`), join(folder, layout)];
    await writeFile(file, await archive(image, "tiny", "1.0.0"));
    await writeFolder(image, target, "1.0.0");
    for (const read of [await openArchive(file), await openFolder(target)]) {
      assert.equal(read.digest, image.digest);
      assert.equal((await asIstioReads(read)).accepted, true);
    }
    const names = (await untar(await readFile(file))).map(({ name }) => name);
    assert.deepEqual(names, [...names].sort(), "files lie in order");
    assert.equal(names.includes("manifest.json"), layout !== "artifact");
  }
});

test("reads what docker save writes: plain tars beside a manifest.json", async (context) => {
  const file = join(await scratch(context), "saved.tar");
  const layer = await tar([{ name: "plugin.wasm", bytes: tinyModule }]);
  const described = [{ Config: "config.json", RepoTags: null, Layers: ["abc/layer.tar"] }];
  const entries = [
    { name: "manifest.json", bytes: Buffer.from(JSON.stringify(described)) },
    { name: "config.json", bytes: Buffer.from('{"config":{"Labels":{"a":"1"}}}') },
    { name: "abc/layer.tar", bytes: layer },
  ];
  await writeFile(file, await tar(entries));
  const image = await openArchive(file);
  assert.equal(layoutOf(image), "docker");
  assert.equal((await asIstioReads(image)).accepted, true);
});

test("takes the image for linux/amd64 out of an index, as Istio does, and says so where there is none", async () => {
  const image = await tinyImage("oci");
  const descriptor = { mediaType: image.mediaType, size: image.bytes.length, digest: image.digest };
  const open = (manifests: object[]) => {
    const index = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }),
    );
    const manifest = async (digest?: string) => ({ bytes: digest === undefined ? index : image.bytes });
    return openImage({ name: "an index", manifest, blob: image.blob });
  };
  const arm = {
    ...descriptor,
    digest: `sha256:${"0".repeat(64)}`,
    platform: { os: "linux", architecture: "arm64" },
  };
  const amd = { ...descriptor, platform: { os: "linux", architecture: "amd64" } };
  assert.equal((await open([arm, amd])).digest, image.digest);
  assert.equal((await open([arm, descriptor])).digest, image.digest);
  await assert.rejects(open([arm]), /index of linux\/arm64: Istio takes the image for linux\/amd64/);
  await assert.rejects(open([]), /index of no images/);
});

test("refuses what is damaged or no image, each with a sentence", async (context) => {
  const folder = await scratch(context);
  const image = await tinyImage("oci");
  const good = join(folder, "good");
  await writeFolder(image, good, "1");
  const blob = (digest: string) => join("blobs", "sha256", digest.slice(7));
  const layer = image.manifest.layers[1]!;
  const cases: [name: string, spoil: (target: string) => Promise<void>, says: RegExp][] = [
    [
      "a changed layer",
      (to) => writeFile(join(to, blob(layer.digest)), Buffer.alloc(layer.size)),
      /damaged or changed/,
    ],
    [
      "a cut layer",
      (to) => writeFile(join(to, blob(layer.digest)), "x"),
      /has 1 bytes, and the manifest says/,
    ],
    [
      "a changed manifest",
      (to) => writeFile(join(to, blob(image.digest)), Buffer.concat([image.bytes, Buffer.from(" ")])),
      /damaged or changed/,
    ],
    ["no index", (to) => writeFile(join(to, "index.json"), "[]"), /no image index/],
    [
      "a way out of the folder",
      (to) => writeFile(join(to, "index.json"), '{"manifests":[{"digest":"../../x"}]}'),
      /no image index/,
    ],
    ["an empty index", (to) => writeFile(join(to, "index.json"), '{"manifests":[]}'), /holds no image/],
  ];
  for (const [name, spoil, says] of cases) {
    const target = join(folder, name.replaceAll(" ", "-"));
    await cp(good, target, { recursive: true });
    await spoil(target);
    const read = async () => asIstioReads(await openFolder(target));
    await assert.rejects(read, (error) => error instanceof WrongUse && says.test(error.message), name);
  }
  const files: [name: string, bytes: Uint8Array, says: RegExp][] = [
    ["empty.tar", new Uint8Array(), /neither a module nor an image/],
    ["text.tar", Buffer.from("hello ".repeat(200)), /neither a module nor an image|without an image/],
    ["other.tar", await tar([{ name: "a", bytes: tinyModule }]), /a tar without an image/],
    ["cut.tgz", (await tarGz(["index.json", tinyModule])).subarray(0, 60), /damaged/],
  ];
  for (const [name, bytes, says] of files) {
    await writeFile(join(folder, name), bytes);
    await assert.rejects(openArchive(join(folder, name)), says, name);
  }
});

/** An address of the loopback that nobody listens on just now. */
async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return `127.0.0.1:${port}`;
}

test("writes through links and into devices, and replaces neither", async (context) => {
  const folder = await scratch(context);
  const [file, link] = [join(folder, "file"), join(folder, "link")];
  await writeFile(file, "before");
  await symlink(file, link);
  await writeWhole(link, Buffer.from("after"));
  assert.equal(await readFile(file, "utf8"), "after");
  assert.ok((await lstat(link)).isSymbolicLink());
  await writeWhole("/dev/null", Buffer.from("x"));
  assert.ok((await stat("/dev/null")).isCharacterDevice());
  assert.deepEqual((await readdir(folder)).sort(), ["file", "link"]);
});

describe("apw image build and inspect", () => {
  const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

  test("build the same bytes on two paths, at two times and under two umasks", async (context) => {
    const folder = await scratch(context);
    const module = await pluginWat();
    const outputs: string[] = [];
    for (const [index, place] of ["one", "two/deeper"].entries()) {
      const project = join(folder, place);
      await mkdir(project, { recursive: true });
      await writeFile(join(project, "tiny.wasm"), module, { mode: index === 0 ? 0o600 : 0o755 });
      await writeFile(join(project, "config.schema.json"), '{ "type": "object" }');
      const { code, stderr } = await apwImage(["build", "tiny.wasm", "--output", `image-${index}.tar`], {
        cwd: project,
      });
      assert.equal(code, 0, stderr);
      outputs.push(sha(await readFile(join(project, `image-${index}.tar`))));
      assert.deepEqual(await readdir(project), ["config.schema.json", `image-${index}.tar`, "tiny.wasm"]);
    }
    assert.equal(outputs[0], outputs[1]);
  });

  test("say what is in an image, with what its project says of it", async (context) => {
    const folder = await scratch(context);
    const build = join(folder, "build");
    await mkdir(build);
    await mkdir(join(folder, "assembly"));
    await writeFile(join(folder, "assembly", "index.ts"), "");
    const described = {
      name: "@acme/tiny",
      version: "1.2.3",
      license: "MIT",
      repository: "github:acme/tiny",
    };
    await writeFile(join(folder, "package.json"), JSON.stringify(described));
    await writeFile(join(folder, "config.schema.json"), '{ "type":\n "object" }');
    await writeFile(join(folder, "runtime-config.json"), '{ "rootIds": ["one", "two"], "filter": "http" }');
    const module = await pluginWat();
    await writeFile(join(build, "tiny.wasm"), module);
    const words = ["build", "build/tiny.wasm", "--layout", "oci", "--revision", "abc123", "--json"];
    const built = await apwImage([...words, "--annotation", "org.opencontainers.image.vendor=Acme"], {
      cwd: folder,
    });
    assert.equal(built.code, 0, built.stderr);
    const { output, sha256 } = JSON.parse(built.stdout) as { output: string; sha256: string };
    assert.equal(output, join(build, "tiny.tar"));
    const shown = await apwImage(["inspect", "build/tiny.tar", "--json"], { cwd: folder });
    assert.equal(shown.code, 0, shown.stderr);
    const said = JSON.parse(shown.stdout) as Record<string, unknown>;
    assert.equal(said["layout"], "oci");
    assert.equal(said["sha256"], sha256);
    assert.deepEqual(said["istio"], { accepted: true });
    assert.deepEqual(said["annotations"], {
      "as-proxy-wasm.abi-version": "0.2.1",
      "as-proxy-wasm.config-schema": '{"type":"object"}',
      "as-proxy-wasm.filter": "http",
      "as-proxy-wasm.module-sha256": sha(module),
      "as-proxy-wasm.root-ids": "one,two",
      "org.opencontainers.image.licenses": "MIT",
      "org.opencontainers.image.revision": "abc123",
      "org.opencontainers.image.source": "https://github.com/acme/tiny",
      "org.opencontainers.image.title": "tiny",
      "org.opencontainers.image.vendor": "Acme",
      "org.opencontainers.image.version": "1.2.3",
    });
    const plain = await apwImage(["inspect", "build/tiny.tar"], { cwd: folder });
    assert.match(plain.stdout, new RegExp(`sha256  ${sha256} for spec.sha256`));
    assert.match(plain.stdout, /Istio {3}takes it/);
  });

  test("end with 1 on an image that Istio refuses and on a module that hosts refuse", async (context) => {
    const folder = await scratch(context);
    const refused = await handmade(mediaTypes.ociManifest, [[mediaTypes.wasmContent, tinyModule]]);
    await writeFile(join(folder, "one-layer.tar"), await archive(refused, "x", "1"));
    const shown = await apwImage(["inspect", "one-layer.tar"], { cwd: folder });
    assert.equal(shown.code, 1);
    assert.match(shown.stdout, /refuses it: an artifact must have exactly two layers, and this has 1/);
    await writeFile(join(folder, "tiny.wasm"), tinyModule);
    const built = await apwImage(["build", "tiny.wasm"], { cwd: folder });
    assert.equal(built.code, 1);
    assert.match(built.stderr, /no memory is exported/);
    assert.equal((await apwImage(["build", "tiny.wasm", "--force"], { cwd: folder })).code, 0);
  });

  test("say in one sentence what was used wrong", async (context) => {
    const folder = await scratch(context);
    await writeFile(join(folder, "good.wasm"), await pluginWat());
    await writeFile(join(folder, "text.wasm"), "no module at all");
    await writeFile(join(folder, "bad.json"), "{");
    const cases: [words: string[], says: RegExp, environment?: NodeJS.ProcessEnv][] = [
      [["build", "missing.wasm"], /there is no missing\.wasm/],
      [["build", "text.wasm"], /text\.wasm is no WebAssembly module: it is text/],
      [["build", "good.wasm", "--layout", "zip"], /docker, oci, artifact/],
      [["build", "good.wasm", "--output", "good.wasm/x.tar"], /good\.wasm.*folder is needed/],
      [["build", "good.wasm", "--output", "/proc/x.tar"], /\/proc\/x\.tar/],
      [["build", "good.wasm", "--output", "/proc/x/y/z.tar"], /\/proc\/x\/y\/z\.tar/],
      [["build", "good.wasm", "--annotation", "novalue"], /name=value, and novalue/],
      [["build", "good.wasm", "--config-schema", "bad.json"], /bad\.json is not JSON/],
      [["build", "good.wasm", "--config-schema", "none.json"], /no .*none\.json/],
      [["build", "good.wasm", "--revision"], /git knows no commit/],
      [["build", "good.wasm"], /SOURCE_DATE_EPOCH is soon/, { SOURCE_DATE_EPOCH: "soon" }],
      [["inspect", "missing.tar"], /no file or folder missing\.tar/],
      [["inspect", "nothing"], /no file or folder nothing; an image in a registry is written oci:/],
      [["pull", "./nothing/here"], /no file or folder \.\/nothing\/here/],
      [["build", "good.wasm", "--output", "/dev/full"], /\/dev\/full cannot be written: the disk is full/],
      [["inspect", "."], /folder without an OCI layout/],
      [["inspect", "text.wasm"], /text\.wasm is neither a module nor an image/],
      [["inspect", "https://ghcr.io/a/b:1"], /oci:\/\/ghcr\.io\/a\/b:1/],
      [["pull", "oci://ghcr.io/Acme/B:1"], /capital letters/],
      [["pull", "oci://ghcr.io/a/b:1", "--sha256", "xyz"], /64 digits/],
      [["push", "good.wasm", `oci://ghcr.io/a/b@sha256:${"a".repeat(64)}`], /pushed to a tag/],
      [["push", "good.wasm", "oci://127.0.0.1:1/ab", "--username", "me"], /--password-stdin/],
      [["push", "good.wasm", "oci://127.0.0.1:1/ab", "--password-stdin"], /--username/],
      [["push", "good.wasm", "oci://127.0.0.1:1/ab"], /port 1 is one of those that Node's fetch refuses/],
      [
        ["push", "good.wasm", `oci://${await freeAddress()}/ab`],
        /nothing listens at 127\.0\.0\.1:\d+: is the registry running/,
      ],
      [
        ["push", "good.wasm", "oci://no-such-host.invalid/ab:1"],
        /there is no host no-such-host\.invalid|broke off \(EAI_AGAIN\)/,
      ],
    ];
    process.chdir(folder);
    context.after(() => process.chdir(root));
    for (const [words, says, environment] of cases) {
      Object.assign(process.env, environment);
      const { text, code } = await apwImageHere(words);
      for (const name of Object.keys(environment ?? {})) delete process.env[name];
      assert.equal(code, 2, `${words.join(" ")}: ${text}`);
      assert.match(text, says, words.join(" "));
      assert.doesNotMatch(text, /\n/, words.join(" "));
    }
    const asUser = await apwImage(["build", "missing.wasm"], { cwd: folder });
    assert.equal(asUser.code, 2);
    assert.match(asUser.stderr, /^there is no missing\.wasm[^\n]*\n$/);
  });
});
