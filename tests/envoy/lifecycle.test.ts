import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { expectRefused, Proxy, withProxy } from "./harness.js";
import { settled } from "./settled.js";

/** What the module logged, without numbers of contexts. */
const said = (proxy: Proxy, from: number) =>
  proxy.wasmLog(from).map(({ text }) => text.replace(/ (\d+)$/, ""));

/** The numbers of contexts that the lines of a stream name. */
const numbersIn = (proxy: Proxy, from: number) =>
  new Set(
    proxy
      .wasmLog(from)
      .flatMap(({ text }) => / (\d+)$/.exec(text)?.[1] ?? [])
      .filter((id) => id !== "0" && id !== "200"),
  );

suite("a plugin's life", () => {
  test("runs from onCreate to onDelete in the order that the callbacks' comments tell", async () => {
    await withProxy(
      {
        filters: [{ fixture: "lifecycle", vmConfiguration: "vm text ü" }],
        upstreamHttp2: true,
        answer: () => ({ body: "ok", trailers: { "x-t": "1" } }),
      },
      async (proxy) => {
        await settled();
        const starts = said(proxy, 0);
        const start = [
          "root constructor",
          "root onCreate true",
          "root onVmStart <vm text ü>",
          "root onConfigure",
        ];
        assert.deepEqual(starts.slice(0, 4), start);
        // The canary, the main thread and the worker.
        for (const line of start) assert.equal(starts.filter((other) => other === line).length, 3, line);

        const from = proxy.envoy.log.mark;
        await proxy.requestHttp2({ path: "/full", body: "body", trailers: { "x-t": "1" } });
        await proxy.envoy.log.waitFor(/stream onDelete/, 5000, from);
        const lines = said(proxy, from).filter((line, index, all) => line !== all[index - 1]);
        assert.deepEqual(lines, [
          "root createHttpContext",
          "stream constructor",
          "stream onCreate",
          "stream onRequestHeaders",
          "stream onRequestBody",
          "stream onRequestTrailers",
          "stream onResponseHeaders",
          "stream onResponseBody",
          "stream onResponseTrailers",
          "stream onLog",
          "logged /full",
          "stream onDone",
          "stream onDelete",
        ]);
        assert.equal(numbersIn(proxy, from).size, 1);
      },
    );
  });

  test("has a context of its own for each of many streams at once", async () => {
    await withProxy(
      { filters: [{ fixture: "lifecycle" }], answer: () => ({ body: "ok", delay: 200 }) },
      async (proxy) => {
        const from = proxy.envoy.log.mark;
        await Promise.all(Array.from({ length: 100 }, (_, index) => proxy.request(`/${index}`)));
        const ended = () => said(proxy, from).filter((line) => line === "stream onDelete").length;
        for (let turn = 0; turn < 100 && ended() < 100; turn++) await settled();
        assert.equal(numbersIn(proxy, from).size, 100);
        for (let index = 0; index < 100; index++)
          assert.ok(proxy.wasmLog(from).some(({ text }) => text === `logged /${index} 200`));
      },
    );
  });

  test("logs a stream that Envoy ends before the plugin saw its headers", async () => {
    await withProxy({ filters: [{ fixture: "lifecycle" }] }, async (proxy) => {
      const from = proxy.envoy.log.mark;
      const answer = await proxy.exchange("GET / HTTP/1.1\r\n\r\n");
      assert.match(answer.toString(), /^HTTP\/1.1 400/);
      await proxy.envoy.log.waitFor(/stream onDelete/, 5000, from);
      const lines = said(proxy, from);
      assert.equal(lines.includes("stream onRequestHeaders"), false);
      assert.ok(lines.includes("stream onLog"), lines.join("\n"));
      assert.equal((await proxy.request()).status, 200);
    });
  });

  test("ticks when the root asks for it, and no more when it asks for an end", async () => {
    await withProxy(
      { filters: [{ fixture: "lifecycle", configuration: { tick_ms: 20 } }] },
      async (proxy) => {
        await proxy.envoy.log.waitFor(/root onTick/, 5000);
        await new Promise((resolve) => setTimeout(resolve, 300));
        // The main thread and the worker; each root ends its ticks at the first.
        assert.equal(said(proxy, 0).filter((line) => line === "root onTick").length, 2);
      },
    );
  });

  test("ends with Envoy, which tells the roots", async () => {
    const proxy = await Proxy.start({ filters: [{ fixture: "lifecycle" }], concurrency: 2 });
    await proxy.request();
    const from = proxy.envoy.log.mark;
    const started = performance.now();
    await proxy.stop();
    assert.ok(performance.now() - started < 5000);
    const lines = said(proxy, from);
    assert.ok(lines.indexOf("root onDone") >= 0, lines.join("\n"));
    assert.ok(lines.indexOf("root onDelete") > lines.indexOf("root onDone"), lines.join("\n"));
    proxy.envoy.log.matching(/Uncaught RuntimeError/).forEach((line) => assert.fail(line));
    assert.equal(proxy.envoy.ended, 0);
  });

  test("ends with Envoy while streams and ticks are under way", async () => {
    const proxy = await Proxy.start({
      filters: [
        { fixture: "pausing", configuration: { tick_ms: 60_000 } },
        { fixture: "lifecycle", configuration: { tick_ms: 1 } },
        { plugin: "hello" },
        { plugin: "custom-headers", configuration: { header_name: "x-a", header_value: "1" } },
      ],
      concurrency: 2,
    });
    const waiting = Array.from({ length: 10 }, () => proxy.request("/request").catch(() => "cut off"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await proxy.stop();
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set(["cut off"]));
    assert.deepEqual(proxy.envoy.log.matching(/Uncaught RuntimeError|\[critical\]/), []);
    assert.equal(proxy.envoy.ended, 0);
  });
});

suite("a start is refused", () => {
  test("by onVmStart, which the VM's configuration reaches", async () => {
    const { log } = await expectRefused({
      filters: [{ fixture: "lifecycle", vmConfiguration: "refuse" }],
    });
    assert.ok(log.matching(/root onVmStart <refuse>/).length > 0);
    assert.deepEqual(log.matching(/root onConfigure|Uncaught RuntimeError|abort:/), []);
  });

  test("by onConfigure", async () => {
    const { log } = await expectRefused({
      filters: [{ fixture: "lifecycle", configuration: { refuse: true } }],
    });
    assert.ok(log.matching(/root onConfigure/).length > 0);
    assert.deepEqual(log.matching(/Uncaught RuntimeError|abort:/), []);
  });

  test("for a root_id that none of several plugins is registered for; the log names those there are", async () => {
    for (const rootId of ["third", ""]) {
      const { log } = await expectRefused({
        filters: [{ fixture: "several", rootId, configuration: { value: "1" } }],
      });
      assert.ok(
        log.lines.some((line) =>
          line.includes(`no plugin is registered for root_id '${rootId}'; there are: first, second`),
        ),
        log.tail(),
      );
      assert.deepEqual(log.matching(/Uncaught RuntimeError|abort:/), []);
    }
  });
});

suite("plugins that share", () => {
  test("a module are chosen by root_id, each with its own configuration", async () => {
    await withProxy(
      {
        filters: [
          { fixture: "several", name: "a", rootId: "first", configuration: { value: "of a" } },
          { fixture: "several", name: "b", rootId: "second", configuration: { value: "of b" } },
        ],
      },
      async (proxy) => {
        const response = await proxy.request();
        assert.deepEqual(response.headers.all("x-first"), ["of a"]);
        assert.deepEqual(response.headers.all("x-second"), ["of b"]);
      },
    );
  });

  test("one VM keep their configurations apart, one plugin twice and another beside it", async () => {
    const several = (name: string, rootId: string) =>
      ({ fixture: "several", name, rootId, vmId: "shared", configuration: { value: `of ${name}` } }) as const;
    await withProxy(
      { filters: [several("a", "first"), several("b", "first"), several("c", "second")] },
      async (proxy) => {
        for (let round = 0; round < 20; round++) {
          const response = await proxy.request();
          // The last filter of the list sees a response first.
          assert.deepEqual(response.headers.all("x-first"), ["of b", "of a"]);
          assert.deepEqual(response.headers.all("x-second"), ["of c"]);
          assert.equal(response.headers.get("x-roots"), "3");
        }
      },
    );
  });

  test("one VM keep their settings apart too: log level, shadow mode, overrides", async () => {
    const rule = (name: string, configuration: object) =>
      ({
        plugin: "custom-headers",
        name,
        vmId: "shared",
        configuration: { header_name: `x-${name}`, header_value: "1", ...configuration },
      }) as const;
    await withProxy(
      {
        filters: [
          rule("plain", {}),
          rule("shadow", { shadow: true }),
          rule("quiet", { shadow: true, log_level: "error" }),
          rule("off", { overrides: [{ match: { path_prefix: "/off" }, config: null }] }),
        ],
      },
      async (proxy) => {
        const added = async (path: string) =>
          [...(await proxy.request(path)).headers]
            .map(([name]) => name)
            .filter((name) => name.startsWith("x-"))
            .filter((name) => name !== "x-envoy-upstream-service-time");
        for (let round = 0; round < 5; round++) {
          const from = proxy.envoy.log.mark;
          assert.deepEqual(await added("/"), ["x-off", "x-plain"]);
          assert.deepEqual(await added("/off"), ["x-plain"]);
          await settled();
          const lines = proxy.wasmLog(from).map(({ text }) => text);
          assert.deepEqual(lines, Array(2).fill("shadow: would add header x-shadow"));
        }
      },
    );
  });

  test("a root_id with nobody serve it where the module has but one plugin", async () => {
    await withProxy({ filters: [{ plugin: "hello", rootId: "any-name" }] }, async (proxy) => {
      assert.equal((await proxy.request()).headers.get("hello"), "world");
    });
  });
});
