import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { pluginFolders } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { edited } from "../../cli/validate/edit.js";
import { PluginSchemas } from "../../cli/validate/plugin-config.js";
import { manifestsIn } from "../../cli/validate/read.js";
import { validate } from "../../cli/validate/validate.js";
import { apwIn } from "./apw.js";
import { broken, good } from "./validate/manifests.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-validate-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const findingsOf = (text: string) => validate(manifestsIn(text, "x.yaml"), new PluginSchemas());

/** The command as a user runs it; tools of a cluster, which this machine may have, are not asked. */
const apw = (...args: string[]) => apwIn({}, "validate", "--no-tools", "--no-images", ...args);

suite("broken manifests are found, each by what is wrong with it", () => {
  for (const { name, text, rule, line, level = "error" } of broken) {
    test(name, () => {
      const found = findingsOf(text);
      const meant = found.filter((finding) => finding.rule === rule);
      const told = found.map((finding) => `${finding.line} ${finding.rule}: ${finding.message}`).join("\n");
      assert.equal(meant.length, 1, `${rule} is not found once among\n${told}`);
      assert.equal(meant[0]!.line, line, told);
      assert.equal(meant[0]!.level, level, told);
    });
  }
});

suite("good manifests are not complained of", () => {
  for (const [name, text] of Object.entries(good)) {
    test(name, () => {
      const found = findingsOf(text).filter(({ level }) => level !== "notice");
      assert.deepEqual(
        found.map(({ rule, message }) => `${rule}: ${message}`),
        [],
      );
    });
  }

  test("those of the bundled plugins", async () => {
    for (const plugin of await pluginFolders("plugins")) {
      const text = await readFile(join(plugin, "wasmplugin.yaml"), "utf8");
      assert.deepEqual(
        findingsOf(text).map(({ rule, message }) => `${rule}: ${message}`),
        [],
        plugin,
      );
    }
  });
});

suite("what needs no thought is put right", () => {
  const fixable = broken.filter(({ fixed }) => fixed !== undefined);
  for (const { name, text, fixed } of fixable) {
    test(name, () => {
      const edits = findingsOf(text).flatMap(({ document, fix = [] }) =>
        fix.map((edit) => ({ document, edit })),
      );
      assert.equal(edited(text, edits), fixed);
    });
  }

  test("in the file, and all else in it stays as it was", async () => {
    const file = join(folder, "fixed.yaml");
    const { text, fixed } = broken.find(({ name }) => name === "a key in another style")!;
    await writeFile(file, text);
    const { stdout } = await apw("--fix", file);
    assert.match(stdout, /^1 object: 1 put right, nothing to complain of$/m);
    assert.equal(await readFile(file, "utf8"), fixed);
  });

  test("a choice between two names that are as near is left to the user", async () => {
    const { text } = broken.find(({ name }) => name === "a phase that there is not")!;
    const file = join(folder, "ambiguous.yaml");
    await writeFile(file, text);
    await apw("--fix", file);
    assert.equal(await readFile(file, "utf8"), text);
  });
});

