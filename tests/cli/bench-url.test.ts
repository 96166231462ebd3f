import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { UrlResult } from "../../cli/bench/url/url-result.js";
import { refuseAll } from "./apw.js";
import { PretendedKubectl } from "./bench-kubectl.js";
import { writeBurner } from "./bench-modules.js";
import { type Ended, runBench, startBench, type StartedBench } from "./bench-run.js";
import { SwitchedService } from "./bench-service.js";
import { wellFormed } from "./bench-xml.js";

/** Sets `burnt: 1` on responses, besides burning on requests. */
const withSign = `
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (data (i32.const 16) "burnt1")
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $add (i32.const 2) (i32.const 16) (i32.const 5) (i32.const 21) (i32.const 1)))
    (i32.const 0))`;

const exec = promisify(execFile);
const withoutOpenssl =
  spawnSync("openssl", ["version"]).status !== 0 && "there is no openssl to make a certificate";

let folder: string;
let service: SwitchedService;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-bench-url-"));
  const code = await writeBurner(folder, "cost", 1_000_000, { more: withSign });
  service = await SwitchedService.start(folder, { name: "cost", code });
  assert.ok(await service.isOn("burnt"));
});
after(async () => {
  await service?.stop();
  await rm(folder, { recursive: true, force: true });
});

const small = ["--requests", "200", "--connections", "4"];
const settling = ["--settle", "200ms", "--sign", "burnt"];

function resultOf({ stdout, stderr }: Ended): UrlResult {
  try {
    return JSON.parse(stdout) as UrlResult;
  } catch {
    assert.fail(`no JSON: ${stdout}\n${stderr}`);
  }
}

/** The plugin burns so much that no busy machine hides it. */
function assertSeen({ on, off, against, requests }: UrlResult): void {
  assert.deepEqual([on.requests, off.requests], [requests, requests]);
  assert.deepEqual([on.failures, off.failures], [{}, {}]);
  assert.ok(on.figures!.p50 > 1.3 * off.figures!.p50, JSON.stringify([on.figures, off.figures]));
  assert.ok(against!.p50.isMeasurable || against!.throughput.ratio.value < 1);
}

