import asc from "assemblyscript/asc";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { compilePlugin } from "../../cli/compile.js";
import { inspect } from "../../cli/module.js";
import type { WasmModule } from "../../host/module.js";
import { pluginModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { breaches } from "../../host/rules.js";

const functions = (module: WasmModule) =>
  module.exports.filter(({ kind }) => kind === "function").map(({ name }) => name);

const imports = (module: WasmModule) => module.imports.map((entry) => `${entry.module}.${entry.name}`);

/** What every module exports: the ABI's version, memory for the host's data, contexts that come and go. */
const always = [
  "_initialize",
  "proxy_abi_version_0_2_1",
  "proxy_on_context_create",
  "proxy_on_delete",
  "proxy_on_memory_allocate",
];

const env = (...names: string[]) => names.map((name) => `env.proxy_${name}`);

suite("a plugin of the library", () => {
  for (const { name, largest, exported, imported } of [
    {
      name: "hello",
      largest: 12 * 1024,
      exported: ["proxy_on_response_headers"],
      imported: env("log", "replace_header_map_value", "set_effective_context"),
    },
    {
      name: "custom-headers",
      largest: 32 * 1024,
      exported: ["proxy_on_configure", "proxy_on_request_headers", "proxy_on_response_headers"],
      imported: [
        ...env(
          "add_header_map_value",
          "define_metric",
          "get_buffer_bytes",
          "get_header_map_pairs",
          "get_header_map_value",
          "get_property",
          "log",
          "record_metric",
          "remove_header_map_value",
          "replace_header_map_value",
          "set_effective_context",
        ),
        "wasi_snapshot_preview1.clock_time_get",
      ],
    },
  ]) {
    test(`is small, and exports and imports what it uses alone: ${name}`, async () => {
      const { module } = await compilePlugin(join(root, "plugins", name), pluginModules);
      assert.ok(module.size <= largest, `${module.size} bytes`);
      assert.deepEqual(functions(module).sort(), [...always, ...exported].sort());
      assert.deepEqual(imports(module).sort(), imported);
      assert.deepEqual(breaches(module), []);
      assert.deepEqual(module.customSections, []);
    });
  }
});

/** Compiles a text with the options that plain `npx asc` has in this repository, but for the optimiser. */
async function compile(text: string, options: string[] = []): Promise<WasmModule> {
  let binary: Uint8Array | undefined;
  let said = "";
  const { error } = await asc.main(["plugin.ts", "-o", "plugin.wasm", ...options], {
    readFile: (name, base) =>
      name === "plugin.ts" ? text : readFile(join(base, name), "utf8").catch(() => null),
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm")) binary = contents as Uint8Array;
    },
    listFiles: () => [],
    stderr: {
      write(chunk) {
        said += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      },
    },
  });
  if (error || binary === undefined) throw new Error(`it does not compile: ${said}`);
  return inspect(binary);
}

const header = `import { BodyAction, Config, HeadersAction, HttpContext, RootContext, TrailersAction, register }
from "as-proxy-wasm";`;

const rootWith = (body: string) => `${header}
class Root extends RootContext { ${body} }
register("a", () => new Root());`;

const streamWith = (body: string) => `${header}
class Root extends RootContext { createHttpContext(): HttpContext { return new Stream(); } }
class Stream extends HttpContext { ${body} }
register("a", () => new Root());`;

