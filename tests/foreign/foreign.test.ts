import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { root } from "../../cli/root.js";
import { ProxyWasmHost } from "../../host/index.js";
import { expectRefused } from "../envoy/harness.js";
import type { Asked, Seen } from "./exchange.js";
import {
  type HostUnderTest,
  withEmbeddedHost,
  withEnvoy,
  withReverseProxy,
  withSurroundings,
} from "./hosts.js";

const folder = (language: string) => join(root, "tests", "foreign", "fixtures", language);
const moduleOf = (language: string) => join(folder(language), "foreign.wasm");

const requests: Asked[] = [
  { path: "/" },
  {
    path: "/a/b?c=d",
    headers: [
      ["x-set", "one"],
      ["X-Set", "two"],
      ["x-many", "first"],
      ["x-many", "second"],
      ["x-secret", "1"],
      ["x-secret", "2"],
    ],
  },
  { path: "/", method: "HEAD" },
  { path: "/empty" },
  { path: "/plain", body: "hello" },
  { path: "/body/whole", body: "hello" },
  { path: "/body/pieces", body: ["hel", "lo ", "wörld"] },
  { path: "/body/none" },
  { path: "/body/large", body: "a".repeat(100_000) },
  { path: "/trailers", body: ["a", "b"], trailers: [["x-end", "down"]] },
  { path: "/reply" },
  { path: "/reply", body: "hello" },
  { path: "/reply", headers: [["content-type", "application/grpc"]] },
  { path: "/call/good" },
  { path: "/call/good", body: ["a", "b"] },
  { path: "/call/refusing" },
  { path: "/call/resetting" },
  { path: "/call/cutting" },
  { path: "/call/silent" },
  { path: "/call/nowhere" },
  { path: "/count" },
  { path: "/count" },
  // From here on the VM is dead.
  { path: "/trap" },
  { path: "/" },
];

/** All that a host shows of the module. */
interface Shown {
  beginning: string[];
  exchanges: Seen[];
  ticks: string[];
  metrics: [string, number][];
}

async function show(host: HostUnderTest): Promise<Shown> {
  const exchanges: Seen[] = [];
  // Three in each VM: the worker's and the main thread's.
  const ticks = (await host.ticks(6)).sort();
  for (const asked of requests) exchanges.push(await host.send(asked));
  return { beginning: host.beginning, exchanges, ticks, metrics: (await host.metrics()).sort() };
}

const inEnvoy = new Map<string, Shown>();

for (const language of ["rust", "assemblyscript"]) {
  suite(`a module that was built with the SDK for ${language}`, () => {
    test("is what its source makes", async () => {
      const listed = (await readFile(join(folder(language), "made.sha256"), "utf8")).trim().split("\n");
      for (const line of listed) {
        const [digest, file = ""] = line.split("  ");
        const bytes = await readFile(join(folder(language), file));
        const found = createHash("sha256").update(bytes).digest("hex");
        assert.equal(found, digest, `${file} has changed: build.sh makes the module anew`);
      }
      assert.equal(listed.length, 3);
    });

    test("runs on the embedded host and its reverse proxy as in Envoy", async (t) => {
      const file = moduleOf(language);
      await withSurroundings(async (around) => {
        let expected!: Shown;
        await withEnvoy(file, around, async (host) => void (expected = await show(host)));
        inEnvoy.set(language, expected);
        const compare = (shown: Shown) => {
          // One by one first: a difference is then named by its request.
          requests.forEach((asked, i) =>
            assert.deepEqual(shown.exchanges[i], expected.exchanges[i], JSON.stringify(asked).slice(0, 200)),
          );
          assert.deepEqual(shown, expected);
        };
        await t.test("the embedded host", () =>
          withEmbeddedHost(file, async (host) => compare(await show(host))),
        );
        await t.test("the reverse proxy", () =>
          withReverseProxy(file, around, async (host) => compare(await show(host))),
        );
      });
    });

    test("refuses a configuration", async () => {
      const file = moduleOf(language);
      await expectRefused({ filters: [{ code: file, rootId: "foreign", configuration: "refuse" }] });
      const host = await ProxyWasmHost.load(await readFile(file), {
        rootId: "foreign",
        pluginConfig: "refuse",
      });
      assert.equal(host.configured, false);
      assert.equal((await host.fetch()).status, 503);
    });
  });
}

test("the modules do the same, whatever language they are written in", () => {
  const of = (language: string) => {
    const text = JSON.stringify(inEnvoy.get(language), null, 1);
    // How a module dies is its language's affair.
    return text.replace(/"critical .*"/, '"critical"').split("\n");
  };
  assert.deepEqual(of("rust"), of("assemblyscript"));
  assert.equal(of("rust").filter((line) => line.includes('"critical"')).length, 1);
});
