import assert from "node:assert/strict";
import { test } from "node:test";
import type { Configuration } from "../../cli/envoy/filters.js";
import { expectRefused, withProxy } from "./harness.js";

const filter = (configuration: Configuration) => ({ plugin: "custom-headers", configuration });

test("custom-headers adds the header to responses with a listed status only", async () => {
  const configuration = { header_name: "x-a", header_value: "1", response_codes: [200, 503] };
  await withProxy(
    {
      filters: [filter(configuration)],
      answer: ({ path }) => ({ status: Number(path.slice(1)), body: "b" }),
    },
    async (proxy) => {
      for (const status of [200, 201, 404, 503]) {
        const response = await proxy.request(`/${status}`);
        assert.equal(response.status, status);
        assert.equal(response.text, "b");
        assert.deepEqual(
          response.headers.all("x-a"),
          configuration.response_codes.includes(status) ? ["1"] : [],
        );
      }
    },
  );
});

test("custom-headers adds the header to every response without a list", async () => {
  await withProxy(
    {
      filters: [filter({ header_name: "X-A", header_value: "1" })],
      answer: ({ path }) => ({ status: path === "/" ? 200 : 404 }),
    },
    async (proxy) => {
      assert.equal((await proxy.request("/")).headers.get("x-a"), "1");
      assert.equal((await proxy.requestHttp2("/missing")).headers.get("x-a"), "1");
    },
  );
});

test("custom-headers logs what it was told to add", async () => {
  await withProxy(
    { filters: [filter({ header_name: "x-a", header_value: "some value" })] },
    async (proxy) => {
      const line = proxy.wasmLog().find(({ text }) => text.includes("x-a"));
      assert.equal(line?.level, "info");
      assert.match(line?.text ?? "", /x-a.*some value/);
    },
  );
});

for (const [what, configuration, said] of [
  ["no configuration", "", /header_name/],
  ["no value", { header_name: "x-a" }, /header_value/],
  ["a number for a name", { header_name: 1, header_value: "b" }, /header_name: .*got a number/],
  [
    "text among the codes",
    { header_name: "x-a", header_value: "b", response_codes: [200, "x"] },
    /response_codes\[1\]: /,
  ],
  ["malformed JSON", '{"a":tru}', /line 1, column 6/],
  ["bytes that are not UTF-8", Buffer.from('{"header_name":"x-\xff","header_value":"b"}', "latin1"), /UTF-8/],
] as [string, Configuration, RegExp][]) {
  test(`custom-headers refuses ${what}, and the log says where`, async () => {
    const { log } = await expectRefused({ filters: [filter(configuration)] });
    const errors = log.matching(/\]\[error\]\[wasm\].* wasm log/);
    assert.ok(
      errors.some((line) => said.test(line)),
      log.tail(),
    );
  });
}