suite("a plugin exports what the ABI needs and the callbacks that it overrides: it", () => {
  const cases: [string, string, string[]][] = [
    ["overrides none", rootWith(""), []],
    ["overrides onVmStart", rootWith("onVmStart(text: string): bool { return true; }"), ["vm_start"]],
    ["overrides onConfigure", rootWith("onConfigure(config: Config): bool { return true; }"), ["configure"]],
    ["overrides onTick", rootWith("onTick(): void {}"), ["tick"]],
    ["overrides a root's onDone", rootWith("onDone(): bool { return true; }"), ["done"]],
    ["overrides a root's onLog", rootWith("onLog(): void {}"), ["log"]],
    ["overrides onCreate and onDelete", rootWith("onCreate(): void {} onDelete(): void {}"), []],
    [
      "overrides onRequestHeaders",
      streamWith("onRequestHeaders(end: bool): HeadersAction { return HeadersAction.Continue; }"),
      ["request_headers"],
    ],
    [
      "overrides onRequestBody",
      streamWith("onRequestBody(size: u32, end: bool): BodyAction { return BodyAction.Continue; }"),
      ["request_body"],
    ],
    [
      "overrides onRequestTrailers",
      streamWith("onRequestTrailers(): TrailersAction { return TrailersAction.Continue; }"),
      ["request_trailers"],
    ],
    [
      "overrides onResponseHeaders",
      streamWith("onResponseHeaders(end: bool): HeadersAction { return HeadersAction.Continue; }"),
      ["response_headers"],
    ],
    [
      "overrides onResponseBody",
      streamWith("onResponseBody(size: u32, end: bool): BodyAction { return BodyAction.Continue; }"),
      ["response_body"],
    ],
    [
      "overrides onResponseTrailers",
      streamWith("onResponseTrailers(): TrailersAction { return TrailersAction.Continue; }"),
      ["response_trailers"],
    ],
    ["overrides a stream's onLog", streamWith("onLog(): void {}"), ["log"]],
    ["overrides a stream's onDone", streamWith("onDone(): void {}"), ["done"]],
    [
      "overrides one in a class between",
      streamWith("") +
        "class Between extends Stream { onLog(): void {} } class Last extends Between { own(): void {} }",
      ["log"],
    ],
    [
      "has a configuration, which may have overrides that the request chooses",
      streamWith("onResponseBody(size: u32, end: bool): BodyAction { return BodyAction.Continue; }") +
        "class Other extends RootContext { onConfigure(config: Config): bool { return true; } }",
      ["configure", "request_headers", "response_body"],
    ],
    [
      "registers several, of which none may be the one that is asked for",
      rootWith("") + 'register("b", () => new Root());',
      ["vm_start"],
    ],
    [
      "has methods of the same names elsewhere",
      rootWith("") + "export class Other { onTick(): void {} onLog(): void {} onRequestBody(): void {} }",
      [],
    ],
  ];
  for (const [what, text, callbacks] of cases) {
    test(what, async () => {
      const module = await compile(text);
      assert.deepEqual(
        functions(module).sort(),
        [...always, ...callbacks.map((name) => `proxy_on_${name}`)].sort(),
      );
      assert.deepEqual(breaches(module), []);
    });
  }
});

test("a plugin has no start section, whatever its top level does, optimised or not, for debugging or not", async () => {
  const text = `${header}
const names = new Map<string, string>();
names.set("a", Date.now().toString() + Math.random().toString());
console.log("at the top");
${rootWith("onCreate(): void { console.log(names.get('a')); }").slice(header.length)}`;
  for (const options of [[], ["-O3"], ["--target", "debug"], ["--target", "release"]]) {
    const module = await compile(text, options);
    assert.equal(module.hasStart, false);
    assert.ok(functions(module).includes("_initialize"));
    assert.deepEqual(breaches(module), []);
  }
});

test("a plugin that uses everything imports nothing that hosts lack", async () => {
  const everything = join(root, "tests", "envoy", "fixtures");
  for (const name of ["globals", "headers", "bodies", "replies", "pausing", "lifecycle", "several"]) {
    const { breaches: found, module } = await compilePlugin(
      join(everything, name),
      join(root, "build", "tests"),
    );
    assert.deepEqual(found, [], name);
    for (const entry of module.imports)
      assert.match(`${entry.module}.${entry.name}`, /^(env\.proxy_|wasi_snapshot_preview1\.)/);
  }
});

suite("compiling is refused, with what to do about it,", () => {
  for (const [what, options, said] of [
    ["without --exportStart", ["--exportStart", "start"], /exportStart.*_initialize/],
    ["with another runtime", ["--runtime", "incremental"], /"runtime": "minimal"/],
  ] as const) {
    test(what, async () => {
      await assert.rejects(compile(rootWith(""), [...options]), (error: Error) => {
        assert.match(error.message, said);
        assert.match(error.message, /extends/);
        return true;
      });
    });
  }
});
