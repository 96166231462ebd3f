import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { envoyVerdicts } from "../../cli/check/envoy.js";
import { findEnvoy } from "../../cli/envoy/find.js";
import { EnvoyRefused } from "../../cli/envoy/process.js";
import { LoadError, LogLevel, ProxyWasmHost } from "../../host/index.js";
import { Proxy } from "../envoy/harness.js";
import { crashing, modules } from "./bad-modules.js";

/** Whether a host serves with a module, and what it logs when it does not. */
interface Verdict {
  taken: boolean;
  words: string[];
}

/** What Envoy takes and the embedded host does not, and why. */
const stricter = new Map([
  ["no memory", "Envoy crashes in the first hostcall that hands something over, or in the log's"],
  ["a memory that is not exported", "the same"],
]);

/** What Envoy refuses without a word. */
const withoutWords = new Set(["nothing at all"]);

/** What the embedded host says of a module: all reasons, those that Envoy comes to last too. */
async function hostVerdict(wasm: Uint8Array): Promise<Verdict> {
  try {
    const host = await ProxyWasmHost.load(wasm, { pluginConfig: "text" });
    const words = host.logs.filter(({ level }) => level >= LogLevel.Error).map(({ message }) => message);
    return { taken: host.configured, words: host.configured ? [] : words };
  } catch (error) {
    assert.ok(error instanceof LoadError, String(error));
    return { taken: false, words: error.reasons.flatMap((reason) => reason.split("\n")) };
  }
}

/** A sentence without its hint, and without what versions of V8 and log lines say in ways of their own. */
const bare = (sentence: string) =>
  sentence
    .replace(/ \(.*/, "")
    .replace(/^Wasm VM failed:? /, "")
    .replace("null function or ", "");

suite("the embedded host takes the modules that Envoy takes, and refuses the others in its words:", () => {
  let verdicts: Map<string, Verdict>;
  const binaries = new Map<string, Uint8Array>();
  before(async () => {
    for (const [name, make] of Object.entries(modules)) binaries.set(name, await make());
    verdicts = await envoyVerdicts(binaries, { envoy: (await findEnvoy()).path, configuration: "text" });
  });

  for (const name of Object.keys(modules)) {
    test(name, async () => {
      const expected = verdicts.get(name)!;
      const found = await hostVerdict(binaries.get(name)!);
      if (stricter.has(name)) {
        assert.deepEqual([expected.taken, found.taken], [true, false]);
        return;
      }
      assert.equal(found.taken, expected.taken, [...found.words, "Envoy:", ...expected.words].join("\n"));
      if (found.taken || withoutWords.has(name)) return;
      const said = expected.words.map(bare);
      assert.ok(
        said.includes(bare(found.words[0]!)),
        `"${found.words[0]}" is none of "${said.join('", "')}"`,
      );
      // What the module did is told by itself; what is wrong with how it was made has a hint.
      if (!/^(Function: |Wasm VM failed)/.test(found.words[0]!))
        assert.match(found.words[0]!, / \(.{10,}\)$/);
    });
  }
});

suite("the embedded host refuses what Envoy would not survive:", () => {
  for (const [name, make] of Object.entries(crashing)) {
    test(name, async () => {
      const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-crash-"));
      try {
        const code = join(folder, "crash.wasm");
        await writeFile(code, await make());
        await assert.rejects(Proxy.start({ filters: [{ code, configuration: "text" }] }), (error) => {
          assert.ok(error instanceof EnvoyRefused, String(error));
          assert.equal(error.exitCode, null);
          return true;
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
      const verdict = await hostVerdict(await make());
      assert.equal(verdict.taken, false);
      assert.match(verdict.words[0]!, /^Failed to (create new Wasm instance|load Wasm code) \(.{20,}\)$/);
    });
  }
});