describe("apw bench --url", () => {
  it("has commands turn the plugin off and on, and finds what it costs", async () => {
    const svg = join(folder, "url.svg");
    const commands = ["--on", service.command.on, "--off", service.command.off];
    const ended = await runBench([
      "--url",
      service.url,
      ...commands,
      ...settling,
      ...small,
      "--json",
      "--svg",
      svg,
    ]);
    assert.equal(ended.code, 0, ended.stderr);
    const result = resultOf(ended);
    assertSeen(result);
    assert.equal(result.kind, "url");
    assert.match(result.verdict, /^with the plugin throughput .* -> .* requests\/s .*p50 .* ms .*p99 /);
    assert.match(ended.stderr, /400 requests .*4 at once.*GET http:\/\/127\.0\.0\.1:\d+\//);
    assert.ok(await service.isOn("burnt"), "it was left turned off");
    wellFormed(await readFile(svg, "utf8"));
  });

  describe("with a program that stands in for kubectl", () => {
    const match = [{ mode: "SERVER", ports: [{ number: 8080 }] }];
    let kubectl: PretendedKubectl;
    const environment = () => ({ PATH: `${kubectl.bin}${delimiter}${process.env["PATH"]}` });
    const args = () => ["--url", service.url, "--wasmplugin", "shop/cost", ...settling, ...small];
    const begin = async (found: unknown) => {
      const place = await mkdtemp(join(folder, "kubectl-"));
      kubectl = await PretendedKubectl.make(place, found, service.command);
    };

    /** Turns it off and then waits, so that a signal meets it off. */
    const patient = () => ["--url", service.url, "--wasmplugin", "shop/cost", "--settle", "60s", ...small];
    const untilOff = async ({ child, ended }: StartedBench) => {
      while (JSON.stringify(await kubectl.match()) === JSON.stringify(match)) {
        if (child.exitCode !== null) assert.fail((await ended).stderr);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };

    it("turns the WasmPlugin off by its match, and puts back what was there", async () => {
      await begin(match);
      const ended = await runBench([...args(), "--json"], environment());
      assert.equal(ended.code, 0, ended.stderr);
      assertSeen(resultOf(ended));
      assert.deepEqual(await kubectl.match(), match);
      const patches = (await kubectl.calls()).filter((call) => call.startsWith("patch"));
      assert.equal(patches.length, 2, patches.join("\n"));
      assert.match(ended.stderr, /kubectl patch .*'\{"spec":\{"match":\[\{"mode":"SERVER".*turns it on/);
    });

    it("takes the match away again where there was none", async () => {
      await begin(undefined);
      const ended = await runBench([...args(), "--json"], environment());
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(await kubectl.match(), undefined);
    });

    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const)
      it(`puts it back when it gets ${signal} while the plugin is off`, async () => {
        await begin(match);
        const bench = startBench(patient(), environment());
        await untilOff(bench);
        bench.child.kill(signal);
        const ended = await bench.ended;
        assert.equal(ended.code, code, ended.stderr);
        assert.deepEqual(await kubectl.match(), match);
        assert.match(ended.stderr, /the plugin is as it was found/);
      });

    it("puts it back when the measurement fails half-way, and tries again when that fails", async () => {
      await begin(match);
      const bench = startBench(patient(), environment());
      await untilOff(bench);
      await kubectl.failNext(2);
      bench.child.kill("SIGHUP");
      const ended = await bench.ended;
      assert.equal(ended.code, 129, ended.stderr);
      assert.deepEqual(await kubectl.match(), match);
    });

    it("says how to turn it on by hand when it cannot be put back", async () => {
      await begin(match);
      const bench = startBench(patient(), environment());
      await untilOff(bench);
      await kubectl.failNext(1000);
      bench.child.kill("SIGINT");
      const ended = await bench.ended;
      assert.match(ended.stderr, /IS STILL TURNED OFF.*\n.*kubectl patch .*"match":\[\{"mode":"SERVER"/);
      assert.equal(ended.code, 2);
    });

    it("does not touch a WasmPlugin that is still turned off, that is not there, or when kubectl is not there", async () => {
      await begin([{ mode: "CLIENT_AND_SERVER", ports: [{ number: 1 }] }]);
      const left = await runBench(args(), environment());
      assert.equal(left.code, 2);
      assert.match(left.stderr, /still turned off, as an earlier measurement that was killed left it/);
      const absent = await runBench(["--url", service.url, "--wasmplugin", "shop/other"], environment());
      assert.equal(absent.code, 2);
      assert.match(absent.stderr, /kubectl says: .*"other" not found/);
      const none = await runBench(args(), { PATH: "/nowhere" });
      assert.equal(none.code, 2);
      assert.match(none.stderr, /kubectl is not on the PATH.*--off-url/);
    });
  });

  it("compares two URLs in turns", async () => {
    const args = ["--off-url", service.url, "--url", service.url, ...small, "--json"];
    const same = await runBench(args);
    assert.equal(same.code, 0, same.stderr);
    const { on, off, against } = resultOf(same);
    assert.deepEqual([on.requests, off.requests], [200, 200]);
    assert.ok(against!.p50.ratio.value > 0.3 && against!.p50.ratio.value < 3);
  });

  it(
    "speaks TLS, and to a certificate that nobody vouches for only when told so",
    { skip: withoutOpenssl },
    async () => {
      const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
      const made = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2"];
      await exec("openssl", ["req", "-x509", ...made, "-subj", "/CN=localhost"]);
      const options = { key: await readFile(key), cert: await readFile(cert) };
      const secure = createTlsServer(options, (_, response) => response.end("x"));
      await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
      try {
        const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;
        const args = ["--url", url, "--off-url", url, ...small, "--json"];
        const refused = await runBench(args);
        assert.equal(refused.code, 2);
        assert.match(refused.stderr, /DEPTH_ZERO_SELF_SIGNED_CERT.*--insecure/);
        const taken = await runBench([...args, "--insecure"]);
        assert.equal(taken.code, 0, taken.stderr);
        const { on, off } = resultOf(taken);
        assert.deepEqual([on.requests, on.failures, off.requests, off.failures], [200, {}, 200, {}]);
      } finally {
        secure.closeAllConnections();
        await new Promise((resolve) => secure.close(resolve));
      }
    },
  );

  it("ends with 1 on a limit that is exceeded and on answers that are errors", async () => {
    const commands = ["--on", service.command.on, "--off", service.command.off, ...settling];
    const over = await runBench(["--url", service.url, ...commands, ...small, "--max-loss-percent", "1"]);
    assert.equal(over.code, 1, over.stderr);
    assert.match(over.stdout, /over +--max-loss-percent 1: the plugin has \d/);
    let count = 0;
    const failing: Server = createServer((_, response) => {
      response.statusCode = ++count % 10 === 0 ? 500 : 200;
      response.end("x");
    });
    await new Promise<void>((resolve) => failing.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(failing.address() as AddressInfo).port}/`;
      const errors = await runBench(["--url", url, "--off-url", url, ...small]);
      assert.equal(errors.code, 1, errors.stderr);
      assert.match(errors.stdout, /errors plugin on: of 200 requests \d+ x status 500/);
    } finally {
      failing.closeAllConnections();
      await new Promise((resolve) => failing.close(resolve));
    }
  });
});

describe("apw bench --url, used wrongly,", () => {
  const mistakes: [what: string, args: () => string[], says: RegExp][] = [
    ["with no URL", () => ["--url", "shop"], /no URL/],
    ["with another protocol", () => ["--url", "ftp://a/"], /ftp:\/\/ is not measured/],
    [
      "with a name nobody knows",
      () => ["--url", "http://absent.invalid/", "--off-url", "http://a/"],
      /nobody knows the name absent\.invalid/,
    ],
    [
      "with a service that is not there",
      () => ["--url", "http://127.0.0.1:1/", "--on", "true", "--off", "true"],
      /does not answer: ECONNREFUSED/,
    ],
    [
      "without a way to turn the plugin off",
      () => ["--url", service.url],
      /--wasmplugin .*--off-url .*--on and --off/,
    ],
    ["with half of the commands", () => ["--url", service.url, "--off", "true"], /go together/],
    [
      "with two ways",
      () => ["--url", service.url, "--off-url", service.url, "--wasmplugin", "a/b"],
      /cannot be used with/,
    ],
    ["with a plugin", () => ["hello", "--url", service.url], /leave out hello/],
    [
      "with an option of the other kind",
      () => ["--url", service.url, "--rounds", "3"],
      /--rounds does not go with --url/,
    ],
    [
      "with a command that fails",
      () => [
        "--url",
        service.url,
        "--on",
        "true",
        "--off",
        "echo nothing works; exit 3",
        "--settle",
        "0s",
        "--requests",
        "10",
      ],
      /--off 'echo.*ended with 3: nothing works/,
    ],
    [
      "with a path that is not found",
      () => ["--url", service.url, "--off-url", service.url, "--status", "404"],
      /answered with 200, where 404 counts/,
    ],
    [
      "with a WasmPlugin of an impossible name",
      () => ["--url", service.url, "--wasmplugin", "Shop/x"],
      /namespace\/name/,
    ],
  ];
  it("says so in each case, and ends with 2", () =>
    refuseAll(
      mistakes.map(([, args, says]) => [["bench", ...args()], says] as const),
      { lines: 4 },
    ));
});
