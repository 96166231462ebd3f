import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findEnvoy } from "../../cli/envoy/find.js";
import { Envoy, EnvoyRefused, type EnvoyOptions } from "../../cli/envoy/process.js";
import { load } from "../../cli/load.js";
import { exchange, request, requestHttp2 } from "../../cli/request.js";
import { root } from "../../cli/root.js";
import { type Answer, Upstream } from "../../cli/upstream.js";
import { pluginWat } from "../support/wat.js";

let folder: string;
let binary: string;
let code: string;

/** Logs `hello` when it is configured, and adds `hello: world` to every response. */
const helloWat = pluginWat(
  `(data (i32.const 16) "hello") (data (i32.const 32) "world")
   (func (export "proxy_on_configure") (param i32 i32) (result i32)
     (drop (call $log (i32.const 2) (i32.const 16) (i32.const 5))) (i32.const 1))
   (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
     (drop (call $add (i32.const 2) (i32.const 16) (i32.const 5) (i32.const 32) (i32.const 5))) (i32.const 0))`,
  `(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
   (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))`,
);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-test-"));
  binary = (await findEnvoy()).path;
  code = join(folder, "hello.wasm");
  await writeFile(code, await helloWat);
});
after(() => rm(folder, { recursive: true, force: true }));

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const direct = (more: Partial<EnvoyOptions> = {}): EnvoyOptions => ({
  binary,
  clusters: [],
  listeners: [
    {
      name: "main",
      filters: [{ name: "hello", code }],
      routes: [{ direct: { status: 200, body: "direct" } }],
    },
  ],
  ...more,
});

async function withEnvoy(options: EnvoyOptions, use: (envoy: Envoy) => Promise<void>): Promise<void> {
  const envoy = await Envoy.start(options);
  try {
    await use(envoy);
  } finally {
    await envoy.stop();
  }
}

/** An Envoy without filters in front of an upstream, both stopped at the end. */
async function withUpstream(
  answer: Answer,
  http2: boolean,
  use: (envoy: Envoy, upstream: Upstream) => Promise<void>,
): Promise<void> {
  const upstream = await Upstream.start(answer, { http2 });
  const options: EnvoyOptions = {
    binary,
    listeners: [{ name: "main", filters: [], routes: [{ cluster: "upstream" }], http1Trailers: true }],
    clusters: [{ name: "upstream", address: { port: upstream.port }, http2, http1Trailers: true }],
  };
  try {
    await withEnvoy(options, (envoy) => use(envoy, upstream));
  } finally {
    await upstream.stop();
  }
}

test("starts Envoy with a module in it, on free ports, and stops it", async () => {
  const envoy = await Envoy.start(direct());
  const response = await request(envoy.port("main"));
  assert.equal(response.status, 200);
  assert.equal(response.text, "direct");
  assert.deepEqual(response.headers.all("hello"), ["world"]);
  assert.match(await envoy.waitForLog(/wasm log/), /hello$/);
  assert.throws(() => envoy.port("other"), /no listener other: there are main/);
  const { pid } = envoy;
  assert.equal(await envoy.stop(), true);
  assert.equal(envoy.isRunning, false);
  assert.equal(alive(pid), false);
});

test("runs several at once", async () => {
  await withEnvoy(direct(), (one) =>
    withEnvoy(direct(), async (two) => {
      assert.notEqual(one.port("main"), two.port("main"));
      const answers = await Promise.all([one, two].map((envoy) => request(envoy.port("main"))));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200],
      );
    }),
  );
});

test("reports why a configuration is refused", async () => {
  const missing = direct({
    listeners: [{ name: "main", filters: [{ name: "x", code: join(folder, "none.wasm") }], routes: [] }],
  });
  await assert.rejects(Envoy.start(missing), (error) => {
    assert.ok(error instanceof EnvoyRefused, String(error));
    assert.match(error.reason, /none\.wasm/);
    assert.equal(error.exitCode, 1);
    return true;
  });
});

test("reports why a module is refused, with the log to look into", async () => {
  const unloadable = join(folder, "unloadable.wasm");
  await writeFile(unloadable, await pluginWat("", `(import "env" "abort" (func (param i32)))`));
  const options = direct({
    listeners: [{ name: "main", filters: [{ name: "x", code: unloadable }], routes: [] }],
  });
  await assert.rejects(Envoy.start(options), (error) => {
    assert.ok(error instanceof EnvoyRefused, String(error));
    assert.match(error.reason, /Unable to create Wasm plugin/);
    assert.equal(error.log.matching(/missing import: env\.abort/).length > 0, true);
    return true;
  });
});

test("says so when the binary does not start", async () => {
  await assert.rejects(Envoy.start(direct({ binary: join(folder, "none") })), /ENOENT/);
});

