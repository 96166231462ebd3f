import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite, test } from "node:test";
import { apwArguments } from "./apw.js";
import { deployed as deployedHello, endsClusters, image, two, web } from "../kubernetes/hello.js";
import type { PlayedCluster, Script } from "../kubernetes/scripted.js";

// The cluster is played by a script: a real kubectl and API server are in tests/kubernetes.

endsClusters();

const deployed = (script: Partial<Script> = {}) =>
  deployedHello({ pods: ["a", "b", "c", "d"].map((name) => web(name)), ...script });

const words = [
  ...["update", "hello", "-n", "shop", "--image", image("2"), "--sha256", two, "--no-images"],
  ...["--canary", "--interval", "10ms"],
];

async function asItWas(here: PlayedCluster): Promise<void> {
  const plugins = await here.plugins();
  assert.deepEqual(Object.keys(plugins), ["shop/hello"]);
  const { spec } = plugins["shop/hello"]!;
  assert.deepEqual([spec.url, spec["selector"]], [image("1"), { matchLabels: { app: "web" } }]);
  for (const { labels } of (await here.script()).pods) assert.deepEqual(labels, { app: "web" });
}

suite("a canary by pods", () => {
  test("goes through its steps while the gates hold, and leaves the stable one with the new version", async () => {
    const here = await deployed();
    const count = `grep -o 'track":"canary' '${here.folder}/script.json' | wc -l | tr -d ' ' >> '${here.folder}/counts'`;
    const { exitCode, stdout } = await here.apw(...words, "--gate", count);
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /25 % {2}1 of 4 pods\n[^]*50 % {2}2 of 4 pods\n[^]*100 % {2}4 of 4 pods/);
    const plugins = await here.plugins();
    assert.deepEqual(Object.keys(plugins), ["shop/hello"]);
    const { spec } = plugins["shop/hello"]!;
    assert.deepEqual(
      [spec.url, spec["sha256"], spec["selector"]],
      [image("2"), two, { matchLabels: { app: "web" } }],
    );
    for (const { labels } of (await here.script()).pods) assert.deepEqual(labels, { app: "web" });
    const { readFile } = await import("node:fs/promises");
    assert.equal(await readFile(`${here.folder}/counts`, "utf8"), "1\n2\n4\n");
  });

  test("gives everything back when a gate fails, asked of Prometheus", async () => {
    let asked = 0;
    const prometheus = createServer((request, response) => {
      const value = request.url!.includes("errors") ? (++asked > 1 ? "0.2" : "0.01") : "NaN";
      response.end(
        JSON.stringify({
          status: "success",
          data: { resultType: "vector", result: [{ value: [1, value] }] },
        }),
      );
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => prometheus.once("listening", resolve));
    const url = `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`;
    try {
      const here = await deployed();
      const gates = ["--gate-query", "errors", "--max", "0.05", "--gate-query", "other", "--max", "1"];
      const { exitCode, stdout } = await here.apw(...words, "--prometheus", url, ...gates);
      assert.equal(exitCode, 1, stdout);
      assert.match(stdout, /50 % {2}2 of 4 pods[^]*failed {2}errors is 0\.2, and 0\.05 is allowed/);
      await asItWas(here);
    } finally {
      prometheus.closeAllConnections();
      prometheus.close();
    }
  });

  test("gives everything back when a proxy of the canary does not take it", async () => {
    const here = await deployed({
      pods: ["a", "b"].map((name) => web(name, { proxy: "denies", failsOn: image("2") })),
    });
    const { exitCode, stdout } = await here.apw(...words, "--timeout", "1s");
    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /denies-all/);
    await asItWas(here);
  });

  test("gives everything back at Ctrl-C", async () => {
    const here = await deployed();
    const child = spawn(process.execPath, [...apwArguments, ...words.slice(0, -1), "10m", ...here.words], {
      env: { ...process.env, ...here.environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    await new Promise<void>((resolve) =>
      child.stdout.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (/1 of 1 proxies have taken it/.test(said)) resolve();
      }),
    );
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.once("close", resolve));
    assert.equal(code, 1, said);
    assert.match(said, /broken off/);
    await asItWas(here);
  });

  test("is refused where it cannot be meant so, in a sentence", async () => {
    const here = await deployed();
    const told = async (...more: string[]) => {
      const { exitCode, stderr } = await here.apw(...words, ...more);
      assert.equal(exitCode, 2, stderr);
      return stderr;
    };
    assert.match(await told("--steps", "50,25"), /expected rising per cents that end with 100/);
    assert.match(await told("--gate-query", "up"), /--prometheus http/);
    assert.match(await told("--virtual-service", "web"), /namespace shop has no VirtualService web/);
  });
});

suite("a canary by weights", () => {
  const routes = [
    {
      route: [
        { destination: { host: "web", subset: "v1" }, weight: 100 },
        { destination: { host: "web", subset: "v2" }, weight: 0 },
      ],
    },
  ];
  const objects = {
    "virtualservices.networking.istio.io shop/web": { spec: { http: routes } },
    "destinationrules.networking.istio.io shop/": {
      items: [{ spec: { host: "web", subsets: [{ name: "v2", labels: { app: "web", version: "v2" } }] } }],
    },
  };

  test("refuses a stable WasmPlugin that selects the canary's pods too", async () => {
    const here = await deployed({ objects });
    const { exitCode, stderr } = await here.apw(
      ...words,
      "--virtual-service",
      "web",
      "--canary-subset",
      "v2",
    );
    assert.equal(exitCode, 2);
    assert.match(stderr, /hello selects the pods of subset v2 too \(app=web,version=v2\)/);
  });

  test("moves the weights, and brings them back at the end", async () => {
    const pods = [
      web("a", { labels: { app: "web", version: "v1" } }),
      web("b", { labels: { app: "web", version: "v2" } }),
    ];
    const here = await deployed({ objects, pods });
    await here.meddle("shop/hello", ({ spec }) => {
      spec["selector"] = { matchLabels: { app: "web", version: "v1" } };
    });
    const { exitCode, stdout } = await here.apw(
      ...words,
      "--virtual-service",
      "web",
      "--canary-subset",
      "v2",
    );
    assert.equal(exitCode, 0, stdout);
    const patches = (await here.calls()).filter((call) => call.startsWith("patch virtualservices"));
    const weights = patches.map((call) =>
      [...call.matchAll(/"weight":(\d+)/g)].map(([, weight]) => Number(weight)),
    );
    assert.deepEqual(weights, [
      [75, 25],
      [50, 50],
      [0, 100],
      [100, 0],
    ]);
  });
});