suite("the command", () => {
  test("tells file, line, path and proposal, and ends with 1", async () => {
    const file = join(folder, "typo.yaml");
    await writeFile(file, broken.find(({ name }) => name === "a misspelt key")!.text);
    const { exitCode: code, stdout } = await apw(file);
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`^${file}:8  error  WasmPlugin shop/auth  spec\\.failStratagy$`, "m"));
    assert.match(stdout, /^ {2}Write failStrategy\.$/m);
  });

  test("ends with 0 for good ones, of several files and folders, and leaves other YAML files alone", async () => {
    const place = join(folder, "good");
    await rm(place, { recursive: true, force: true });
    await mkdir(join(place, "inner"), { recursive: true });
    await copyFile(join(root, "plugins/hello/wasmplugin.yaml"), join(place, "inner", "hello.yaml"));
    await writeFile(join(place, "values.yaml"), "replicas: 3\n");
    const { exitCode: code, stdout } = await apw(place);
    assert.match(stdout, /^1 object: nothing to complain of$/m);
    assert.equal(code, 0);
  });

  test("counts warnings as findings when it is strict", async () => {
    const file = join(folder, "warning.yaml");
    await writeFile(file, broken.find(({ level }) => level === "warning")!.text);
    assert.equal((await apw(file)).exitCode, 0);
    assert.equal((await apw("--strict", file)).exitCode, 1);
  });

  test("reads standard input, lists of kubectl and JSON", async () => {
    const item = {
      apiVersion: "extensions.istio.io/v1alpha1",
      kind: "WasmPlugin",
      metadata: { name: "a" },
      spec: { url: "ftp://x/y" },
    };
    const { exitCode: code, stdout } = await apwIn(
      { input: JSON.stringify({ apiVersion: "v1", kind: "List", items: [item] }) },
      "validate",
      "--no-tools",
      "--no-images",
      "--json",
      "-",
    );
    assert.equal(code, 1);
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; path: string; object: string }[] };
    assert.ok(
      findings.some(
        ({ rule, path, object }) =>
          rule === "wasmplugin/url-scheme" && path === "spec.url" && object === "WasmPlugin a",
      ),
    );
  });

  test("judges pluginConfig by a schema that is given", async () => {
    const file = join(folder, "own.yaml");
    const schema = join(folder, "own.schema.json");
    await writeFile(
      schema,
      JSON.stringify({
        type: "object",
        properties: { greeting: { type: "string" } },
        additionalProperties: false,
      }),
    );
    await writeFile(file, good["a plugin of one's own"]!.replace("greeting: hello", "greting: hello"));
    assert.equal((await apw(file)).exitCode, 0);
    const { exitCode: code, stdout } = await apw("--schema", `mine=${schema}`, file);
    assert.equal(code, 1);
    assert.match(stdout, /spec\.pluginConfig\.greting is not known.*\n {2}Write greeting\./);
  });

  for (const [name, args, sentence] of [
    ["a file that is not there", ["/nowhere/x.yaml"], /^there is no file or folder \/nowhere\/x\.yaml$/],
    ["no file at all", [], /^missing required argument 'files or folders'/],
    [
      "a schema that is not there",
      ["--schema", "a=/nowhere.json", "plugins/hello/wasmplugin.yaml"],
      /^--schema a=\/nowhere\.json: there is no file \/nowhere\.json$/,
    ],
    [
      "a schema that is none",
      ["--schema", "README.md", "plugins/hello/wasmplugin.yaml"],
      /is no JSON Schema/,
    ],
  ] as const) {
    test(`wrong use: ${name}`, async () => {
      const { exitCode: code, stdout, stderr } = await apw(...args);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr.trim(), sentence);
      assert.equal(stderr.trim().split("\n").length, 1);
    });
  }
});

test("a project that is called as a bundled plugin has its own configuration", async () => {
  const project = join(folder, "hello");
  await mkdir(project);
  const properties = { greeting: { type: "string" } };
  const schema = { type: "object", properties, additionalProperties: false };
  await writeFile(join(project, "config.schema.json"), JSON.stringify(schema));
  const manifest = (greeting: string) => `apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: { name: hello, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  url: oci://registry.example/shop/hello:1
  sha256: "${"1".repeat(64)}"
  pluginName: hello
  pluginConfig: { greeting: ${greeting} }
`;
  const errors = (greeting: string) =>
    validate(manifestsIn(manifest(greeting), join(project, "wasmplugin.yaml")), new PluginSchemas())
      .filter(({ level }) => level === "error")
      .map(({ rule }) => rule);
  // Without a name of its own the folder may be anybody's.
  assert.deepEqual(errors("hi"), ["plugin-config/unknown-field"]);
  await writeFile(join(project, "package.json"), '{ "name": "hello" }');
  assert.deepEqual(errors("hi"), []);
  assert.deepEqual(errors("17"), ["plugin-config/type"]);
});
