import { buildImage, type Content, type Layout } from "../../../cli/oci/build.js";
import { digestOf, type Image, type Manifest, mediaTypes, openImage } from "../../../cli/oci/image.js";
import { compress, tar } from "../../../cli/oci/layer.js";

/** The smallest module with the marker of the ABI: its digest is pinned in the tests, so it never changes. */
export const tinyModule = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x1b, 0x01, 0x17, ...Buffer.from("proxy_abi_version_0_2_1"), 0x00, 0x00],
  ...[0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b],
]);

export const tinyContent: Content = {
  module: tinyModule,
  annotations: { "org.opencontainers.image.version": "1.0.0", "as-proxy-wasm.abi-version": "0.2.1" },
  runtime: { type: "envoy_proxy", abiVersions: ["0.2.1"], config: { rootIds: ["tiny"] } },
};

export const tinyImage = (layout: Layout, more: Partial<Content> = {}): Promise<Image> =>
  buildImage(layout, { ...tinyContent, ...more });

/** A module of about this size whose bytes do not compress: a custom section of noise after the tiny one. */
export function largeModule(size: number): Uint8Array {
  const noise = new Uint8Array(size);
  for (let index = 0, state = 1; index < size; index++)
    noise[index] = (state = (state * 48271) % 2147483647) >>> 8;
  noise[0] = 1; // the length of the section's name
  const length = [0, 7, 14, 21].map((shift, index) => ((size >> shift) & 0x7f) | (index < 3 ? 0x80 : 0));
  return new Uint8Array([...tinyModule, 0x00, ...length, ...noise]);
}

type Part = [mediaType: string, bytes: Uint8Array];

/** An image put together by hand, as other tools lay theirs out. */
export async function handmade(
  mediaType: string | undefined,
  layers: Part[],
  config: Part = [mediaTypes.ociConfig, new TextEncoder().encode("{}")],
): Promise<Image> {
  const blobs = new Map<string, Uint8Array>();
  const add = ([type, bytes]: Part) => {
    blobs.set(digestOf(bytes), bytes);
    return { mediaType: type, size: bytes.length, digest: digestOf(bytes) };
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    ...(mediaType !== undefined && { mediaType }),
    config: add(config),
    layers: layers.map(add),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  return openImage({
    name: "handmade",
    manifest: async () => ({ bytes }),
    blob: async ({ digest }) => blobs.get(digest)!,
  });
}

export const tarGz = async (...files: [name: string, bytes: Uint8Array][]): Promise<Uint8Array> =>
  compress(await tar(files.map(([name, bytes]) => ({ name, bytes }))));

export type Handmade = [name: string, image: Image, refusal: RegExp | null];

/** Images of every kind, and what is said of those that Istio refuses. */
export async function allKinds(): Promise<Handmade[]> {
  const { dockerManifest, dockerLayer, dockerConfig, ociLayer, ociManifest, wasmContent, wasmConfig } =
    mediaTypes;
  const plugin = await tarGz(["plugin.wasm", tinyModule]);
  const nested = await tarGz(["./app/plugin.wasm", tinyModule]);
  const other = await tarGz(["main.wasm", tinyModule]);
  const text = new TextEncoder().encode("{}");
  const docker: Part = [dockerConfig, text];
  return [
    ["docker", await tinyImage("docker"), null],
    ["oci", await tinyImage("oci"), null],
    ["artifact", await tinyImage("artifact"), null],
    ["docker in a folder", await handmade(dockerManifest, [[dockerLayer, nested]], docker), null],
    ["oci without a media type", await handmade(undefined, [[ociLayer, plugin]]), null],
    [
      "artifact, config first",
      await handmade(ociManifest, [
        [wasmConfig, text],
        [wasmContent, tinyModule],
      ]),
      null,
    ],
    [
      "artifact of one layer",
      await handmade(ociManifest, [[wasmContent, tinyModule]]),
      /exactly two layers, and this has 1/,
    ],
    [
      "artifact of three",
      await handmade(ociManifest, [
        [wasmContent, tinyModule],
        [wasmConfig, text],
        [wasmConfig, text],
      ]),
      /exactly two/,
    ],
    [
      "another name",
      await handmade(dockerManifest, [[dockerLayer, other]], docker),
      /holds main\.wasm, and no plugin\.wasm/,
    ],
    [
      "not in the last layer",
      await handmade(ociManifest, [
        [ociLayer, plugin],
        [ociLayer, other],
      ]),
      /no plugin\.wasm/,
    ],
    ["no layers", await handmade(ociManifest, []), /no layers/],
    [
      "OCI's layer in Docker's manifest",
      await handmade(dockerManifest, [[ociLayer, plugin]], docker),
      /must be .*diff\.tar\.gzip/,
    ],
    [
      "a layer that is not compressed",
      await handmade(ociManifest, [[ociLayer, tinyModule]]),
      /not compressed with gzip/,
    ],
    [
      "not a module",
      await handmade(ociManifest, [[ociLayer, await tarGz(["plugin.wasm", text])]]),
      /no WebAssembly module/,
    ],
    [
      "another tool's artifact",
      await handmade(ociManifest, [["application/wasm", tinyModule]]),
      /application\/wasm, and must be/,
    ],
  ];
}
