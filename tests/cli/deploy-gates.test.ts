import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import { gatesFrom } from "../../cli/deploy/gates.js";

/** What Prometheus answers to the query that names it. */
const answers: Record<string, [status: number, answer: object]> = {
  none: [200, { status: "success", data: { resultType: "vector", result: [] } }],
  nan: [200, { status: "success", data: { resultType: "vector", result: [{ value: [1, "NaN"] }] } }],
  several: [
    200,
    { status: "success", data: { resultType: "vector", result: [{ value: [1, "1"] }, { value: [1, "3"] }] } },
  ],
  scalar: [200, { status: "success", data: { resultType: "scalar", result: [1, "2"] } }],
  infinite: [200, { status: "success", data: { resultType: "vector", result: [{ value: [1, "+Inf"] }] } }],
  wrong: [400, { status: "error", error: "parse error" }],
};
const prometheus = createServer((request, response) => {
  const query = new URL(request.url!, "http://x").searchParams.get("query")!;
  const [status, answer] = answers[query]!;
  response.writeHead(status).end(JSON.stringify(answer));
});

suite("a gate of a canary", () => {
  let url: string;
  before(async () => {
    prometheus.listen(0, "127.0.0.1");
    await new Promise((resolve) => prometheus.once("listening", resolve));
    url = `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`;
  });
  after(() => {
    prometheus.closeAllConnections();
    prometheus.close();
  });

  const pass = (query: string, most: number) =>
    gatesFrom({ prometheus: url, gateQuery: [query], max: [most] })[0]!.pass(new AbortController().signal);

  test("holds up to its limit, by the largest value that there is", async () => {
    assert.equal(await pass("several", 3), null);
    assert.equal(await pass("several", 2.9), "several is 3, and 2.9 is allowed");
    assert.equal(await pass("scalar", 2), null);
    assert.match((await pass("scalar", 1))!, /is 2/);
    assert.match((await pass("infinite", 1e9))!, /is Infinity/);
  });

  test("holds where there is no value, and fails where Prometheus cannot say", async () => {
    assert.equal(await pass("none", 0), null);
    assert.equal(await pass("nan", 0), null);
    await assert.rejects(pass("wrong", 0), /does not take the query wrong: parse error/);
    const gone = gatesFrom({ prometheus: "http://127.0.0.1:1", gateQuery: ["up"], max: [0] })[0]!;
    await assert.rejects(gone.pass(new AbortController().signal), /does not answer/);
  });

  test("of a command goes by how it ends", async () => {
    const [well, ill] = ["true", "echo 3 errors; exit 4"].map((gate) => gatesFrom({ gate })[0]!);
    const { signal } = new AbortController();
    assert.equal(await well!.pass(signal), null);
    assert.equal(await ill!.pass(signal), "`echo 3 errors; exit 4` ended with 4: 3 errors");
  });

  test("is not taken where it cannot be meant so", () => {
    assert.throws(() => gatesFrom({ gateQuery: ["up"], max: [1] }), /--prometheus http:\/\/host/);
    assert.throws(() => gatesFrom({ prometheus: "http://x" }), /--prometheus needs a question/);
    assert.throws(() => gatesFrom({ prometheus: "x:9090", gateQuery: ["up"], max: [1] }), /expected http/);
    assert.throws(
      () => gatesFrom({ prometheus: "http://x", gateQuery: ["up"] }),
      /1 --gate-query and 0 --max/,
    );
  });
});
