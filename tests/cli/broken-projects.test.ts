import assert from "node:assert/strict";
import { rm, symlink, unlink, writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { refuseAll, apwIn } from "./apw.js";
import { greeter, withProject } from "./run-harness.js";

const sources = { "assembly/index.ts": greeter("hi") };
const onEmbedded = ["--host", "embedded"];
const scenario = { "scenarios/greets.yaml": "name: greets\n" };

suite("a project with a broken", () => {
  const files: [file: string, text: string, commands: string[][], says: RegExp][] = [
    ["package.json", "{", [["run"], ["call"], ["test"], ["build"], ["bench"]], /package\.json is not JSON: /],
    [
      "package.json",
      '{"name": 5}',
      [["run"], ["build"]],
      /package\.json: name must be a package's name, such as my-filter\n$/,
    ],
    [
      "runtime-config.json",
      "{",
      [["run"], ["call"], ["test"], ["build"], ["bench"]],
      /runtime-config\.json is not JSON: /,
    ],
    [
      "runtime-config.json",
      '{"rootIds": "greeter"}',
      [["run"], ["call"]],
      /runtime-config\.json: rootIds must be a list of names, such as \["my-filter"\]\n$/,
    ],
    ["runtime-config.json", '{"filter": "tcp"}', [["run"]], /filter must be "http" or "network"\n$/],
    [
      "runtime-config.json",
      '{"envoy": {"tested": "1"}}',
      [["run"]],
      /envoy\.tested must be a list of versions/,
    ],
    ["runtime-config.json", '{"istio": 1}', [["run"]], /istio must be an object\n$/],
    ["runtime-config.json", "[]", [["run"]], /runtime-config\.json must be an object/],
    ["config.schema.json", "{", [["run"], ["call"], ["bench"]], /config\.schema\.json is no JSON schema: /],
    ["config.schema.json", '{"type": "thing"}', [["run"]], /config\.schema\.json is no JSON schema: .*type/],
    [
      "scenarios/greets.yaml",
      "a: [",
      [["test", ...onEmbedded]],
      /^scenarios\/greets\.yaml:\d+: Flow sequence/,
    ],
    ["scenarios/greets.yaml", "", [["test", ...onEmbedded]], /^scenarios\/greets\.yaml: has no scenario\n$/],
  ];
  for (const [file, text, commands, says] of files)
    test(`${file} (${text}) is told so`, () =>
      withProject({ ...sources, ...scenario, [file]: text }, (cwd) =>
        refuseAll(
          commands.map((words) => [words, says] as const),
          { cwd },
        ),
      ));
});

test("a project's asconfig.json that is no JSON is a finding of the compiler, with what to do", () =>
  withProject({ ...sources, "asconfig.json": "{ x" }, async (cwd) => {
    const { exitCode, stderr } = await apwIn({ cwd }, "build");
    assert.match(stderr, /asconfig\.json is not JSON: put that right/);
    assert.doesNotMatch(stderr, /^\s+at /m);
    assert.equal(exitCode, 1);
  }));

test("a project without node_modules is told to install them, by each command that compiles", () =>
  withProject({ ...sources, ...scenario }, async (cwd) => {
    await unlink(join(cwd, "node_modules"));
    const says = /[Tt]he compiler is not installed.*run npm install/;
    await refuseAll([[["build", "--json"], says]], { cwd });
    for (const words of [["run", "--watch", ...onEmbedded], ["run", ...onEmbedded], ["call"]]) {
      const { exitCode, stderr } = await apwIn({ cwd }, ...words);
      assert.match(stderr, says);
      assert.equal(exitCode, 2);
    }
  }));

test("a file where a folder is needed, and a folder where a file is, are told by their names", () =>
  withProject(sources, async (cwd) => {
    await rm(join(cwd, "asconfig.json"));
    await writeFile(join(cwd, "scenarios"), "");
    await mkdir(join(cwd, "config.json"));
    await symlink("loop", join(cwd, "loop"));
    await refuseAll(
      [
        [
          ["call", "--config", "config.json"],
          /^--config: \S*config\.json is a folder, where a file is needed\n$/,
        ],
        [["test", "scenarios", ...onEmbedded], /scenarios/],
        [["check", "config.json"], /^config\.json is a folder: name the module in it/],
        [["call", "loop/x.wasm"], /^there is no loop\/x\.wasm/],
        [["test", "--junit", cwd, "hello", ...onEmbedded, "--filter", "nobody has this"], /nobody has this/],
      ],
      { cwd },
    );
  }));
