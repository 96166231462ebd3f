import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import { deployed, endsClusters, image, manifest, played, two, updated } from "../kubernetes/hello.js";

endsClusters();

suite("the test request", () => {
  let server: Server;
  let url: string;
  before(async () => {
    server = createServer((request, response) =>
      request.url === "/denied"
        ? response.writeHead(403).end("RBAC: access denied")
        : response.writeHead(200, { hello: "world" }).end(),
    ).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  test("passes where status and header are as expected", async () => {
    const here = await played();
    const file = await here.file("hello.yaml", manifest());
    const words = [
      "--test-url",
      url,
      "--expect-status",
      "200",
      "--expect-header",
      "hello: world",
      "--test",
      "true",
    ];
    const { exitCode, stdout } = await here.apw("deploy", file, ...words, "--json");
    assert.equal(exitCode, 0, stdout);
    const result = JSON.parse(stdout) as { ok: boolean; tests: unknown[] };
    assert.deepEqual([result.ok, result.tests.length], [true, 2]);
  });

  test("brings the version before back where it fails", async () => {
    const here = await deployed();
    const words = ["--test-url", `${url}/denied`, "--expect-status", "200", "--rollback-on-failure"];
    const { exitCode, stdout } = await updated(here, "2", two, ...words);
    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /status 403 where 200 is expected \(RBAC: access denied, as Istio says/);
    assert.equal((await here.plugins())["shop/hello"]!.spec.url, image("1"));
    assert.match(stdout, /shop\/hello is as before, as version 3/);
  });
});
