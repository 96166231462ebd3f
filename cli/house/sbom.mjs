// The bill of materials of the package, `dist/sbom.cdx.json`: what npm writes, without what is another one each time and
// in each folder, so that the same sources make the same package.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "./npm.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * @typedef {{ "bom-ref": string, name: string, properties?: { name: string }[], externalReferences?: { type: string }[] }} Component
 * @typedef {{ ref: string, dependsOn: string[] }} Edges
 */
/** @type {{ serialNumber?: string, metadata: { timestamp?: string, component: Component }, components: Component[], dependencies: Edges[] }} */
const bill = JSON.parse(npm("sbom", "--sbom-format=cyclonedx", "--package-lock-only"));
delete bill.serialNumber;
delete bill.metadata.timestamp;
// Of the house: also the package itself, which the tests import by its name. `--omit=dev` would leave out what both the package and a tool of the house need.
/** @param {Component} component */
const isOfTheHouse = ({ properties = [] }) =>
  properties.some(({ name }) => name === "cdx:npm:package:development");
bill.components = bill.components.filter((component) => !isOfTheHouse(component));
const refs = new Set([bill.metadata.component, ...bill.components].map((component) => component["bom-ref"]));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one) && one !== ref) }));
// npm takes the folder's name for it.
bill.metadata.component.name = /** @type {{ name: string }} */ (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
).name;
// Where a package was downloaded from is the matter of whoever did; its hash says which one it is.
for (const component of [bill.metadata.component, ...bill.components])
  if (component.externalReferences)
    component.externalReferences = component.externalReferences.filter(({ type }) => type !== "distribution");
mkdirSync(join(root, "dist"), { recursive: true });
writeFileSync(join(root, "dist", "sbom.cdx.json"), `${JSON.stringify(bill, null, 2)}\n`);
