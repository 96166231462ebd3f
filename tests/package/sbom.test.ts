import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { root } from "../../cli/root.js";
import { packedFiles } from "./tarball.js";

interface Component {
  "bom-ref": string;
  name: string;
  version: string;
  purl: string;
  hashes?: { alg: string; content: string }[];
  licenses?: { license?: { id?: string }; expression?: string }[];
}

interface Bill {
  bomFormat: string;
  specVersion: string;
  serialNumber?: string;
  metadata: { timestamp?: string; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

interface Locked {
  version: string;
  integrity?: string;
  dev?: boolean;
  link?: boolean;
}

let text: string;
let bill: Bill;
before(
  async () => {
    text = Buffer.from((await packedFiles()).files.get("dist/sbom.cdx.json")!.bytes).toString();
    bill = JSON.parse(text) as Bill;
  },
  { timeout: 900_000 },
);

test("the package has a bill of materials with what is installed with it, by the hashes of the lock file", async () => {
  const { packages } = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const wanted = Object.entries(packages)
    .filter(([path, { dev, link }]) => path !== "" && !dev && !link)
    .map(([path, { version, integrity }]) => [
      `${path.slice(path.lastIndexOf("node_modules/") + 13)}@${version}`,
      Buffer.from(integrity!.replace("sha512-", ""), "base64").toString("hex"),
    ])
    .sort();
  const found = bill.components
    .map(({ name, version, hashes }) => [
      `${name}@${version}`,
      hashes?.find(({ alg }) => alg === "SHA-512")?.content,
    ])
    .sort();
  assert.deepEqual(found, wanted);
  assert.ok(wanted.length > 13);
  assert.equal(bill.bomFormat, "CycloneDX");
});

test("each component of it has a licence, and each dependency is a component", () => {
  for (const { name, licenses, purl } of bill.components) {
    assert.ok(
      licenses?.some(({ license, expression }) => license?.id ?? expression),
      name,
    );
    assert.match(purl, /^pkg:npm\//);
  }
  const refs = new Set(["bom-ref" in bill.metadata.component && bill.metadata.component["bom-ref"]]);
  for (const component of bill.components) refs.add(component["bom-ref"]);
  for (const { ref, dependsOn } of bill.dependencies)
    for (const one of [ref, ...dependsOn]) assert.ok(refs.has(one), one);
});

test("it says nothing of when, where and from whom it was made", () => {
  assert.equal(bill.metadata.component.name, "as-proxy-wasm");
  assert.equal(bill.serialNumber, undefined);
  assert.equal(bill.metadata.timestamp, undefined);
  const addresses = [...text.matchAll(/\w+:\/\/[^"]+/g)].map(([address]) => address);
  assert.deepEqual(
    addresses.filter((address) => !address.startsWith("http://cyclonedx.org/schema/")),
    [],
  );
});
