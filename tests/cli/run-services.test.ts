import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { request } from "../../cli/request.js";
import { Upstream } from "../../cli/upstream.js";
import { plugin } from "../envoy/harness.js";
import { withRun } from "./run-harness.js";

for (const host of ["envoy", "embedded"]) {
  test(`run on ${host} has plugins call the services that --cluster names`, async () => {
    const service = await Upstream.start(({ body }) => ({
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        allowed: (JSON.parse(body.toString()) as { path: string }).path === "/allowed",
      }),
    }));
    const words = [await plugin("ext-auth"), "--host", host, "--cluster", `auth=localhost:${service.port}`];
    words.push("--config", '{"auth_cluster": "auth", "auth_path": "/check"}');
    try {
      await withRun(words, {}, async (run) => {
        assert.equal((await request(run.port, { path: "/allowed" })).status, 200);
        assert.equal((await request(run.port, { path: "/other" })).status, 403);
        assert.equal(service.last.path, "/check");
        const { plugins } = await run.event("diff", ({ path }) => path === "/other");
        assert.equal(plugins[0]?.answered, 403);
      });
    } finally {
      await service.stop();
    }
  });
}

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

test(
  "run asks an https upstream under its own name, and only where its certificate is believed, on both hosts",
  { skip: hasOpenssl ? false : "there is no openssl to make a certificate with" },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "apw-run-tls-"));
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const made = spawnSync("openssl", [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ],
      ...["-subj", "/CN=test", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      ...["-keyout", key, "-out", certificate],
    ]);
    assert.equal(made.status, 0, made.stderr.toString());
    const server = createServer(
      { key: await readFile(key), cert: await readFile(certificate) },
      (asked, response) => response.end(asked.headers.host),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const module = await plugin("hello");
    try {
      for (const host of ["envoy", "embedded"]) {
        const words = [module, "--host", host, "--upstream", `https://127.0.0.1:${port}`];
        await withRun(words, { environment: { NODE_EXTRA_CA_CERTS: certificate } }, async (run) => {
          const { status, text } = await request(run.port, { path: "/" });
          assert.deepEqual([host, status, text], [host, 200, `127.0.0.1:${port}`]);
        });
        await withRun(words, {}, async (run) => {
          assert.equal((await request(run.port, { path: "/" })).status, 503);
        });
      }
    } finally {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
