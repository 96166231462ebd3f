import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../cli/root.js";
import { keys, onTerminal, type Step, type Terminal, type Typed } from "./pty.js";

const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const command = [process.execPath, "--import", loader, join(root, "cli", "apw.ts"), "init"];

const name = (send: string): Step => ({ wait: "called\\?", send });
const template = (send: string): Step => ({ wait: "begin with\\?.*to navigate", send });
const manager = (send: string): Step => ({ wait: "package.*manager.*navigate", send });
const installs = (send: string): Step => ({ wait: "install.*now\\?", send });

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-init-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Each in an empty folder of its own. */
async function answer(
  steps: Step[],
  terminal: Partial<Terminal> = {},
  words: string[] = [],
): Promise<Typed & { cwd: string }> {
  const cwd = await mkdtemp(join(folder, "in-"));
  return { ...(await onTerminal([...command, ...words], steps, { cwd, ...terminal })), cwd };
}

async function manifestIn(cwd: string) {
  return JSON.parse(await readFile(join(cwd, "package.json"), "utf8")) as {
    name: string;
    description: string;
    overrides?: object;
  };
}

const isCursorShown = (raw: string): boolean => raw.lastIndexOf("\x1b[?25h") >= raw.lastIndexOf("\x1b[?25l");

test("init takes Enter for the default of every question", async () => {
  const { exitCode, text, cwd, raw, isModeRestored } = await answer(
    [name(keys.enter), template(keys.enter), manager(keys.enter), installs("n")],
    {},
  );
  assert.equal(exitCode, 0, text);
  assert.match((await manifestIn(cwd)).name, /^in-/);
  assert.match(await readFile(join(cwd, "assembly", "index.ts"), "utf8"), /class Hello /);
  assert.ok((await manifestIn(cwd)).overrides, "npm is the default");
  assert.match(text, /Next\s+npm install\s+npx apw run\s+npm run test\s*$/);
  assert.ok(isCursorShown(raw) && isModeRestored);
});

test("init takes a name that is typed, and what the arrow keys choose", async () => {
  const { exitCode, text, cwd } = await answer([
    name("typed\r"),
    template(keys.down),
    { wait: "● custom-header", send: keys.down },
    { wait: "● auth-callout", send: keys.down },
    { wait: "● body-rewrite", send: keys.up },
    { wait: "● auth-callout", send: keys.enter },
    manager(keys.down),
    { wait: "● pnpm", send: keys.enter },
    installs("n"),
  ]);
  assert.equal(exitCode, 0, text);
  assert.equal((await manifestIn(cwd)).name, "typed");
  assert.match(await readFile(join(cwd, "assembly", "index.ts"), "utf8"), /register\("typed"/);
  assert.ok(existsSync(join(cwd, "assembly", "verdict.ts")));
  assert.ok(existsSync(join(cwd, "pnpm-workspace.yaml")));
});

test("init says at once what is wrong with a name, and takes a better one", async () => {
  const { exitCode, text, cwd } = await answer([
    name("My Filter\r"),
    { wait: "no name for an npm package", send: "\x7f".repeat(9) },
    { wait: "called|│", send: "mine\r" },
    template(keys.enter),
    manager(keys.enter),
    installs("n"),
  ]);
  assert.equal(exitCode, 0, text);
  assert.equal((await manifestIn(cwd)).name, "mine");
});

test("init asks for no more than was not said", async () => {
  const words = ["--name", "said", "--package-manager", "npm", "--no-install"];
  const { exitCode, text, cwd } = await answer([template(keys.enter)], {}, words);
  assert.equal(exitCode, 0, text);
  assert.doesNotMatch(text, /called\?|package manager/);
  assert.equal((await manifestIn(cwd)).name, "said");
});

for (const [question, steps] of [
  ["the name", [name(keys.ctrlC)]],
  ["the template", [name(keys.enter), template(keys.ctrlC)]],
  ["the package manager", [name(keys.enter), template(keys.enter), manager(keys.ctrlC)]],
  ["whether to install", [name(keys.enter), template(keys.enter), manager(keys.enter), installs(keys.ctrlC)]],
  ["the template, by Escape", [name(keys.enter), template(keys.escape)]],
] as const) {
  test(`init writes nothing when it is left at ${question}`, async () => {
    const { exitCode, text, raw, isModeRestored, cwd } = await answer([...steps], {}, ["made"]);
    assert.equal(exitCode, 130, text);
    assert.match(text, /Nothing was written/);
    assert.deepEqual(await readdir(cwd), []);
    assert.ok(isCursorShown(raw), "the cursor is hidden");
    assert.ok(isModeRestored, "the terminal is not as it was");
  });
}

test("init keeps to a narrow terminal", async () => {
  const { exitCode, text, cwd } = await answer(
    [
      name("narrow\r"),
      { wait: "begin.*navigate", send: keys.down },
      { wait: "configured.*navigate", send: keys.enter },
      manager("\r"),
      installs("n"),
    ],
    { columns: 24, rows: 12 },
  );
  assert.equal(exitCode, 0, text);
  assert.ok(existsSync(join(cwd, "assembly", "status-set.ts")));
});

test("init shows no colours where NO_COLOR is set", async () => {
  const steps = [name(keys.enter), template(keys.ctrlC)];
  const colours = /\x1b\[(?:3[0-7]|9[0-7])m/;
  assert.doesNotMatch((await answer(steps, { environment: { NO_COLOR: "1" } })).raw, colours);
  assert.match((await answer(steps)).raw, colours);
});
