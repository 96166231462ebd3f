import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Finding, WrongUse } from "../terminal.js";
import { askTools } from "./cluster.js";
import { edited } from "./edit.js";
import type { FindingInFile } from "./finding.js";
import { PluginSchemas } from "./plugin-config.js";
import { type Manifest, readManifests } from "./read.js";
import { closingLine, findingText, jsonReport, verdictText } from "./report.js";
import { validate, validateImages } from "./validate.js";

export interface ValidateOptions {
  schema?: string[];
  fix?: boolean;
  strict?: boolean;
  tools: boolean;
  images: boolean;
  json?: boolean;
}

/** Runs `apw validate`; ends with `Finding` where something must be put right. */
export async function validateFiles(places: readonly string[], options: ValidateOptions): Promise<void> {
  const schemas = new PluginSchemas(givenSchemas(options.schema ?? []));
  let manifests = await readManifests(places);
  // In folders there are other YAML files: what has neither kind nor apiVersion is none of Kubernetes'.
  const isNamed = new Set(places.filter((place) => place !== "-" && statSync(place).isFile()));
  const isOne = ({ value, broken }: Manifest) =>
    broken.length > 0 || value?.["kind"] !== undefined || value?.["apiVersion"] !== undefined;
  const meant = (all: readonly Manifest[]) =>
    all.filter((manifest) => isNamed.has(manifest.file) || manifest.file === "<stdin>" || isOne(manifest));
  manifests = meant(manifests);
  if (manifests.length === 0) throw new WrongUse(`${places.join(", ")}: there is no manifest in it`);
  const judge = async () => [
    ...validate(manifests, schemas),
    ...(options.images ? await validateImages(manifests, schemas) : []),
  ];
  let found = await judge();
  let fixed = 0;
  if (options.fix) {
    fixed = applyFixes(found);
    if (fixed > 0) {
      manifests = meant(await readManifests(places));
      found = await judge();
    }
  }
  const files = [...new Set(manifests.map(({ file }) => file))].filter((file) => file !== "<stdin>");
  const verdicts = options.tools ? await askTools(files) : [];
  if (options.json)
    console.log(JSON.stringify(jsonReport(found, verdicts, manifests.length, fixed), null, 2));
  else {
    for (const finding of found) console.log(`${findingText(finding)}\n`);
    for (const verdict of verdicts) console.log(verdictText(verdict));
    console.log(closingLine(found, manifests.length, fixed));
    const fixable = found.filter(({ fix }) => fix !== undefined).length;
    if (fixable > 0 && !options.fix) console.log(`--fix puts ${fixable} of them right.`);
  }
  const isBad = found.some(
    ({ level }) =>
      level === "error" || (level === "warning" && options.strict !== undefined && options.strict),
  );
  if (isBad || verdicts.some(({ ok }) => ok === false)) throw new Finding();
}

/** `basic-auth=schema.json`, or one file for all. */
function givenSchemas(words: readonly string[]): Map<string, string> {
  return new Map(
    words.map((word) => {
      const [, name = "*", path = word] = /^([a-z0-9-]+)=(.+)$/.exec(word) ?? [];
      const file = existsSync(path) && statSync(path).isDirectory() ? join(path, "config.schema.json") : path;
      if (!existsSync(file)) throw new WrongUse(`--schema ${word}: there is no file ${file}`);
      return [name, file];
    }),
  );
}

/** Puts right what needs no thought, in the files. Gives back how many. */
function applyFixes(found: readonly FindingInFile[]): number {
  let fixed = 0;
  for (const file of new Set(found.map((finding) => finding.file))) {
    if (file === "<stdin>") continue;
    const fixable = found.filter(
      (finding) => finding.file === file && finding.fix !== undefined && !finding.isListed,
    );
    if (fixable.length === 0) continue;
    const text = readFileSync(file, "utf8");
    const edits = fixable.flatMap(({ fix, document }) => fix!.map((edit) => ({ document, edit })));
    const after = edited(text, edits);
    if (after === text) continue;
    writeFileSync(file, after);
    fixed += fixable.length;
  }
  return fixed;
}
