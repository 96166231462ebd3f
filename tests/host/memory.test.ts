import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { fixture, plugin } from "../envoy/harness.js";
import { Host, responseBody, responseHeaders } from "./host.js";

const limit = 1024 * 1024;

/** The plugin's headers of a response, but for those it came with. */
type Fields = [string, string][];

/** A stream that is under way: the request has passed. */
function begin(host: Host, id: number): void {
  const request: Fields = [
    [":path", `/path/${id}`],
    [":method", "GET"],
    [":authority", "example.com"],
    ["x-id", `id ${id}`],
  ];
  host.startStream(id, 1, request);
  assert.equal(host.call("request_headers", id, request.length, 1), 0);
}

/** The response of a stream, and the stream's end; gives back the response's headers. */
function finish(host: Host, id: number): Fields {
  const response: Fields = [
    [":status", "200"],
    ["content-type", "text/plain"],
  ];
  host.contexts.get(id)!.maps.set(responseHeaders, response);
  assert.equal(host.call("response_headers", id, response.length, 0), 0);
  host.endStream(id);
  return response;
}

suite("a module's memory", () => {
  test("stays below 1 MiB over 200,000 requests, and does not grow after the first 50,000", async () => {
    const host = new Host(await plugin("custom-headers"));
    const headers = [
      { name: "x-plain", value: "1" },
      { name: "x-path", value: "of {request.path}", action: "set" },
      { name: "x-joined", value: "{request.headers.x-id}", action: "append", response_codes: [200, 404] },
      { name: "content-type", action: "remove" },
    ];
    const overrides = [{ match: { hosts: ["*.test"], path_prefix: "/%2e/x" }, config: null }];
    assert.ok(host.startRoot(1, JSON.stringify({ headers, overrides })));
    host.remember = false;
    let after = 0;
    for (let request = 0; request < 200_000; request++) {
      const id = request + 2;
      begin(host, id);
      const response = finish(host, id);
      if (request % 1000 === 0) {
        assert.deepEqual(response.slice(1), [
          ["x-plain", "1"],
          ["x-path", `of /path/${id}`],
          ["x-joined", `id ${id}`],
        ]);
      }
      if (request === 50_000) after = host.memorySize;
    }
    assert.ok(host.memorySize < limit, `${host.memorySize} bytes`);
    assert.equal(host.memorySize, after);
  });

  test("keeps what 200 streams hold at once through as many collections as come", async () => {
    const host = new Host(await plugin("custom-headers"));
    const headers = [
      { name: "x-joined", value: "{request.path} and {request.headers.x-id}" },
      { name: "x-literal", value: "{{literal}" },
    ];
    assert.ok(host.startRoot(1, JSON.stringify({ headers })));
    host.remember = false;
    const alive: number[] = [];
    for (let id = 2; id < 30_000; id++) {
      begin(host, id);
      alive.push(id);
      if (alive.length < 200) continue;
      // Neither the oldest nor the latest, so that what lives and what has gone lie mixed.
      const [chosen] = alive.splice((id * 7) % alive.length, 1);
      assert.deepEqual(finish(host, chosen!).slice(2), [
        ["x-joined", `/path/${chosen} and id ${chosen}`],
        ["x-literal", "{literal}"],
      ]);
    }
    assert.ok(host.memorySize < limit, `${host.memorySize} bytes`);
  });

  test("is given back after large bodies and headers, for the next ones to take", async () => {
    const host = new Host(await fixture("bodies"));
    host.startRoot(1);
    host.remember = false;
    let after = 0;
    for (let round = 0; round < 300; round++) {
      const context = host.startStream(2, 1, [
        [":path", "/response/set"],
        ["x-large", "h".repeat(60_000)],
      ]);
      context.maps.set(responseHeaders, [["x-large", "h".repeat(60_000)]]);
      context.buffers.set(responseBody, Buffer.alloc(500_000 + 1000 * (round % 7), "b"));
      host.call("request_headers", 2, 0, 1);
      host.call("response_headers", 2, 0, 0);
      host.call("response_body", 2, 500_000, 1);
      const body = context.buffers.get(responseBody)!;
      assert.equal(body.length, 500_000 + 1000 * (round % 7) + 3);
      assert.equal(body.subarray(0, 2).toString(), "[b");
      host.endStream(2);
      if (round === 50) after = host.memorySize;
    }
    assert.equal(host.memorySize, after);
  });

  test("does not grow with configurations that come and go, refused ones too", async () => {
    const host = new Host(await plugin("custom-headers"));
    host.remember = false;
    const good = (index: number) =>
      JSON.stringify({
        headers: Array.from({ length: 200 }, (_, rule) => ({
          name: `x-${rule}`,
          value: `v ${100 + index} `.repeat(20),
        })),
        overrides: [{ match: { path_prefix: "/x" }, config: { header_name: "x-o", header_value: "1" } }],
      });
    let after = 0;
    for (let round = 0; round < 600; round++) {
      const text = round % 3 === 0 ? good(round).slice(0, -1 - (round % 90)) : good(round);
      assert.equal(host.startRoot(1, text), round % 3 !== 0);
      begin(host, 2);
      const fields = finish(host, 2);
      assert.equal(
        fields.find(([name]) => name === "x-199")?.[1].startsWith(`v ${100 + round} `) ?? false,
        round % 3 !== 0,
      );
      host.endStream(1);
      if (round === 60) after = host.memorySize;
    }
    assert.equal(host.memorySize, after);
  });
});