test("gives statistics, memory, the configuration and the process's use", async () => {
  await withEnvoy(direct({ concurrency: 2 }), async (envoy) => {
    const { statuses } = await load({ port: envoy.port("main"), requests: 1000 });
    assert.deepEqual([...statuses], [[200, 1000]]);
    const stats = await envoy.admin.stats("http.main.downstream_rq");
    assert.equal(stats.get("http.main.downstream_rq_total"), 1000);
    assert.match(await envoy.admin.prometheus(), /envoy_http_downstream_rq_total\{[^}]*\} 1000/);
    assert.ok((await envoy.admin.memory()).allocated > 1_000_000);
    assert.ok("configs" in (await envoy.admin.configDump()));
    const usage = await envoy.usage();
    assert.ok(usage.rss > 10_000_000 && usage.rss < 2_000_000_000, `${usage.rss} bytes`);
    assert.ok(usage.cpuSeconds > 0 && usage.cpuSeconds < 60, `${usage.cpuSeconds} s`);
  });
});

test("passes headers, bodies and trailers both ways, over HTTP/1.1 and HTTP/2", async () => {
  const answer: Answer = () => ({
    status: 201,
    headers: [
      ["x-twice", "1"],
      ["x-twice", "2"],
    ],
    body: ["one ", "two"],
    trailers: { "x-after": "all" },
  });
  for (const http2 of [false, true]) {
    await withUpstream(answer, http2, async (envoy, upstream) => {
      for (const send of [request, requestHttp2]) {
        const response = await send(envoy.port("main"), {
          headers: [
            ["x-a", "1"],
            ["x-a", "2"],
          ],
          body: ["some", "thing"],
          trailers: { "x-end": "yes" },
        });
        const which = `${send.name}, upstream ${http2 ? "HTTP/2" : "HTTP/1.1"}`;
        assert.equal(response.status, 201, which);
        assert.equal(response.text, "one two", which);
        assert.deepEqual(response.headers.all("x-twice"), ["1", "2"], which);
        assert.equal(response.trailers.get("x-after"), "all", which);
        const seen = upstream.last;
        assert.equal(seen.method, "POST", which);
        assert.equal(seen.body.toString(), "something", which);
        assert.deepEqual(seen.headers.all("x-a"), ["1", "2"], which);
        assert.equal(seen.trailers.get("x-end"), "yes", which);
      }
    });
  }
});

test("sends bytes as they are", async () => {
  await withUpstream(
    () => ({}),
    false,
    async (envoy, upstream) => {
      const asked = "GET / HTTP/1.1\r\nHost: x\r\nX-Odd: \xff\xc3\x28\r\nConnection: close\r\n\r\n";
      const answer = await exchange(envoy.port("main"), Buffer.from(asked, "latin1"));
      assert.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n/);
      assert.equal(upstream.last.headers.bytes("x-odd")?.toString("hex"), "ffc328");
    },
  );
});

test("shows what a reset by the upstream becomes", async () => {
  const answer: Answer = ({ path }) => ({
    body: ["some", "more"],
    reset: path === "/body" ? "in the body" : "at once",
  });
  await withUpstream(answer, false, async (envoy) => {
    assert.equal((await request(envoy.port("main"))).status, 503);
    await assert.rejects(request(envoy.port("main"), { path: "/body" }), /aborted|ECONNRESET|hang up/);
  });
});

/** Starts a Node process that starts an Envoy and says its pid. */
async function parentOfAnEnvoy(
  temporary: string,
): Promise<{ parent: ReturnType<typeof spawn>; pid: number }> {
  const program = `
    import { Envoy } from ${JSON.stringify(join(root, "cli/envoy/process.ts"))};
    const envoy = await Envoy.start(${JSON.stringify(direct())});
    console.log(envoy.pid);
    setInterval(() => {}, 1000);`;
  const file = join(folder, `parent-${Math.random()}.mts`);
  await writeFile(file, program);
  const parent = spawn(process.execPath, ["--import", "tsx", file], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: temporary },
  });
  const [first] = (await once(parent.stdout, "data")) as [Buffer];
  return { parent, pid: Number(first.toString()) };
}

for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
  test(`ends Envoy and takes its files away when its parent ends by ${signal}`, async () => {
    const temporary = await mkdtemp(join(folder, "parent-"));
    const { parent, pid } = await parentOfAnEnvoy(temporary);
    const ownFolders = async () =>
      (await readdir(temporary)).filter((name) => name.startsWith("as-proxy-wasm-envoy-"));
    assert.equal((await ownFolders()).length, 1);
    assert.equal(alive(pid), true);
    parent.kill(signal);
    await once(parent, "exit");
    const gone = async () => !alive(pid) && (await ownFolders()).length === 0;
    for (let tries = 0; tries < 100 && !(await gone()); tries++) await sleep(20);
    assert.equal(alive(pid), false);
    assert.deepEqual(await ownFolders(), []);
  });
}
