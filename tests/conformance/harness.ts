import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { compilePlugin, type Compiled } from "../../cli/compile.js";
import type { WasmFilter } from "../../cli/envoy/filters.js";
import type { LogLines } from "../../cli/envoy/log.js";
import { conformanceModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { Proxy, type ProxyOptions } from "../envoy/harness.js";
import { coverage } from "./coverage.js";

let compiling: Promise<Compiled> | undefined;

/** The conformance plugin, compiled from what is in the repository now. */
export const conformanceModule = (): Promise<Compiled> =>
  (compiling ??= compilePlugin(join(root, "tests", "conformance", "plugin"), conformanceModules));

/** A filter with one of the conformance module's plugins. */
export async function filter(rootId: string, more: Partial<WasmFilter> = {}): Promise<WasmFilter> {
  return { name: rootId, code: (await conformanceModule()).file, rootId, ...more };
}

/** The logs of every Envoy of this process, with what its Wasm host traced. */
const logs: LogLines[] = [];

/** An Envoy that traces every hostcall and callback. Whoever starts one stops it. */
export async function startTraced(options: ProxyOptions): Promise<Proxy> {
  const proxy = await Proxy.start({
    ...options,
    componentLogLevels: { ...options.componentLogLevels, wasm: "trace" },
  });
  logs.push(proxy.envoy.log);
  return proxy;
}

/** As `withProxy`, traced. */
export async function withTraced(options: ProxyOptions, use: (proxy: Proxy) => Promise<void>): Promise<void> {
  const proxy = await startTraced(options);
  try {
    await use(proxy);
    proxy.assertUnharmed();
  } finally {
    await proxy.stop();
  }
}

/** The tests of a file, which Envoy must have seen do what the table says of them. */
export function exercises(file: string): (name: string, run: () => Promise<void>) => void {
  return (name, run) => {
    void test(name, async () => {
      const marks = new Map(logs.map((log) => [log, log.mark]));
      await run();
      for (const used of coverage[file]?.[name] ?? []) await seen(used, marks);
    });
  };
}

/** Some callbacks come a little after what a client sees. */
async function seen(name: string, marks: Map<LogLines, number>): Promise<void> {
  const pattern = /^(proxy|envoy)_on_/.test(name)
    ? new RegExp(`\\[host->vm\\] ${name}\\(`)
    : new RegExp(`\\[vm<-host\\] (env|wasi_snapshot_preview1)\\.${name} return: 0$`);
  for (const deadline = Date.now() + 3000; ; await sleep(20)) {
    if (logs.some((log) => log.matching(pattern, marks.get(log) ?? 0).length > 0)) return;
    assert.ok(Date.now() < deadline, `Envoy saw nothing of ${name}`);
  }
}
