import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { HttpListener } from "../../cli/envoy/bootstrap.js";
import { request } from "../../cli/request.js";
import { Upstream } from "../../cli/upstream.js";
import { type FailurePolicy, ProxyWasmHost } from "../../host/index.js";
import { Proxy } from "../envoy/harness.js";
import { until, unusedPort } from "../node-proxy/harness.js";
import { isAtOnce, trapping, trappingIn } from "./trapping.js";

const policies: FailurePolicy[] = ["FAIL_CLOSED", "FAIL_OPEN", "FAIL_RELOAD"];
const body = ["a", "b"];
const trailers: [string, string][] = [["x-end", "1"]];
/** Longer than the test takes: that a plugin begins anew is shown elsewhere, with a clock of its own. */
const reloadInterval = 600;

/** What a client gets of two requests, one after the other: a status, or a response that is broken off. */
type Outcome = (number | "broken off")[];

suite("a trap has the same effect in Envoy and on the embedded host, and the host goes on:", () => {
  let folder: string;
  let upstream: Upstream;
  let service: Upstream;
  let proxy: Proxy;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-traps-"));
    upstream = await Upstream.start(() => ({ body, trailers }));
    service = await Upstream.start();
    const listeners: HttpListener[] = [];
    for (const where of trapping) {
      const code = join(folder, `${where}.wasm`);
      await writeFile(code, await trappingIn(where));
      for (const failurePolicy of policies) {
        const name = `${where}-${failurePolicy}`;
        const reload = failurePolicy === "FAIL_RELOAD" ? { reloadInterval: `${reloadInterval}s` } : {};
        const filters = [{ name, vmId: name, code, failurePolicy, ...reload }];
        listeners.push({ name, filters, routes: [{ cluster: "main" }], http1Trailers: true });
      }
    }
    proxy = await Proxy.start({
      filters: [],
      listeners,
      clusters: [
        { name: "main", address: { port: upstream.port }, http1Trailers: true },
        { name: "service", address: { port: service.port } },
        { name: "refusing", address: { port: await unusedPort() }, http2: true },
      ],
    });
    // Traps without a request: under each policy, in the worker's VM and in the main thread's.
    for (const where of trapping.filter(isAtOnce))
      await until(`traps in ${where}`, () => traps(where) >= 2 * policies.length);
  });
  after(async () => {
    await proxy.stop();
    await upstream.stop();
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const traps = (where: string) =>
    proxy.envoy.log.matching(new RegExp(`Function: proxy_on_${where} failed: Uncaught RuntimeError`)).length;

  async function inEnvoy(where: string, policy: FailurePolicy): Promise<Outcome> {
    const outcomes: Outcome = [];
    const [before, needed] = [traps(where), isAtOnce(where) ? 0 : 1];
    for (let i = 0; i < 2; i++) {
      const asked = request(proxy.envoy.port(`${where}-${policy}`), { body, trailers });
      outcomes.push(
        await asked.then(
          ({ status }) => status,
          () => "broken off" as const,
        ),
      );
      // The end of a stream is told, and a queue looked at, when the client has its answer already.
      await until("the trap", () => traps(where) >= before + needed);
    }
    return outcomes;
  }

  async function onHost(where: string, failurePolicy: FailurePolicy): Promise<Outcome> {
    const host = await ProxyWasmHost.load(await trappingIn(where), {
      failurePolicy,
      reloadIntervalMs: reloadInterval * 1000,
      httpCalls: () => ({}),
      grpcCalls: () => "refused",
    });
    assert.equal(host.configured, true);
    const outcomes: Outcome = [];
    await host.settled();
    host.tick(300);
    for (let i = 0; i < 2; i++) {
      const { status, reset } = await host.fetch({ body, trailers }, { body, trailers });
      outcomes.push(reset ? "broken off" : status);
      await host.settled();
    }
    assert.equal(
      host.logs.filter(({ message }) => message.startsWith(`Function: proxy_on_${where} failed: `)).length,
      1,
    );
    host.destroy();
    return outcomes;
  }

  for (const where of trapping) {
    for (const policy of policies) {
      test(`in ${where} under ${policy}`, async () => {
        const expected = await inEnvoy(where, policy);
        assert.deepEqual(await onHost(where, policy), expected);
        assert.deepEqual(expected[1], policy === "FAIL_OPEN" ? 200 : 503);
      });
    }
  }
});
