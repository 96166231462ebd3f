import assert from "node:assert/strict";
import { afterEach } from "node:test";
import { PlayedCluster, type PlayedPod, type Script } from "./scripted.js";

// What the tests of deployments begin with: a WasmPlugin shop/hello for the pods of app=web.

export const [one, two] = ["1".repeat(64), "2".repeat(64)] as const;

/** On a port where nothing listens: no registry is asked by mistake. */
export const image = (tag: string, plugin = "hello"): string => `oci://127.0.0.1:1/${plugin}:${tag}`;

export const web = (name: string, more: Partial<PlayedPod> = {}): PlayedPod => ({
  name,
  namespace: "shop",
  labels: { app: "web" },
  proxy: "follows",
  ...more,
});

/** The manifest; `more` are further lines of the spec. Of the bundled plugin, unless it names another. */
export const manifest = (more = "", tag = "1", sha256: string = one, plugin = "hello"): string =>
  `apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: { name: hello, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  url: ${image(tag, plugin)}
  sha256: "${sha256}"
  pluginName: ${plugin}
  phase: STATS
  match: [{ mode: SERVER }]
  failStrategy: FAIL_OPEN
${more}`;

let cluster: PlayedCluster | null = null;

/** Ends the cluster of each test of a file. */
export function endsClusters(): void {
  afterEach(async () => {
    await cluster?.stop();
    cluster = null;
  });
}

export async function played(script: Partial<Script> = {}): Promise<PlayedCluster> {
  cluster = await PlayedCluster.start({ pods: [web("web-1"), web("web-2")], ...script });
  return cluster;
}

/** The same with the manifest deployed. */
export async function deployed(script: Partial<Script> = {}): Promise<PlayedCluster> {
  const here = await played(script);
  const file = await here.file("hello.yaml", manifest());
  const { exitCode, stdout, stderr } = await here.apw("deploy", file, "--no-images");
  assert.equal(exitCode, 0, stdout + stderr);
  return here;
}

export const updated = (here: PlayedCluster, tag: string, sha256: string, ...more: string[]) =>
  here.apw(
    ...["update", "hello", "-n", "shop", "--image", image(tag), "--sha256", sha256, "--no-images"],
    ...more,
  );
