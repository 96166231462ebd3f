import assert from "node:assert/strict";
import { readFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { render } from "../../cli/manifest/command.js";
import { joined } from "../../cli/manifest/write.js";
import { pluginFolders } from "../../cli/plugins.js";
import { PluginSchemas } from "../../cli/validate/plugin-config.js";
import { manifestsIn } from "../../cli/validate/read.js";
import { validate } from "../../cli/validate/validate.js";
import { forms, usual } from "../cli/manifest/forms.js";
import { broken, good } from "../cli/validate/manifests.js";
import { findJudge, type Judge, type Judged, NotHere } from "./judge.js";

let judge: Judge | null = null;
let folder: string;

try {
  judge = await findJudge(console.log);
} catch (error) {
  if (!(error instanceof NotHere)) throw error;
  console.log(`left out: ${error.message}`);
}
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-manifests-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** What Istio's validators say of texts: a list for each. */
async function verdictsOn(texts: readonly string[]): Promise<Judged[][]> {
  const files = texts.map((_, index) => join(folder, `${index}.yaml`));
  for (const [index, file] of files.entries()) await writeFile(file, texts[index]!);
  const all = await judge!.validate(...files);
  return files.map((file) => all.filter((judged) => judged.file === file));
}

/**
 * What Istio's validators, which are not the API server's, let by. A closed schema, CEL rules and what Envoy makes of it
 * find these; each has a reason.
 */
const onlyHere: Record<string, string> = {
  "wasmplugin/url-scheme": "without a scheme but with a port the validators see a scheme",
  "wasmplugin/pattern": "names, digests and labels are judged by the API server",
  "wasmplugin/url": "what is no URL at all is found when it is fetched",
  "wasmplugin/url-digest": "the same",
  "wasmplugin/sha256": "the same",
  "wasmplugin/missing": "the API server asks for names",
  "wasmplugin/maxLength": "a rule of the CRD",
  "wasmplugin/port-twice": "a rule of the CRD",
  "wasmplugin/unknown-field":
    "protobuf takes names in either style, and the API server drops those that are not its own",
  "wasmplugin/type": "the plugin's own kind is not Istio's business",
  "wasmplugin/env-host-value": "a CEL rule of the CRD",
  "plugin-config": "the plugin's own schema",
  "envoyfilter/operation": "ADD alone is applied",
  "envoyfilter/apply-to": "",
  "envoyfilter/proxy-version": "the expression is compiled when it is matched",
  "envoyfilter/former-name": "it matches nothing",
  "envoyfilter/listener-match": "it matches nothing",
  "envoyfilter/ecds-type": "Envoy refuses it",
  "envoyfilter/ecds-source": "Envoy refuses it",
  "envoy-wasm": "Envoy refuses it, or runs something else",
  "api-version": "",
  kind: "",
  yaml: "",
};

const ofEveryEnvoyFilter = "EnvoyFilter exposes internal implementation details";

suite("Istio's own validators", { skip: judge === null }, () => {
  test("take every manifest that apw manifest writes", async () => {
    const texts: string[] = [];
    for (const { plugins, options } of forms)
      texts.push(joined(await render(plugins, { ...usual, ...options })));
    const verdicts = await verdictsOn(texts);
    for (const [index, { name }] of forms.entries()) {
      assert.ok(verdicts[index]!.length > 0, name);
      for (const { known, valid, error, kind, warnings = [] } of verdicts[index]!) {
        const said = warnings.filter((warning) => !warning.startsWith(ofEveryEnvoyFilter));
        assert.deepEqual([known, valid, error, said], [true, true, undefined, []], `${name}: ${kind}`);
      }
    }
  });

  test("take those of the bundled plugins", async () => {
    const texts = await Promise.all(
      (await pluginFolders("plugins")).map((plugin) => readFile(join(plugin, "wasmplugin.yaml"), "utf8")),
    );
    assert.ok(texts.length >= 10);
    for (const verdict of (await verdictsOn(texts)).flat())
      assert.ok(verdict.valid, `${verdict.name}: ${verdict.error}`);
  });

  test("take what apw validate takes", async () => {
    const names = Object.keys(good);
    const verdicts = await verdictsOn(Object.values(good));
    for (const [index, name] of names.entries())
      for (const { known, valid, error } of verdicts[index]!)
        if (known) assert.ok(valid, `${name}: ${error}`);
  });

  test("refuse nothing that apw validate takes, among broken manifests", async () => {
    const verdicts = await verdictsOn(broken.map(({ text }) => text));
    let refused = 0;
    for (const [index, { name, text }] of broken.entries()) {
      const isRefused = verdicts[index]!.some(({ known, valid }) => known && !valid);
      if (!isRefused) continue;
      refused++;
      const errors = validate(manifestsIn(text, "x.yaml"), new PluginSchemas()).filter(
        ({ level }) => level === "error",
      );
      assert.ok(
        errors.length > 0,
        `${name}: Istio says ${verdicts[index]!.map(({ error }) => error).join("; ")}`,
      );
    }
    assert.ok(refused >= 15, `Istio refuses only ${refused} of them`);
  });

  test("let by only what is known to need more than them", async () => {
    const verdicts = await verdictsOn(broken.map(({ text }) => text));
    for (const [index, { name, rule, level = "error" }] of broken.entries()) {
      const isRefused = verdicts[index]!.some(({ valid, known }) => known && !valid);
      if (isRefused || level !== "error") continue;
      const isExplained = Object.keys(onlyHere).some(
        (known) => rule === known || rule.startsWith(`${known}/`),
      );
      assert.ok(isExplained, `${name}: ${rule} is found here, and Istio takes it`);
    }
  });
});
