import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Admin } from "../../../cli/envoy/admin.js";
import { bootstrap } from "../../../cli/envoy/bootstrap.js";
import { findEnvoy } from "../../../cli/envoy/find.js";
import { killWithParent } from "../../../cli/envoy/guard.js";
import { LogLines } from "../../../cli/envoy/log.js";
import { request } from "../../../cli/request.js";
import { removeScratch, scratchFolder } from "../../../cli/scratch.js";
import { Upstream } from "../../../cli/upstream.js";
import { plugin, withProxy } from "../../envoy/harness.js";
import { unusedPort } from "../../node-proxy/harness.js";
import { chain, Services } from "../chain.js";
import { Crowd } from "../crowd.js";
import { tally, until } from "../quiet.js";

/** One generation of an Envoy that hands its sockets over to the next. */
class Epoch {
  private constructor(
    readonly child: ChildProcess,
    readonly log: LogLines,
    readonly admin: Admin,
    private readonly release: () => void,
  ) {}

  static async start(
    folder: string,
    epoch: number,
    baseId: number,
    port: number,
    configuration: unknown,
  ): Promise<Epoch> {
    const [file, adminFile] = [join(folder, `${epoch}.json`), join(folder, `admin-${epoch}`)];
    const options = configuration as Parameters<typeof bootstrap>[0];
    const listeners = options.listeners.map((listener) => ({ ...listener, address: { port } }));
    await writeFile(file, JSON.stringify(bootstrap({ ...options, listeners })));
    const words = ["--config-path", file, "--admin-address-path", adminFile, "--concurrency", "2"];
    const restart = ["--base-id", String(baseId), "--restart-epoch", String(epoch)];
    const times = ["--drain-time-s", "2", "--parent-shutdown-time-s", "4", "--drain-strategy", "immediate"];
    const child = spawn(
      (await findEnvoy()).path,
      [...words, ...restart, ...times, "--log-level", "warning"],
      {
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    const log = new LogLines(child.stderr);
    const release = killWithParent(child, folder);
    const address = async () => (await readFile(adminFile, "utf8").catch(() => "")).trim();
    await until("an epoch's admin page", async () => {
      assert.equal(child.exitCode, null, log.tail());
      return /:\d+$/.test(await address()) && (await new Admin(await address()).isLive());
    });
    return new Epoch(child, log, new Admin(await address()), release);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) {
      const ended = new Promise((resolve) => this.child.once("exit", resolve));
      this.child.kill("SIGKILL");
      await ended;
    }
    this.release();
  }
}

test("a hot restart under load loses no request: those under way end where they began, new ones meet the new plugin", async (t) => {
  const folder = await scratchFolder(join(tmpdir(), "as-proxy-wasm-restart-"));
  const upstream = await Upstream.start(({ path }) => ({ delay: path === "/slow" ? 2500 : 5, body: "ok" }));
  const port = await unusedPort();
  // Envoys of one base id talk to each other; any other one on this machine has another.
  const baseId = 1000 + (process.pid % 30_000);
  const code = await plugin("custom-headers");
  const options = (generation: number) => ({
    listeners: [
      {
        name: "main",
        filters: [
          {
            name: "custom-headers",
            code,
            configuration: { header_name: "x-generation", header_value: String(generation) },
          },
        ],
        routes: [{ cluster: "upstream" }],
      },
    ],
    clusters: [{ name: "upstream", address: { port: upstream.port } }],
  });
  const epochs: Epoch[] = [];
  try {
    epochs.push(await Epoch.start(folder, 0, baseId, port, options(0)));
    const seen: string[] = [];
    const ask = (path: string) =>
      request(port, { path }).then(
        ({ status, headers, text }) => `${status} ${text} ${headers.get("x-generation")}`,
        (error: Error) => error.message,
      );
    const crowd = new Crowd(8, async () => void seen.push(await ask("/")));
    await until("requests", () => seen.length > 20);
    const slow = Array.from({ length: 20 }, () => ask("/slow"));
    await until("slow ones", () => upstream.requests.filter(({ path }) => path === "/slow").length === 20);
    epochs.push(await Epoch.start(folder, 1, baseId, port, options(1)));
    await until("the new epoch serves", () => seen.at(-1) === "200 ok 1");
    assert.deepEqual([...new Set(await Promise.all(slow))], ["200 ok 0"]);
    await until("the old epoch ends by itself", () => epochs[0]!.hasEnded, 30);
    const mark = seen.length;
    await until("more requests", () => seen.length > mark + 20);
    await crowd.stop();
    t.diagnostic(`${tally(seen)}; 20 slow ones begun before ended well`);
    assert.deepEqual([...new Set(seen)].sort(), ["200 ok 0", "200 ok 1"]);
    assert.equal(seen.at(-1), "200 ok 1");
    for (const { log } of epochs)
      assert.deepEqual(log.matching(/RuntimeError|wasm_fail_stream|\]\[critical\]/), []);
  } finally {
    for (const epoch of epochs) await epoch.stop();
    await upstream.stop();
    await removeScratch(folder);
  }
});

test("listeners drain through the whole chain without a lost request, and Envoy ends in an orderly way", async (t) => {
  const services = await Services.start();
  const say = services.auth.say;
  services.auth.say = (asked) => ({ ...(say(asked) as object), delay: 800 });
  const answer = () => ({ body: ["SECRET ", "end"], delay: 400 });
  try {
    await withProxy(
      { filters: await chain(), clusters: services.clusters, concurrency: 2, answer },
      async (proxy) => {
        const paths = ["/open/1", "/both/1", "/batched/1", "/echo/1", "/cached/1"];
        const asked = Array.from({ length: 30 }, (_, index) => {
          const options = { path: paths[index % paths.length]!, headers: { "x-verdict": "allow" } };
          return index % 2 ? proxy.request(options) : proxy.requestHttp2(options);
        });
        await until(
          "streams",
          async () =>
            [...(await proxy.envoy.admin.stats("^http.main.downstream_rq_active$")).values()][0] === 30,
        );
        await proxy.envoy.admin.text("/drain_listeners?graceful&skip_exit", "POST");
        const answers = await Promise.all(asked);
        t.diagnostic(`30 requests while listeners drained: ${tally(answers.map(({ status }) => status))}`);
        for (const { status, text } of answers) {
          assert.equal(status, 200);
          assert.match(text, /^(SECRET|hidden) end$/);
        }
      },
    );
  } finally {
    await services.stop();
  }
});
